"""What keeps one request from taking more than its share, and limits that only extremes meet."""

import uuid

import pytest


def create(client, attributes, key, **indexes):
    """A table, with its attributes as name and type."""
    name = f"bounds-{uuid.uuid4()}"
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": t} for n, t in attributes.items()],
        KeySchema=schema(key),
        **indexes,
    )
    return name


def schema(key):
    return [{"AttributeName": name, "KeyType": kind} for name, kind in key]


def test_a_page_of_a_local_index_ends_where_the_items_it_fetches_fill_it(client):
    table = create(
        client,
        {"pk": "S", "sk": "S", "other": "S"},
        [("pk", "HASH"), ("sk", "RANGE")],
        LocalSecondaryIndexes=[
            {
                "IndexName": "lsi",
                "KeySchema": schema([("pk", "HASH"), ("other", "RANGE")]),
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
    )
    for number in range(10):
        key = {"pk": {"S": "a"}, "sk": {"S": str(number)}, "other": {"S": str(number)}}
        client.put_item(TableName=table, Item=key | {"fill": {"S": "x" * 300_000}})
    pages, start = [], {}
    while True:
        page = client.query(
            TableName=table,
            IndexName="lsi",
            Select="ALL_ATTRIBUTES",
            KeyConditionExpression="pk = :p",
            ExpressionAttributeValues={":p": {"S": "a"}},
            **start,
        )
        pages.append([item["sk"]["S"] for item in page["Items"]])
        if "LastEvaluatedKey" not in page:
            break
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
    assert [len(page) for page in pages] == [4, 4, 2]
    assert sum(pages, []) == [str(number) for number in range(10)]


def test_an_index_key_may_have_all_its_attributes_at_their_longest(client):
    hashes, ranges = ["h1", "h2", "h3", "h4"], ["r1", "r2", "r3", "r4"]
    table = create(
        client,
        {"pk": "S"} | dict.fromkeys(hashes + ranges, "B"),
        [("pk", "HASH")],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "long",
                "KeySchema": schema([(n, "HASH") for n in hashes] + [(n, "RANGE") for n in ranges]),
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    item = {"pk": {"S": "p" * 2048}}
    item |= {name: {"B": bytes(2048)} for name in hashes} | {name: {"B": bytes(1024)} for name in ranges}
    client.put_item(TableName=table, Item=item)
    assert client.scan(TableName=table, IndexName="long")["Items"] == [item]


def test_a_token_knows_the_same_values_in_another_spelling(client):
    table = create(client, {"pk": "S"}, [("pk", "HASH")])
    for number, members in [("1", ["a", "b"]), ("1.0", ["b", "a"])]:
        item = {"pk": {"S": "a"}, "n": {"N": number}, "s": {"SS": members}}
        client.transact_write_items(
            TransactItems=[{"Put": {"TableName": table, "Item": item}}], ClientRequestToken=table[:36]
        )


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("BatchGetItem", {"RequestItems": {"?" * 500_000: {"Keys": [None] * 100}}}),
        ("Scan", {"TableName": "abc", "ExpressionAttributeValues": {":" + "a" * 500_000: {"NULL": False}}}),
    ],
    ids=["a table's name", "a placeholder"],
)
def test_a_name_is_repeated_only_so_far(wire, operation, body):
    reply = wire.post(operation, body)
    assert reply.status == 400
    assert len(reply.body) < 50_000


def test_an_index_key_fault_names_the_first_index_in_the_alphabet(client):
    index = {"KeySchema": schema([("g", "HASH")]), "Projection": {"ProjectionType": "ALL"}}
    table = create(
        client,
        {"pk": "S", "g": "S"},
        [("pk", "HASH")],
        GlobalSecondaryIndexes=[{"IndexName": "zzz"} | index, {"IndexName": "aaa"} | index],
    )
    with pytest.raises(client.exceptions.ClientError, match="IndexName: aaa"):
        client.put_item(TableName=table, Item={"pk": {"S": "a"}, "g": {"N": "1"}})
    with pytest.raises(client.exceptions.ClientError, match="The update expression attempted to update"):
        client.update_item(
            TableName=table,
            Key={"pk": {"S": "a"}},
            UpdateExpression="SET g = :v",
            ExpressionAttributeValues={":v": {"S": ""}},
        )
