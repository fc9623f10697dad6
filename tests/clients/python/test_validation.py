"""How a faulty request is described, and which of several faults is."""

import re

import pytest

from items import item, values
from refusal import ENVELOPE, refused
from tables import schema


def faults(caught):
    """The faults in an envelope, which must say how many they are."""
    message = caught.value.response["Error"]["Message"]
    count, word, rest = re.fullmatch(r"(\d+) validation (errors?) detected: (.*)", message, re.S).groups()
    found = rest.split("; Value")
    assert int(count) == len(found)
    assert word == ("error" if count == "1" else "errors")
    return found


@pytest.mark.parametrize(
    ("operation", "body", "path"),
    [
        ("DescribeTable", {}, "tableName"),
        ("DeleteTable", {}, "tableName"),
        ("UpdateTable", {}, "tableName"),
        ("ListTagsOfResource", {}, "resourceArn"),
        ("GetItem", {"TableName": "abc"}, "key"),
        ("DeleteItem", {"TableName": "abc"}, "key"),
        ("PutItem", {"TableName": "abc"}, "item"),
        ("UpdateItem", {"TableName": "abc"}, "key"),
        ("Query", {}, "tableName"),
        ("Scan", {}, "tableName"),
        ("BatchGetItem", {}, "requestItems"),
        ("BatchWriteItem", {}, "requestItems"),
        ("TransactGetItems", {}, "transactItems"),
        ("TransactWriteItems", {}, "transactItems"),
    ],
)
def test_a_missing_member_must_not_be_null(wire, operation, body, path):
    """Some operations show the null and some do not, and they spell the path in two ways."""
    reply = wire.post(operation, body)
    assert reply.error == "ValidationException"
    assert re.fullmatch(
        "1 validation error detected: Value (null )?at "
        f"'{path}' failed to satisfy constraint: Member must not be null",
        reply.message,
        re.IGNORECASE,
    )


def test_the_null_itself_is_shown(loose):
    expected = (
        "1 validation error detected: Value null at 'tableName' failed to satisfy constraint: "
        "Member must not be null"
    )
    with refused(message=expected):
        loose.describe_table()


def test_all_faults_are_named_at_once(loose):
    with refused() as caught:
        loose.create_table()
    found = faults(caught)
    assert len(found) >= 2
    assert all("failed to satisfy constraint: Member must not be null" in each for each in found)


@pytest.mark.parametrize(
    ("parameters", "constraint"),
    [
        ({"Limit": 0}, "Member must have value greater than or equal to 1"),
        ({"Limit": -5}, "Member must have value greater than or equal to 1"),
        ({"IndexName": "ab"}, "Member must have length greater than or equal to 3"),
        ({"IndexName": "a" * 256}, "Member must have length less than or equal to 255"),
        (
            {"IndexName": "a b c"},
            "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
        ),
        ({"Select": "SOME"}, "Member must satisfy enum value set: ["),
        ({"ReturnConsumedCapacity": "SOME"}, "Member must satisfy enum value set: ["),
        ({"Segment": -1, "TotalSegments": 1}, "Member must have value greater than or equal to 0"),
        ({"Segment": 1_000_000, "TotalSegments": 1}, "Member must have value less than or equal to 999999"),
        ({"Segment": 0, "TotalSegments": 0}, "Member must have value greater than or equal to 1"),
        (
            {"Segment": 0, "TotalSegments": 1_000_001},
            "Member must have value less than or equal to 1000000",
        ),
    ],
)
def test_a_constraint_is_spelled_out(loose, table, parameters, constraint):
    with refused(containing=["failed to satisfy constraint: ", constraint]):
        loose.scan(TableName=table, **parameters)


def test_several_faults_are_counted(loose, table):
    with refused() as caught:
        loose.scan(TableName=table, Limit=0, IndexName="a b", Select="SOME")
    assert len(faults(caught)) >= 2


def test_an_element_is_named_by_its_place(loose, name):
    """The path to it counts from one."""
    parameters = schema(indexes={"one": ("g", None, "ALL"), "two": ("h", None, "ALL")})
    parameters["GlobalSecondaryIndexes"][1]["IndexName"] = "?"
    with refused() as caught:
        loose.create_table(TableName=name, **parameters)
    assert re.search(
        r"globalSecondaryIndexes\.(member\.2|2\.member)\.indexName",
        caught.value.response["Error"]["Message"],
        re.I,
    )


# Which fault comes first


def test_mixed_styles_come_before_syntax(client, table):
    with refused(containing="Can not use both expression and non-expression parameters"):
        client.get_item(TableName=table, Key=item(), AttributesToGet=["a"], ProjectionExpression="a,,")


def test_faulty_placeholders_come_before_syntax(client, table):
    with refused(containing="ExpressionAttributeNames"):
        client.get_item(
            TableName=table,
            Key=item(),
            ProjectionExpression="a,,",
            ExpressionAttributeNames={"faulty": "x"},
        )


@pytest.mark.parametrize("key", [{"pk": {"N": "1"}}, {"sk": {"S": "x"}}, item(more="x")])
def test_expressions_come_before_the_match_with_the_key(client, table, key):
    with refused(containing="Invalid ConditionExpression: "):
        client.delete_item(TableName=table, Key=key, ConditionExpression="a =")


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.get_item(TableName="no-such-table", Key=item(), ProjectionExpression="a,,"),
        lambda client: client.scan(TableName="no-such-table", FilterExpression="a ="),
        lambda client: client.put_item(TableName="no-such-table", Item=item(), ConditionExpression="a ="),
        lambda client: client.update_item(TableName="no-such-table", Key=item(), UpdateExpression="SET"),
        lambda client: client.query(TableName="no-such-table", KeyConditionExpression="a ="),
        lambda client: client.put_item(TableName="no-such-table", Item={"pk": {"N": "x"}}),
        lambda client: client.get_item(TableName="no-such-table", Key={"pk": {"SS": []}}),
        lambda client: client.batch_get_item(RequestItems={"no-such-table": {"Keys": [item(), item()]}}),
    ],
)
def test_static_faults_come_before_a_missing_table(client, call):
    with refused("ValidationException"):
        call(client)


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.get_item(TableName="no-such-table", Key=item()),
        lambda client: client.put_item(TableName="no-such-table", Item=item()),
        lambda client: client.update_item(TableName="no-such-table", Key=item()),
        lambda client: client.delete_item(TableName="no-such-table", Key=item()),
        lambda client: client.scan(TableName="no-such-table"),
        lambda client: client.query(
            TableName="no-such-table",
            KeyConditionExpression="pk = :p",
            ExpressionAttributeValues=values(p="a"),
        ),
    ],
)
def test_a_missing_table_is_not_found(client, call):
    with refused("ResourceNotFoundException", message="Requested resource not found"):
        call(client)


@pytest.mark.parametrize("key", [{}, {"sk": {"S": "x"}}, {"pk": {"N": "1"}}, item(more="x")])
def test_a_key_matches_the_schema(client, table, key):
    with refused(containing="The provided key element does not match the schema"):
        client.get_item(TableName=table, Key=key)
    with refused(containing="The provided key element does not match the schema"):
        client.delete_item(TableName=table, Key=key)
    with refused(containing="The provided key element does not match the schema"):
        client.update_item(TableName=table, Key=key)


def test_an_item_has_its_key(client, sorted_table):
    for faulty in [{"v": {"S": "x"}}, item(), item(sk=1), {"pk": {"N": "1"}, "sk": {"S": "1"}}]:
        with refused(containing="One or more parameter values were invalid"):
            client.put_item(TableName=sorted_table, Item=faulty)


# Envelopes


@pytest.mark.parametrize(
    "call",
    [
        lambda client, table: client.put_item(TableName=table, Item=item(), ConditionExpression="a ="),
        lambda client, table: client.update_item(TableName=table, Key=item(), ConditionExpression="a ="),
        lambda client, table: client.delete_item(TableName=table, Key=item(), ConditionExpression="a ="),
    ],
    ids=["put", "update", "delete"],
)
def test_a_write_puts_a_single_fault_into_an_envelope(client, table, call):
    with refused(containing="Invalid ConditionExpression: Syntax error; ") as caught:
        call(client, table)
    assert caught.value.response["Error"]["Message"].startswith(ENVELOPE)


def test_a_read_sends_a_single_fault_bare(client, table):
    with refused(containing="Invalid FilterExpression: Syntax error; ") as caught:
        client.scan(TableName=table, FilterExpression="a =")
    assert not caught.value.response["Error"]["Message"].startswith(ENVELOPE)


def test_a_query_wraps_what_it_says_of_select_and_a_scan_does_not(client, table):
    with refused() as caught:
        client.query(
            TableName=table,
            KeyConditionExpression="pk = :p",
            ExpressionAttributeValues=values(p="a"),
            Select="SPECIFIC_ATTRIBUTES",
        )
    assert caught.value.response["Error"]["Message"].startswith(ENVELOPE)
    with refused() as caught:
        client.scan(TableName=table, Select="SPECIFIC_ATTRIBUTES")
    assert not caught.value.response["Error"]["Message"].startswith(ENVELOPE)
