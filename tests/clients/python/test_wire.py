"""HTTP as the service speaks it: headers, statuses, compression, the shapes of errors."""

import gzip
import http.client
import json
import re
import zlib

import httpx
import pytest

from wire import CONTENT_TYPE, STREAMS_TARGET

BODY_BYTES_MAX = 16 * 1024 * 1024
NOT_FOUND = b"<UnknownOperationException/>\n"
MISSING_TABLE = {"TableName": "no-such-table"}


def put(wire, table, item, **headers):
    reply = wire.post("PutItem", {"TableName": table, "Item": item}, headers)
    assert reply.status == 200, reply.body
    return reply


def get(wire, table, key="a", headers=()):
    return wire.post("GetItem", {"TableName": table, "Key": {"pk": {"S": key}}}, headers)


# Every reply


def test_a_success_carries_a_checksum_a_request_id_and_its_content_type(wire):
    reply = wire.post("ListTables", {})
    assert reply.status == 200
    assert reply.checksum_is_right
    assert re.fullmatch(r"[A-Z0-9]{52}", reply.headers["x-amzn-RequestId"])
    assert reply.headers["Content-Type"] == CONTENT_TYPE


def test_an_error_carries_a_checksum_a_request_id_and_its_content_type(wire):
    reply = wire.post("DescribeTable", MISSING_TABLE)
    assert reply.status == 400
    assert reply.checksum_is_right
    assert re.fullmatch(r"[A-Z0-9]{52}", reply.headers["x-amzn-RequestId"])
    assert reply.headers["Content-Type"] == CONTENT_TYPE


def test_request_ids_differ(wire):
    ids = {wire.post("ListTables", {}).headers["x-amzn-RequestId"] for _ in range(5)}
    assert len(ids) == 5


def test_plain_json_is_accepted_as_a_content_type(wire):
    reply = wire.post("ListTables", {}, {"Content-Type": "application/json"})
    assert reply.status == 200
    assert reply.headers["Content-Type"] in {CONTENT_TYPE, "application/json"}


@pytest.mark.parametrize("content_type", [CONTENT_TYPE, "application/json"])
def test_parameters_of_a_content_type_are_ignored(wire, content_type):
    reply = wire.post("ListTables", {}, {"Content-Type": f"{content_type}; charset=UTF-8"})
    assert reply.status == 200


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-amz-json-1.1", None])
def test_any_other_content_type_is_not_found(wire, content_type):
    reply = wire.post("ListTables", {}, {"Content-Type": content_type})
    assert reply.status == 404
    assert reply.body == NOT_FOUND
    assert reply.checksum_is_right


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_any_other_method_is_not_found(wire, method):
    reply = wire.send(method, headers={"Content-Type": CONTENT_TYPE}, body=b"{}")
    assert reply.status == 404
    assert reply.body == NOT_FOUND
    assert reply.checksum_is_right


def test_get_answers_the_health_text_to_anyone(wire):
    reply = wire.send("GET")
    assert reply.status == 200
    assert re.fullmatch(rb"healthy: dynamodb\.[a-z0-9-]+\.amazonaws\.com ", reply.body)
    assert re.fullmatch(r"[A-Z0-9]{52}", reply.headers["x-amzn-RequestId"])


# Connections


def test_a_connection_is_kept_without_being_asked_for(wire):
    connection = wire.connect()
    for _ in range(3):
        assert wire.post("ListTables", {}, connection=connection).status == 200
        assert connection.sock is not None
    connection.close()


def test_a_connection_is_kept_after_an_error(wire):
    connection = wire.connect()
    for _ in range(3):
        assert wire.post("DescribeTable", MISSING_TABLE, connection=connection).status == 400
        assert connection.sock is not None
    connection.close()


def test_a_connection_is_closed_when_asked(wire):
    connection = wire.connect()
    body = b"{}"
    headers = {**wire.headers("ListTables", body), "Connection": "close"}
    reply = wire.send("POST", headers=headers, body=body, connection=connection)
    assert reply.status == 200
    assert connection.sock is None


def test_a_body_may_come_in_chunks(wire):
    body = b'{"Limit": 1}'
    connection = wire.connect()
    connection.putrequest("POST", "/", skip_host=True, skip_accept_encoding=True)
    for name, value in wire.headers("ListTables", body).items():
        connection.putheader(name, value)
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders(iter([body[:5], body[5:]]), encode_chunked=True)
    assert connection.getresponse().status == 200
    connection.close()


def test_http_2_is_spoken_to_a_client_that_knows(wire):
    body = b"{}"
    with httpx.Client(http1=False, http2=True, trust_env=False) as client:
        for _ in range(2):
            headers = wire.headers("ListTables", body)
            reply = client.post(f"http://{wire.address}/", headers=headers, content=body)
            assert reply.http_version == "HTTP/2"
            assert reply.status_code == 200
            assert "TableNames" in reply.json()
            assert reply.headers["x-amz-crc32"] == str(zlib.crc32(reply.content))


@pytest.mark.parametrize(
    "host",
    [
        "dynamodb.us-east-1.amazonaws.com",
        "dynamodb.us-east-1.api.aws",
        "dynamodb-fips.us-east-1.amazonaws.com",
        "123456789012.ddb.us-east-1.amazonaws.com",
    ],
)
def test_any_host_that_an_sdk_builds_is_accepted(wire, host):
    assert wire.post("ListTables", {}, {"Host": host}).status == 200


def test_streams_are_served_at_the_same_address(wire):
    reply = wire.post("ListStreams", {"TableName": "without-a-stream"}, target=STREAMS_TARGET)
    assert reply.status == 200
    assert reply.json == {"Streams": []}


# Browsers


def test_a_page_on_this_machine_may_read_replies(wire):
    origin = "http://localhost:3000"
    reply = wire.post("ListTables", {}, {"Origin": origin})
    assert reply.status == 200
    assert reply.headers["Access-Control-Allow-Origin"] in {"*", origin}
    exposed = {name.strip().lower() for name in reply.headers["Access-Control-Expose-Headers"].split(",")}
    assert exposed >= {"x-amzn-requestid", "x-amzn-errortype", "x-amzn-errormessage", "date"}


def test_a_page_may_read_errors_too(wire):
    reply = wire.post("DescribeTable", MISSING_TABLE, {"Origin": "http://127.0.0.1:8080"})
    assert reply.status == 400
    assert reply.headers["Access-Control-Allow-Origin"] is not None


def test_a_preflight_is_echoed_and_kept_for_two_days(wire):
    asked = {
        "Origin": "http://localhost:3000",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-amz-target, content-type",
    }
    reply = wire.send("OPTIONS", headers=asked)
    assert reply.status == 200
    assert reply.headers["Access-Control-Allow-Origin"] in {"*", asked["Origin"]}
    assert reply.headers["Access-Control-Allow-Methods"] == "POST"
    assert reply.headers["Access-Control-Allow-Headers"] == "x-amz-target, content-type"
    assert reply.headers["Access-Control-Max-Age"] == "172800"


def test_without_an_origin_nothing_is_said_of_origins(wire):
    assert wire.post("ListTables", {}).headers["Access-Control-Allow-Origin"] is None


def test_a_page_from_elsewhere_cannot_reach_in(wire, own_server):
    """Without signature checks, any page that a browser shows could write otherwise."""
    reply = wire.post("ListTables", {}, {"Origin": "https://example.com"})
    assert reply.status >= 400
    assert b"TableNames" not in reply.body


# Sizes


def test_a_body_of_16_mebibytes_is_read(wire):
    body = b"{}" + b" " * (BODY_BYTES_MAX - 2)
    assert wire.post("ListTables", body).status == 200


def test_a_body_above_16_mebibytes_is_refused_without_a_word(wire):
    body = b"{}" + b" " * (BODY_BYTES_MAX - 1)
    reply = wire.post("ListTables", body)
    assert reply.status == 413
    assert reply.body == b""


def test_the_size_is_checked_before_the_credentials(wire):
    body = b"{}" + b" " * (BODY_BYTES_MAX - 1)
    assert wire.send("POST", headers={"Content-Type": CONTENT_TYPE}, body=body).status == 413


def test_the_limit_applies_to_the_inflated_body(wire):
    body = gzip.compress(b"{}" + b" " * (BODY_BYTES_MAX - 1))
    reply = wire.post("ListTables", body, {"Content-Encoding": "gzip"})
    assert reply.status == 413
    assert reply.body == b""


# Compression


def test_a_gzip_body_is_inflated(wire):
    body = gzip.compress(json.dumps(MISSING_TABLE).encode())
    reply = wire.post("DescribeTable", body, {"Content-Encoding": "gzip"})
    assert reply.error == "ResourceNotFoundException"


def test_a_gzip_body_may_have_several_members(wire):
    body = gzip.compress(b'{"TableName":') + gzip.compress(b'"no-such-table"}')
    reply = wire.post("DescribeTable", body, {"Content-Encoding": "gzip"})
    assert reply.error == "ResourceNotFoundException"


def test_a_deflate_body_is_inflated(wire):
    body = zlib.compress(json.dumps(MISSING_TABLE).encode())
    reply = wire.post("DescribeTable", body, {"Content-Encoding": "deflate"})
    assert reply.error == "ResourceNotFoundException"


def test_a_deflate_body_has_one_stream_only(wire):
    body = zlib.compress(b'{"TableName":') + zlib.compress(b'"no-such-table"}')
    reply = wire.post("DescribeTable", body, {"Content-Encoding": "deflate"})
    assert reply.status >= 400
    assert reply.error != "ResourceNotFoundException"


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
@pytest.mark.parametrize("body", [b"not compressed at all", b""], ids=["corrupt", "empty"])
def test_corrupt_compressed_data_is_an_internal_error(wire, encoding, body):
    reply = wire.post("ListTables", body, {"Content-Encoding": encoding})
    assert reply.status == 500
    assert reply.error == "InternalServerError"


def test_truncated_compressed_data_is_an_internal_error(wire):
    body = gzip.compress(json.dumps(MISSING_TABLE).encode())[:-6]
    reply = wire.post("DescribeTable", body, {"Content-Encoding": "gzip"})
    assert reply.status == 500
    assert reply.error == "InternalServerError"


def test_an_unknown_encoding_is_refused(wire):
    assert wire.post("ListTables", b"{}", {"Content-Encoding": "zebra"}).status >= 400


def test_a_long_reply_is_compressed_when_asked_and_its_checksum_covers_what_is_sent(wire, table):
    put(wire, table, {"pk": {"S": "a"}, "long": {"S": "x" * 8000}})
    reply = get(wire, table, headers={"Accept-Encoding": "gzip"})
    assert reply.headers["Content-Encoding"] == "gzip"
    assert reply.checksum_is_right
    assert json.loads(gzip.decompress(reply.body))["Item"]["long"]["S"] == "x" * 8000


def test_a_long_reply_is_not_compressed_unasked(wire, table):
    put(wire, table, {"pk": {"S": "a"}, "long": {"S": "x" * 8000}})
    reply = get(wire, table)
    assert reply.headers["Content-Encoding"] is None
    assert reply.json["Item"]["long"]["S"] == "x" * 8000


def test_a_short_reply_is_never_compressed(wire, table):
    put(wire, table, {"pk": {"S": "a"}, "long": {"S": "x" * 3000}})
    reply = get(wire, table, headers={"Accept-Encoding": "gzip"})
    assert reply.headers["Content-Encoding"] is None
    assert reply.json["Item"]["long"]["S"] == "x" * 3000


# The shape of an error


@pytest.mark.parametrize(
    ("operation", "body", "expected"),
    [
        ("DescribeTable", {"TableName": 5}, "com.amazon.coral.service#SerializationException"),
        ("NoSuchThing", {}, "com.amazon.coral.service#UnknownOperationException"),
        ("DescribeTable", {"TableName": "?"}, "com.amazon.coral.validate#ValidationException"),
        (
            "DescribeTable",
            MISSING_TABLE,
            "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
        ),
    ],
)
def test_the_type_of_an_error_has_the_prefix_of_its_kind(wire, operation, body, expected):
    reply = wire.post(operation, body)
    assert reply.status == 400
    assert reply.type == expected


def test_a_failed_condition_has_the_prefix_of_the_model(wire, table):
    reply = wire.post(
        "PutItem",
        {
            "TableName": table,
            "Item": {"pk": {"S": "a"}},
            "ConditionExpression": "attribute_exists(pk)",
        },
    )
    assert reply.status == 400
    assert reply.json == {
        "__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
        "message": "The conditional request failed",
    }


def test_a_cancelled_transaction_spells_message_with_a_capital(wire, table):
    put_if_there = {
        "TableName": table,
        "Item": {"pk": {"S": "a"}},
        "ConditionExpression": "attribute_exists(pk)",
    }
    reply = wire.post("TransactWriteItems", {"TransactItems": [{"Put": put_if_there}]})
    assert reply.status == 400
    assert reply.type == "com.amazonaws.dynamodb.v20120810#TransactionCanceledException"
    assert "Message" in reply.json
    assert "message" not in reply.json
    assert reply.json["CancellationReasons"] == [
        {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}
    ]


def test_a_mismatch_of_tokens_spells_message_with_a_capital(wire, table):
    def transact(value):
        item = {"pk": {"S": "a"}, "v": {"S": value}}
        body = {
            "TransactItems": [{"Put": {"TableName": table, "Item": item}}],
            "ClientRequestToken": f"casing-{table}"[:36],
        }
        return wire.post("TransactWriteItems", body)

    assert transact("1").status == 200
    reply = transact("2")
    assert reply.error == "IdempotentParameterMismatchException"
    assert "Message" in reply.json
    assert "message" not in reply.json


def test_validation_spells_message_small(wire):
    reply = wire.post("DescribeTable", {"TableName": "?"})
    assert "message" in reply.json
    assert "Message" not in reply.json


def test_serialization_spells_message_with_a_capital(wire):
    reply = wire.post("DescribeTable", {"TableName": 5})
    assert "Message" in reply.json
    assert "message" not in reply.json


@pytest.mark.parametrize("target", ["DynamoDB_20120810.Nope", "DynamoDB_20111205.ListTables", "", "x"])
def test_an_unknown_operation_has_no_message(wire, target):
    reply = wire.post(target, {}, target="")
    assert reply.status == 400
    assert reply.json == {"__type": "com.amazon.coral.service#UnknownOperationException"}


def test_a_missing_target_is_an_unknown_operation(wire):
    reply = wire.post("ListTables", {}, {"X-Amz-Target": None})
    assert reply.status == 400
    assert reply.error == "UnknownOperationException"


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"nonsense",
        b'{"TableName": "abc"',
        b'{"TableName": "abc",}',
        b'{"a" 1}',
        b"{'a': 1}",
        b"\xff\xfe",
    ],
)
def test_malformed_json_has_no_message(wire, body):
    reply = wire.post("DescribeTable", body)
    assert reply.status == 400
    assert reply.json == {"__type": "com.amazon.coral.service#SerializationException"}


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"5", b"true", b"null"])
def test_a_body_that_is_no_object_is_refused(wire, body):
    reply = wire.post("ListTables", body)
    assert reply.status == 400
    assert reply.error == "SerializationException"


def test_an_empty_body_is_refused(wire):
    assert wire.post("ListTables", b"").status == 400


def test_json_is_checked_before_the_target(wire):
    assert wire.post("NoSuchThing", b"{").error == "SerializationException"


def test_what_is_echoed_is_escaped(wire):
    faulty = 'a"b\\c\nd\x00e\u2028'
    reply = wire.post("DescribeTable", {"TableName": faulty})
    assert reply.error == "ValidationException"
    assert 'a"b' in reply.message


# Types of members


@pytest.mark.parametrize(
    ("operation", "body", "message"),
    [
        ("DescribeTable", b'{"TableName": 5}', "NUMBER_VALUE cannot be converted to String"),
        ("DescribeTable", b'{"TableName": 5.5}', "DECIMAL_VALUE cannot be converted to String"),
        ("DescribeTable", b'{"TableName": 5e1}', "DECIMAL_VALUE cannot be converted to String"),
        ("DescribeTable", b'{"TableName": true}', "TRUE_VALUE cannot be converted to String"),
        ("DescribeTable", b'{"TableName": false}', "FALSE_VALUE cannot be converted to String"),
        ("ListTables", b'{"Limit": "x"}', "STRING_VALUE cannot be converted to Integer"),
        ("ListTables", b'{"Limit": true}', "TRUE_VALUE cannot be converted to Integer"),
        (
            "DescribeTable",
            b'{"TableName": {}}',
            "Start of structure or map found where not expected",
        ),
        ("GetItem", b'{"TableName": "abc", "Key": 5}', "Unexpected token received from parser"),
        ("GetItem", b'{"TableName": "abc", "Key": "x"}', "Unexpected token received from parser"),
        (
            "PutItem",
            b'{"TableName": "abc", "Item": {"pk": {"N": 123}}}',
            "NUMBER_VALUE cannot be converted to String",
        ),
        (
            "PutItem",
            b'{"TableName": "abc", "Item": {"pk": {"S": 1.5}}}',
            "DECIMAL_VALUE cannot be converted to String",
        ),
    ],
)
def test_a_member_of_the_wrong_type_is_named(wire, operation, body, message):
    reply = wire.post(operation, body)
    assert reply.status == 400
    assert reply.json == {
        "__type": "com.amazon.coral.service#SerializationException",
        "Message": message,
    }


def test_a_list_where_text_belongs_is_named_by_its_class(wire):
    reply = wire.post("DescribeTable", {"TableName": []})
    assert reply.error == "SerializationException"
    assert reply.message.startswith("Unrecognized collection type class java.lang.String")


def test_types_are_checked_before_anything_is_validated(wire):
    reply = wire.post("GetItem", {"TableName": "?", "Key": {"pk": {"N": 5}}})
    assert reply.error == "SerializationException"


@pytest.mark.parametrize("spelling", [True, "true", "TRUE", "t", "Yes", "y", "1"])
def test_true_may_be_spelled_as_text(wire, table, spelling):
    put(wire, table, {"pk": {"S": "a"}, "b": {"BOOL": spelling}, "n": {"NULL": spelling}})
    assert get(wire, table).json["Item"] == {
        "pk": {"S": "a"},
        "b": {"BOOL": True},
        "n": {"NULL": True},
    }


@pytest.mark.parametrize("spelling", [False, "false", "F", "no", "N", "0"])
def test_false_may_be_spelled_as_text(wire, table, spelling):
    put(wire, table, {"pk": {"S": "a"}, "b": {"BOOL": spelling}})
    assert get(wire, table).json["Item"]["b"] == {"BOOL": False}


def test_a_flag_may_be_spelled_as_text(wire, sorted_table):
    for sort in "12":
        put(wire, sorted_table, {"pk": {"S": "a"}, "sk": {"S": sort}})
    query = {
        "TableName": sorted_table,
        "KeyConditionExpression": "pk = :p",
        "ExpressionAttributeValues": {":p": {"S": "a"}},
        "ScanIndexForward": "no",
        "ConsistentRead": "YES",
        "ReturnConsumedCapacity": "TOTAL",
    }
    reply = wire.post("Query", query).json
    assert [item["sk"]["S"] for item in reply["Items"]] == ["2", "1"]
    assert reply["ConsumedCapacity"]["CapacityUnits"] == 1.0


def test_other_text_is_no_flag(wire):
    reply = wire.post("Scan", {"TableName": "abc", "ConsistentRead": "maybe"})
    assert reply.error == "SerializationException"


def test_integers_saturate_and_drop_fractions(wire, sorted_table):
    for sort in "123":
        put(wire, sorted_table, {"pk": {"S": "a"}, "sk": {"S": sort}})

    def count(limit):
        body = f'{{"TableName": "{sorted_table}", "Limit": {limit}}}'
        return wire.post("Scan", body.encode()).json["Count"]

    assert count("2.9") == 2
    assert count("1e0") == 1
    assert count("99999999999999999999") == 3


def test_an_integer_below_its_minimum_after_its_fraction_is_dropped_is_refused(wire, table):
    reply = wire.post("Scan", f'{{"TableName": "{table}", "Limit": 0.9}}'.encode())
    assert reply.error == "ValidationException"


@pytest.mark.parametrize("text", ["a", "ab", "abc", "YQ", "YQ=", "Y!==", "YQ==YQ==", "Y Q="])
def test_bad_base64_is_refused(wire, table, text):
    item = {"pk": {"S": "a"}, "b": {"B": text}}
    reply = wire.post("PutItem", {"TableName": table, "Item": item})
    assert reply.status == 400
    assert "Item" not in get(wire, table).json


def test_bad_base64_is_refused_in_expression_values_too(wire, table):
    update = {
        "TableName": table,
        "Key": {"pk": {"S": "a"}},
        "UpdateExpression": "SET b = :b",
        "ExpressionAttributeValues": {":b": {"B": "YQ"}},
    }
    assert wire.post("UpdateItem", update).status == 400
    assert "Item" not in get(wire, table).json


def test_unknown_members_are_ignored(wire):
    assert wire.post("ListTables", {"Zebra": {"deep": [1, 2.5, None]}}).status == 200


def test_a_null_member_counts_as_absent(wire, table):
    body = {"TableName": table, "Limit": None, "FilterExpression": None, "Select": None}
    assert wire.post("Scan", body).status == 200


def test_a_null_for_what_is_required_counts_as_absent(wire):
    reply = wire.post("DescribeTable", {"TableName": None})
    assert reply.error == "ValidationException"


def test_times_are_numbers_of_seconds(wire, table):
    created = wire.post("DescribeTable", {"TableName": table}).json["Table"]["CreationDateTime"]
    assert isinstance(created, (int, float))
    assert created > 1_700_000_000


def test_a_time_may_be_spelled_with_an_exponent(wire):
    reply = wire.post("ListBackups", b'{"TimeRangeLowerBound": 1.7E9, "TimeRangeUpperBound": 1.8e9}')
    assert reply.status == 200
    assert reply.json == {"BackupSummaries": []}


def test_nothing_follows_a_reply_on_its_connection(wire):
    """A reply whose length is wrong would show as the start of the next."""
    connection = http.client.HTTPConnection(wire.address, timeout=60)
    for body in [b"{", b"{}", b"[]", b"{}"]:
        reply = wire.post("ListTables", body, connection=connection)
        assert reply.headers["Content-Length"] == str(len(reply.body))
    connection.close()
