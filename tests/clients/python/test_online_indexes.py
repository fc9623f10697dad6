"""Global indexes that are made and deleted while their table is in use."""

import random
import threading

import pytest

from conftest import connect
from items import item
from refusal import refused
from server import Server
from tables import schema
from waiting import wait_for_index, wait_until

ITEMS = 4000


def create(client, table, index="by-g", partition="g", projection="ALL"):
    client.update_table(
        TableName=table,
        AttributeDefinitions=[{"AttributeName": partition, "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[
            {
                "Create": {
                    "IndexName": index,
                    "KeySchema": [{"AttributeName": partition, "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": projection},
                }
            }
        ],
    )


def fill(client, table, count=ITEMS):
    for first in range(0, count, 25):
        puts = [
            {"PutRequest": {"Item": item(pk=f"p{number}", g=f"g{number % 7}", filler="x" * 200)}}
            for number in range(first, first + 25)
        ]
        client.batch_write_item(RequestItems={table: puts})


def scan(client, table, **more):
    pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead="IndexName" not in more, **more)
    return sorted((each for page in pages for each in page["Items"]), key=lambda each: each["pk"]["S"])


def check(client, table):
    """The index has exactly the items that have its key, and counts them."""
    expected = [each for each in scan(client, table) if "g" in each]
    assert scan(client, table, IndexName="by-g") == expected
    described = client.describe_table(TableName=table)["Table"]["GlobalSecondaryIndexes"][0]
    assert described["ItemCount"] == len(expected)
    counted = client.scan(TableName=table, IndexName="by-g", Select="COUNT")
    assert counted["Count"] <= len(expected)


def write_at_random(client, table, seed, is_over):
    choice = random.Random(seed)
    while not is_over.is_set():
        key = item(pk=f"p{choice.randrange(ITEMS + 500)}")
        kind = choice.randrange(5)
        if kind == 0:
            client.put_item(TableName=table, Item={**key, "g": {"S": f"g{choice.randrange(7)}"}})
        elif kind == 1:
            client.delete_item(TableName=table, Key=key)
        elif kind == 2:
            client.update_item(TableName=table, Key=key, UpdateExpression="REMOVE g")
        elif kind == 3:
            client.update_item(
                TableName=table,
                Key=key,
                UpdateExpression="ADD n :one SET g = :g",
                ExpressionAttributeValues={":one": {"N": "1"}, ":g": {"S": f"g{choice.randrange(7)}"}},
            )
        else:
            other = item(pk=f"p{choice.randrange(ITEMS)}-more")
            client.transact_write_items(
                TransactItems=[
                    {"Put": {"TableName": table, "Item": {**other, "g": {"S": "g1"}}}},
                    {"Delete": {"TableName": table, "Key": key}},
                ]
            )


def test_an_index_made_under_writes_equals_its_table(endpoint, client, table):
    fill(client, table)
    is_over = threading.Event()
    failures = []

    def run(seed):
        try:
            write_at_random(connect(endpoint, retries={"total_max_attempts": 5}), table, seed, is_over)
        except Exception as error:
            failures.append(error)

    writers = [threading.Thread(target=run, args=(seed,)) for seed in range(4)]
    for writer in writers:
        writer.start()
    try:
        create(client, table)
        wait_for_index(client, table, "by-g")
    finally:
        is_over.set()
        for writer in writers:
            writer.join()
    assert not failures
    check(client, table)


def test_a_new_index_can_be_read_only_when_it_is_filled(client, table):
    fill(client, table)
    create(client, table)
    while True:
        described = client.describe_table(TableName=table)["Table"]["GlobalSecondaryIndexes"][0]
        if described["IndexStatus"] == "ACTIVE":
            assert "Backfilling" not in described
            break
        assert described["Backfilling"] is True
    check(client, table)


def test_a_deleted_index_is_unknown(client, make_table):
    table = make_table(indexes={"by-g": ("g", None, "ALL")})
    fill(client, table, 50)
    deleted = client.update_table(
        TableName=table, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-g"}}]
    )["TableDescription"]
    assert deleted["GlobalSecondaryIndexes"][0]["IndexStatus"] == "DELETING"
    with refused("ValidationException", "The table does not have the specified index: by-g"):
        client.scan(TableName=table, IndexName="by-g")
    with refused("ResourceNotFoundException", "Requested resource not found"):
        client.update_table(
            TableName=table, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-g"}}]
        )
    create(client, table)
    wait_for_index(client, table, "by-g")
    check(client, table)


def test_an_index_of_keys_only_made_later_has_only_keys(client, table):
    fill(client, table, 100)
    create(client, table, projection="KEYS_ONLY")
    wait_for_index(client, table, "by-g")
    items = scan(client, table, IndexName="by-g")
    assert len(items) == 100
    assert all(set(each) == {"pk", "g"} for each in items)


@pytest.mark.usefixtures("own_server")
def test_an_index_is_filled_although_the_server_is_killed_again_and_again(tmp_path):
    data = tmp_path / "data"
    server = Server("--data", str(data))
    client = connect(server.endpoint)
    client.create_table(TableName="songs", **schema())
    fill(client, "songs", 3 * ITEMS)
    create(client, "songs")
    for number in range(5):
        client.put_item(TableName="songs", Item=item(pk=f"p{number}", g="between"))
        server.kill()
        server = Server("--data", str(data))
        client = connect(server.endpoint)
    try:
        wait_for_index(client, "songs", "by-g")
        check(client, "songs")
        client.update_table(
            TableName="songs", GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-g"}}]
        )
        server.kill()
        server = Server("--data", str(data))
        client = connect(server.endpoint)
        described = client.describe_table(TableName="songs")["Table"]
        assert "GlobalSecondaryIndexes" not in described
        client.delete_table(TableName="songs")
        wait_until(lambda: client.list_tables()["TableNames"] == [], "the table is gone")
    finally:
        server.kill()
