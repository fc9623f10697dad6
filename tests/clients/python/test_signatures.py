"""Signature Version 4, on a server that knows one key."""

import datetime
import gzip
import hashlib
import json
import re

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from conftest import connect
from refusal import refused
from server import Server
from wire import ACCESS_KEY, CONTENT_TYPE, SECRET, STREAMS_TARGET, TARGET, Wire, now

BODY = b"{}"
SERVICE_PREFIX = "com.amazon.coral.service#"


@pytest.fixture(scope="module")
def guarded(own_server):
    """A server that checks signatures."""
    server = Server("--in-memory", "--credentials", f"{ACCESS_KEY}:{SECRET}")
    yield Wire(server.endpoint)
    server.end()


def unsigned(guarded, **extra):
    """A request for ListTables that is still to be signed."""
    headers = {"Content-Type": CONTENT_TYPE, "X-Amz-Target": TARGET + "ListTables", **extra}
    return AWSRequest("POST", f"http://{guarded.address}/", headers, BODY)


def list_tables(guarded, change=lambda headers: headers, body=BODY):
    """Signs a request, changes its headers, and sends it."""
    headers = change(guarded.headers("ListTables", body))
    return guarded.send("POST", headers=headers, body=body)


def scoped(guarded, date=None, region="us-east-1", service="dynamodb", terminator="aws4_request"):
    """Rewrites the credential scope of a good signature."""

    def change(headers):
        scope = re.search(r"Credential=([^/]+)/(\d+)/", headers["Authorization"])
        wanted = f"Credential={scope[1]}/{date or scope[2]}/{region}/{service}/{terminator}"
        headers["Authorization"] = re.sub(r"Credential=[^,]+", wanted, headers["Authorization"])
        return headers

    return list_tables(guarded, change)


def assert_fault(reply, error):
    assert reply.status == 400
    assert reply.type == SERVICE_PREFIX + error
    assert reply.checksum_is_right


def test_a_good_signature_is_accepted(guarded):
    assert list_tables(guarded).status == 200


def test_an_sdk_with_the_key_is_accepted_and_one_without_is_not(guarded):
    endpoint = f"http://{guarded.address}"
    assert connect(endpoint).list_tables()["TableNames"] == []
    with refused("InvalidSignatureException"):
        connect(endpoint, secret="wrong").list_tables()
    with refused("UnrecognizedClientException"):
        connect(endpoint, key="AKIDOTHER").list_tables()


def test_streams_are_signed_for_the_same_service(guarded):
    assert guarded.post("ListStreams", {}, target=STREAMS_TARGET).status == 200


def test_any_region_is_accepted_in_the_scope(guarded):
    other = Wire(f"http://{guarded.address}", region="eu-central-1")
    assert other.post("ListTables", {}).status == 200


def test_the_health_text_needs_no_signature(guarded):
    assert guarded.send("GET").status == 200


def test_a_request_without_a_signature_is_told_so(guarded):
    reply = list_tables(guarded, lambda headers: without(headers, "Authorization"))
    assert_fault(reply, "MissingAuthenticationTokenException")


def without(headers, name):
    return {key: value for key, value in headers.items() if key.lower() != name.lower()}


def test_a_wrong_secret_is_an_invalid_signature(guarded):
    wrong = Wire(f"http://{guarded.address}", secret="wrong")
    assert_fault(wrong.post("ListTables", {}), "InvalidSignatureException")


def test_an_unknown_key_is_an_unrecognized_client(guarded):
    stranger = Wire(f"http://{guarded.address}", access_key="AKIDSTRANGER")
    assert_fault(stranger.post("ListTables", {}), "UnrecognizedClientException")


def test_a_session_token_that_was_never_given_is_an_unrecognized_client(guarded):
    request = unsigned(guarded)
    SigV4Auth(Credentials(ACCESS_KEY, SECRET, "made-up"), "dynamodb", "us-east-1").add_auth(request)
    reply = guarded.send("POST", headers=dict(request.headers.items()), body=BODY)
    assert_fault(reply, "UnrecognizedClientException")


def test_a_changed_body_is_an_invalid_signature(guarded):
    headers = guarded.headers("ListTables", BODY)
    reply = guarded.send("POST", headers=headers, body=b'{"Limit":1}')
    assert_fault(reply, "InvalidSignatureException")


def test_a_changed_signed_header_is_an_invalid_signature(guarded):
    def change(headers):
        headers["X-Amz-Target"] = TARGET + "DescribeLimits"
        return headers

    assert_fault(list_tables(guarded, change), "InvalidSignatureException")


def test_an_unsigned_payload_is_refused(guarded):
    class Unsigned(SigV4Auth):
        def payload(self, request):
            return "UNSIGNED-PAYLOAD"

    request = unsigned(guarded, **{"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"})
    Unsigned(Credentials(ACCESS_KEY, SECRET), "dynamodb", "us-east-1").add_auth(request)
    reply = guarded.send("POST", headers=dict(request.headers.items()), body=BODY)
    assert_fault(reply, "InvalidSignatureException")


@pytest.mark.parametrize("part", ["Credential", "Signature", "SignedHeaders"])
def test_a_missing_part_of_the_authorization_is_named(guarded, part):
    def change(headers):
        scheme, _, parts = headers["Authorization"].partition(" ")
        kept = [each for each in parts.split(", ") if not each.startswith(part + "=")]
        headers["Authorization"] = f"{scheme} {', '.join(kept)}"
        return headers

    reply = list_tables(guarded, change)
    assert_fault(reply, "IncompleteSignatureException")
    for each in ["Credential", "Signature", "SignedHeaders"]:
        named = f"'{each}'" in reply.message
        assert named == (each == part)


def test_a_missing_date_is_named(guarded):
    reply = list_tables(guarded, lambda headers: without(headers, "X-Amz-Date"))
    assert_fault(reply, "IncompleteSignatureException")
    assert "X-Amz-Date" in reply.message


def test_all_missing_parts_are_named_at_once(guarded):
    reply = list_tables(guarded, lambda headers: {**headers, "Authorization": "AWS4-HMAC-SHA256 a=b"})
    assert_fault(reply, "IncompleteSignatureException")
    for part in ["Credential", "Signature", "SignedHeaders"]:
        assert f"'{part}'" in reply.message


def test_commas_need_no_spaces(guarded):
    def change(headers):
        headers["Authorization"] = headers["Authorization"].replace(", ", ",")
        return headers

    assert list_tables(guarded, change).status == 200


def test_the_order_and_the_case_of_headers_are_irrelevant(guarded):
    def change(headers):
        return {name.upper(): value for name, value in reversed(list(headers.items()))}

    assert list_tables(guarded, change).status == 200


def test_spaces_in_a_signed_header_are_squeezed(guarded):
    headers = guarded.headers("ListTables", BODY, {"X-Amz-Note": "two words"})
    name = next(name for name in headers if name.lower() == "x-amz-note")
    headers[name] = "  two    words  "
    assert guarded.send("POST", headers=headers, body=BODY).status == 200


def test_the_host_must_be_signed(guarded):
    class Hostless(SigV4Auth):
        def headers_to_sign(self, request):
            signed = super().headers_to_sign(request)
            del signed["host"]
            return signed

    request = unsigned(guarded)
    Hostless(Credentials(ACCESS_KEY, SECRET), "dynamodb", "us-east-1").add_auth(request)
    reply = guarded.send("POST", headers=dict(request.headers.items()), body=BODY)
    assert_fault(reply, "InvalidSignatureException")


@pytest.mark.parametrize("minutes", [-20, 20])
def test_a_clock_that_is_far_off_is_told_both_times(guarded, monkeypatch, minutes):
    moved = (now() + datetime.timedelta(minutes=minutes)).replace(tzinfo=None)
    reply = signed_at(guarded, monkeypatch, moved)
    assert_fault(reply, "InvalidSignatureException")
    assert moved.strftime("%Y%m%dT%H%M%SZ") in reply.message
    assert len(set(re.findall(r"\d{8}T\d{6}Z", reply.message))) >= 2


@pytest.mark.parametrize("minutes", [-14, 14])
def test_a_clock_may_be_a_little_off(guarded, monkeypatch, minutes):
    moved = (now() + datetime.timedelta(minutes=minutes)).replace(tzinfo=None)
    assert signed_at(guarded, monkeypatch, moved).status == 200


def signed_at(guarded, monkeypatch, moment):
    """Signs as if it were that moment."""
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: moment)
    return guarded.post("ListTables", {})


@pytest.mark.parametrize(
    "scope",
    [
        ({"date": "20200101"}, "20200101"),
        ({"service": "s3"}, "correct service: 'dynamodb'"),
        ({"terminator": "aws3_request"}, "aws3_request"),
    ],
    ids=["date", "service", "terminator"],
)
def test_each_part_of_the_scope_is_checked(guarded, scope):
    part, told = scope
    reply = scoped(guarded, **part)
    assert_fault(reply, "InvalidSignatureException")
    assert told in reply.message


def test_all_faults_of_the_scope_are_reported(guarded):
    reply = scoped(guarded, date="20200101", service="s3", terminator="aws3_request")
    assert_fault(reply, "InvalidSignatureException")
    for part in ["20200101", "'dynamodb'", "aws3_request"]:
        assert part in reply.message


class Presigner(SigV4QueryAuth):
    """Signs for the body that is sent."""

    def payload(self, request):
        return hashlib.sha256(BODY).hexdigest()


def presigned(guarded):
    request = unsigned(guarded)
    request.data = None  # Or it would become a part of the query.
    Presigner(Credentials(ACCESS_KEY, SECRET), "dynamodb", "us-east-1", 300).add_auth(request)
    return request


def test_the_signature_may_be_in_the_query_string(guarded):
    request = presigned(guarded)
    path = request.url.removeprefix(f"http://{guarded.address}")
    headers = {"Content-Type": CONTENT_TYPE, "X-Amz-Target": TARGET + "ListTables"}
    assert guarded.send("POST", path, headers, BODY).status == 200


def test_a_wrong_signature_in_the_query_string_is_invalid(guarded):
    request = presigned(guarded)
    path = request.url.removeprefix(f"http://{guarded.address}")
    path = path[:-4] + ("0000" if not path.endswith("0000") else "1111")
    headers = {"Content-Type": CONTENT_TYPE, "X-Amz-Target": TARGET + "ListTables"}
    assert_fault(guarded.send("POST", path, headers, BODY), "InvalidSignatureException")


def test_two_signatures_at_once_are_refused(guarded):
    request = presigned(guarded)
    path = request.url.removeprefix(f"http://{guarded.address}")
    reply = guarded.send("POST", path, guarded.headers("ListTables", BODY), BODY)
    assert_fault(reply, "InvalidSignatureException")


def test_json_and_target_are_checked_before_credentials(guarded):
    headers = {"Content-Type": CONTENT_TYPE, "X-Amz-Target": TARGET + "ListTables"}
    assert guarded.send("POST", headers=headers, body=b"{").error == "SerializationException"
    headers["X-Amz-Target"] = TARGET + "NoSuchThing"
    assert guarded.send("POST", headers=headers, body=BODY).error == "UnknownOperationException"


def test_the_presence_of_credentials_is_checked_before_an_empty_body(guarded):
    headers = {"Content-Type": CONTENT_TYPE, "X-Amz-Target": TARGET + "ListTables"}
    reply = guarded.send("POST", headers=headers, body=b"")
    assert_fault(reply, "MissingAuthenticationTokenException")


def test_the_signature_is_checked_before_types_and_fields(guarded):
    wrong = Wire(f"http://{guarded.address}", secret="wrong")
    for body in [{"Limit": "x"}, {"Limit": 0}]:
        assert_fault(wrong.post("ListTables", body), "InvalidSignatureException")


def test_the_key_is_checked_before_the_signature_and_the_date_before_the_key(guarded):
    stranger = Wire(f"http://{guarded.address}", access_key="AKIDSTRANGER", secret="wrong")
    assert_fault(stranger.post("ListTables", {}), "UnrecognizedClientException")
    headers = stranger.headers("ListTables", BODY)
    headers["Authorization"] = re.sub(r"/\d{8}/", "/20200101/", headers["Authorization"])
    reply = stranger.send("POST", headers=headers, body=BODY)
    assert_fault(reply, "InvalidSignatureException")


def test_a_presigned_request_says_what_it_is_for(guarded):
    """The same query string serves the operation that its signed headers name and no other."""
    request = presigned(guarded)
    path = request.url.removeprefix(f"http://{guarded.address}")
    headers = {"Content-Type": CONTENT_TYPE, "X-Amz-Target": TARGET + "DescribeLimits"}
    assert_fault(guarded.send("POST", path, headers, BODY), "InvalidSignatureException")


def test_a_compressed_body_is_signed_as_sent(guarded):
    body = gzip.compress(json.dumps({"Limit": 1}).encode())
    assert guarded.post("ListTables", body, {"Content-Encoding": "gzip"}).status == 200
