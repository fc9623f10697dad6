"""Requests as bytes on a socket, for what an SDK would hide or never send."""

import datetime
import http.client
import json
import urllib.parse
import zlib
from dataclasses import dataclass

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

TARGET = "DynamoDB_20120810."
STREAMS_TARGET = "DynamoDBStreams_20120810."
CONTENT_TYPE = "application/x-amz-json-1.0"
ACCESS_KEY = "AKIDEXAMPLE"
SECRET = "wJalrXUtnFEMI"


@dataclass
class Reply:
    """A reply as it came, nothing decoded."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def type(self) -> str:
        """The error's full type, prefix included."""
        return self.json["__type"]

    @property
    def error(self) -> str:
        """The error's name alone."""
        return self.type.rpartition("#")[2]

    @property
    def message(self) -> str | None:
        """The error's text under either spelling."""
        body = self.json
        return body.get("message", body.get("Message"))

    @property
    def checksum_is_right(self) -> bool:
        return self.headers["x-amz-crc32"] == str(zlib.crc32(self.body))


class Wire:
    """One server, and the credentials to sign with. Each request has its own connection."""

    def __init__(self, endpoint: str, region="us-east-1", access_key=ACCESS_KEY, secret=SECRET):
        self.address = urllib.parse.urlsplit(endpoint).netloc
        self.region = region
        self.credentials = Credentials(access_key, secret)

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self.address, timeout=60)

    def headers(self, operation: str, body: bytes, extra=(), target=TARGET, service="dynamodb"):
        """The headers of a signed request; a None among `extra` takes one away before signing."""
        headers = {"Host": self.address, "Content-Type": CONTENT_TYPE}
        headers["X-Amz-Target"] = target + operation
        headers.update(extra)
        headers = {name: value for name, value in headers.items() if value is not None}
        request = AWSRequest("POST", f"http://{headers['Host']}/", headers, body)
        SigV4Auth(self.credentials, service, self.region).add_auth(request)
        return dict(request.headers.items())

    def send(self, method: str, path="/", headers=None, body: bytes = b"", connection=None) -> Reply:
        """Sends exactly these headers, and the body's length."""
        own = connection is None
        connection = connection or self.connect()
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            headers = dict(headers or {})
            if "host" not in {name.lower() for name in headers}:
                headers["Host"] = self.address
            if body or method == "POST":
                headers.setdefault("Content-Length", str(len(body)))
            for name, value in headers.items():
                connection.putheader(name, value)
            try:
                connection.endheaders(body)
            except (BrokenPipeError, ConnectionResetError):
                pass  # The server may answer before it has read everything.
            response = connection.getresponse()
            return Reply(response.status, response.headers, response.read())
        finally:
            if own:
                connection.close()

    def post(self, operation: str, body, headers=(), target=TARGET, connection=None) -> Reply:
        """Sends a signed request. A body that is not bytes is written as JSON."""
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        signed = self.headers(operation, body, dict(headers), target)
        return self.send("POST", "/", signed, body, connection)


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc)
