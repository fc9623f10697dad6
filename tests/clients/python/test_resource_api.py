"""The higher half of the SDK: tables as objects, typed values, waiters and paginators."""

from decimal import Decimal

import boto3
import pytest
from boto3.dynamodb.conditions import Attr, Key
from boto3.dynamodb.types import Binary
from botocore.config import Config

from conftest import REGION
from items import item
from wire import ACCESS_KEY, SECRET


@pytest.fixture(scope="module")
def resource(endpoint):
    """As an application would have it, with retries and all."""
    return boto3.resource(
        "dynamodb",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET,
    )


@pytest.fixture
def songs(resource, make_table):
    return resource.Table(make_table(sort="sk", types={"sk": "N"}))


def test_a_table_is_made_waited_for_and_deleted(resource, name):
    table = resource.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    table.wait_until_exists(WaiterConfig={"Delay": 1})
    table.reload()
    assert table.table_status == "ACTIVE"
    assert table.item_count == 0
    assert table.key_schema == [{"AttributeName": "pk", "KeyType": "HASH"}]
    table.delete()
    table.wait_until_not_exists(WaiterConfig={"Delay": 1})


def test_all_types_go_there_and_back(songs):
    whole = {
        "pk": "a",
        "sk": Decimal("1"),
        "text": "\u00e9\U0001f600",
        "number": Decimal("12345678901234567890.123456789"),
        "binary": Binary(b"\x00\xff"),
        "yes": True,
        "none": None,
        "list": ["a", Decimal(1), [None]],
        "map": {"deep": {"deeper": Decimal("-0.5")}},
        "strings": {"a", "b"},
        "numbers": {Decimal(1), Decimal("2.5")},
        "binaries": {Binary(b"a")},
    }
    songs.put_item(Item=whole)
    assert songs.get_item(Key={"pk": "a", "sk": 1})["Item"] == whole


def test_conditions_are_built_from_objects(songs):
    for each in range(10):
        songs.put_item(
            Item={"pk": "a", "sk": each, "tag": "even" if each % 2 == 0 else "odd", "status": each}
        )
    reply = songs.query(
        KeyConditionExpression=Key("pk").eq("a") & Key("sk").between(2, 8),
        FilterExpression=Attr("tag").eq("even") & ~Attr("status").is_in([4]),
        ProjectionExpression="sk",
        ScanIndexForward=False,
    )
    assert [each["sk"] for each in reply["Items"]] == [8, 6, 2]
    reply = songs.scan(
        FilterExpression=(Attr("tag").begins_with("od") & Attr("status").gt(5))
        | Attr("status").size().gte(100)
        | Attr("nothing").exists()
        | Attr("tag").contains("zzz")
        | Attr("status").attribute_type("S")
    )
    assert sorted(each["sk"] for each in reply["Items"]) == [7, 9]


def test_an_update_is_conditional(songs):
    songs.put_item(Item={"pk": "a", "sk": 1, "n": 1})
    reply = songs.update_item(
        Key={"pk": "a", "sk": 1},
        UpdateExpression="SET n = n + :one",
        ConditionExpression=Attr("n").eq(1),
        ExpressionAttributeValues={":one": 1},
        ReturnValues="UPDATED_NEW",
    )
    assert reply["Attributes"] == {"n": 2}
    with pytest.raises(songs.meta.client.exceptions.ConditionalCheckFailedException):
        songs.delete_item(Key={"pk": "a", "sk": 1}, ConditionExpression=Attr("n").eq(1))


def test_a_batch_writer_writes_any_number(songs):
    with songs.batch_writer() as batch:
        for each in range(120):
            batch.put_item(Item={"pk": "a", "sk": each})
        for each in range(0, 120, 2):
            batch.delete_item(Key={"pk": "a", "sk": each})
    found = songs.query(KeyConditionExpression=Key("pk").eq("a"))["Items"]
    assert [each["sk"] for each in found] == list(range(1, 120, 2))


def test_a_batch_writer_drops_duplicates(songs):
    with songs.batch_writer(overwrite_by_pkeys=["pk", "sk"]) as batch:
        for each in range(10):
            batch.put_item(Item={"pk": "a", "sk": 1, "n": each})
    assert songs.get_item(Key={"pk": "a", "sk": 1})["Item"]["n"] == 9


def test_a_batch_reads_through_the_resource(resource, songs):
    songs.put_item(Item={"pk": "a", "sk": 1})
    reply = resource.batch_get_item(RequestItems={songs.name: {"Keys": [{"pk": "a", "sk": 1}]}})
    assert reply["Responses"][songs.name] == [{"pk": "a", "sk": Decimal(1)}]


def test_tables_are_listed(resource, songs):
    assert songs.name in {table.name for table in resource.tables.all()}


def test_paginators_find_everything(client, make_table):
    table = make_table(sort="sk")
    for each in range(23):
        client.put_item(TableName=table, Item=item(sk=f"{each:02}"))
    query = client.get_paginator("query").paginate(
        TableName=table,
        KeyConditionExpression="pk = :p",
        ExpressionAttributeValues={":p": {"S": "a"}},
        PaginationConfig={"PageSize": 5},
    )
    pages = list(query)
    assert len(pages) >= 5
    assert [each["sk"]["S"] for page in pages for each in page["Items"]] == [
        f"{each:02}" for each in range(23)
    ]
    scan = client.get_paginator("scan").paginate(
        TableName=table, PaginationConfig={"PageSize": 4, "MaxItems": 10}
    )
    assert len(scan.build_full_result()["Items"]) == 10


def test_an_sdk_that_discovers_its_endpoint_works(endpoint, table):
    client = boto3.client(
        "dynamodb",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET,
        config=Config(endpoint_discovery_enabled=True),
    )
    client.put_item(TableName=table, Item=item())
    assert client.get_item(TableName=table, Key=item())["Item"] == item()


def test_an_error_has_a_class_of_its_own(resource):
    exceptions = resource.meta.client.exceptions
    with pytest.raises(exceptions.ResourceNotFoundException) as caught:
        resource.Table("no-such-table").load()
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert len(caught.value.response["ResponseMetadata"]["RequestId"]) == 52
