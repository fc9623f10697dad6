"""Compression, as an application adds it to the SDK: bodies out, replies in."""

import gzip

import pytest

from conftest import connect
from items import item
from server import Server
from tables import schema
from wire import ACCESS_KEY, SECRET

LONG = item(text="x" * 100_000)


@pytest.fixture(scope="module")
def guarded(own_server):
    """The endpoint of a server that checks signatures."""
    server = Server("--in-memory", "--credentials", f"{ACCESS_KEY}:{SECRET}")
    yield server.endpoint
    server.end()


@pytest.fixture(params=["legacy", "standard"])
def compressing(request, guarded):
    """A client that compresses what it sends and asks for replies to be, and notes which were. The legacy mode
    checks each reply's checksum, as it came over the wire."""
    client = connect(guarded, retries={"mode": request.param, "total_max_attempts": 1})
    client.noted = []

    def compress(request, **_):
        request.data = gzip.compress(request.data)
        request.headers["Content-Encoding"] = "gzip"
        request.headers["Accept-Encoding"] = "gzip"

    def inflate(response_dict, **_):
        encoding = response_dict["headers"].get("content-encoding")
        client.noted.append((encoding, len(response_dict["body"])))
        if encoding == "gzip":
            response_dict["body"] = gzip.decompress(response_dict["body"])

    # First, so that the request is signed as it then is.
    client.meta.events.register_first("request-created.dynamodb", compress)
    client.meta.events.register("before-parse.dynamodb", inflate)
    return client


def test_a_compressed_request_is_signed_as_sent_and_a_long_reply_comes_compressed(compressing, name):
    compressing.create_table(TableName=name, **schema())
    compressing.put_item(TableName=name, Item=LONG)
    got = compressing.get_item(TableName=name, Key=item(), ConsistentRead=True)
    assert got["Item"] == LONG
    (short, _), (long, size) = compressing.noted[-2:]
    assert (short, long) == (None, "gzip")
    assert size < 2_000


def test_a_page_of_a_query_and_a_scan_come_compressed_too(compressing, name):
    compressing.create_table(TableName=name, **schema(sort="sk"))
    for number in range(20):
        compressing.put_item(TableName=name, Item=item(sk=str(number), text="x" * 1_000))
    assert compressing.scan(TableName=name)["Count"] == 20
    key = {"ExpressionAttributeValues": {":pk": item()["pk"]}, "KeyConditionExpression": "pk = :pk"}
    assert compressing.query(TableName=name, **key)["Count"] == 20
    assert [encoding for encoding, _ in compressing.noted[-2:]] == ["gzip", "gzip"]


def test_the_sdks_own_setting_leaves_requests_as_they_are(endpoint, table):
    """It is for operations that say they take it, and no operation of this service does."""
    client = connect(endpoint, request_min_compression_size_bytes=128, disable_request_compression=False)
    sent = []
    client.meta.events.register("before-send.dynamodb", lambda request, **_: sent.append(dict(request.headers)))
    client.put_item(TableName=table, Item=LONG)
    assert "Content-Encoding" not in sent[0]
    assert client.get_item(TableName=table, Key=item())["Item"] == LONG
