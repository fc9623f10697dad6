"""Sizes of items, and the units that reads and writes of them take."""

import pytest

from items import Typed, item, number, numbers, strings, values
from refusal import refused

TOO_LARGE = "Item size has exceeded the maximum allowed size"
TOO_LARGE_AFTER_UPDATE = "Item size to update has exceeded the maximum allowed size"
ITEM_BYTES_MAX = 409_600

# A table whose item has this partition key and nothing else holds 3 bytes: its name and "a".
KEY_BYTES = 3


def sized(size, **attributes):
    """An item of so many bytes, by its attribute `v`, given that the other attributes are part of its key."""
    key = item(**attributes)
    taken = sum(len(name) + len(next(iter(typed.values()))) for name, typed in key.items())
    return {**key, "v": {"S": "x" * (size - taken - len("v"))}}


def units(reply):
    return reply["ConsumedCapacity"]["CapacityUnits"]


def put_units(client, table, whole):
    return units(client.put_item(TableName=table, Item=whole, ReturnConsumedCapacity="TOTAL"))


# Sizes


@pytest.mark.parametrize(
    ("value", "size"),
    [
        (number("0"), 1),
        (number("1"), 2),
        (number("12"), 2),
        (number("123"), 3),
        (number("100"), 2),
        (number("1.5"), 3),
        (number("100.5"), 4),
        (number("0.15"), 2),
        (number("3.14159"), 5),
        (number("-42"), 3),
        (number("12345678901234567890123456789012345678"), 20),
        (number("1E125"), 2),
        ("\u00e9", 2),
        ("", 0),
        (b"abc", 3),
        (True, 1),
        (None, 1),
        (strings("a", "bc"), 3),
        (numbers(1, 123), 5),
        (Typed(BS=[b"a", b"bcd"]), 4),
        ([], 3),
        (["a", "bc"], 8),
        ({}, 3),
        ({"k": "v"}, 6),
        ({"key": ["a", {"x": 1}]}, 20),
    ],
)
def test_a_value_has_its_size(client, table, value, size):
    """Seen where one byte more makes the item take another write unit of 1,024 bytes."""
    room = 1024 - KEY_BYTES - len("n") - size - len("v")
    assert put_units(client, table, item(n=value, v="x" * room)) == 1.0
    assert put_units(client, table, item(n=value, v="x" * (room + 1))) == 2.0


def test_an_item_that_is_too_large_is_refused_in_a_batch(client, table):
    whole = sized(ITEM_BYTES_MAX + 1)
    with refused(containing=TOO_LARGE):
        client.batch_write_item(RequestItems={table: [{"PutRequest": {"Item": whole}}]})
    whole = sized(ITEM_BYTES_MAX)
    client.batch_write_item(RequestItems={table: [{"PutRequest": {"Item": whole}}]})


def test_a_put_that_is_too_large_fails_its_transaction_up_front(client, table):
    put = {"TableName": table, "Item": sized(ITEM_BYTES_MAX + 1)}
    with refused(containing=TOO_LARGE):
        client.transact_write_items(TransactItems=[{"Put": put}])
    put = {"TableName": table, "Item": sized(ITEM_BYTES_MAX)}
    client.transact_write_items(TransactItems=[{"Put": put}])


def test_an_update_that_makes_an_item_too_large_cancels_its_transaction(client, table):
    client.put_item(TableName=table, Item=sized(300_000))
    update = {
        "TableName": table,
        "Key": item(),
        "UpdateExpression": "SET w = :w",
        "ExpressionAttributeValues": values(w="x" * 150_000),
    }
    with pytest.raises(client.exceptions.TransactionCanceledException) as caught:
        client.transact_write_items(TransactItems=[{"Update": update}])
    assert caught.value.response["CancellationReasons"] == [
        {"Code": "ValidationError", "Message": TOO_LARGE_AFTER_UPDATE}
    ]


def test_an_update_that_makes_an_item_too_large_is_refused(client, table):
    client.put_item(TableName=table, Item=sized(300_000))
    with refused(message=TOO_LARGE_AFTER_UPDATE):
        client.update_item(
            TableName=table,
            Key=item(),
            UpdateExpression="SET w = :w",
            ExpressionAttributeValues=values(w="x" * 150_000),
        )
    assert "w" not in client.get_item(TableName=table, Key=item())["Item"]


def update_with(client, table, expression, length, **more):
    return client.update_item(
        TableName=table,
        Key=item(),
        UpdateExpression=expression,
        ExpressionAttributeValues=values(v="x" * length),
        **more,
    )


@pytest.mark.parametrize(
    ("expression", "overhead"),
    [("SET a = :v", 3 + 19 + 1), ("SET a = if_not_exists(b, :v)", 3 + 19 + 1 + 39 + (1 + 14 + 1))],
)
def test_an_update_is_charged_for_its_own_text(client, table, expression, overhead):
    """The item would fit; what the request itself is charged for does not."""
    update_with(client, table, expression, ITEM_BYTES_MAX - overhead)
    with refused(message=TOO_LARGE_AFTER_UPDATE):
        update_with(client, table, expression, ITEM_BYTES_MAX - overhead + 1)


def test_the_charge_of_an_update_is_checked_before_its_condition(client, table):
    with refused(message=TOO_LARGE_AFTER_UPDATE):
        update_with(client, table, "SET a = :v", ITEM_BYTES_MAX, ConditionExpression="attribute_exists(pk)")


# Reads


@pytest.mark.parametrize(("size", "strong"), [(4096, 1.0), (4097, 2.0), (12_288, 3.0)])
def test_a_read_takes_a_unit_for_every_4096_bytes_and_half_of_that_when_eventual(client, table, size, strong):
    client.put_item(TableName=table, Item=sized(size))
    for consistent, expected in [(True, strong), (False, strong / 2)]:
        reply = client.get_item(
            TableName=table, Key=item(), ConsistentRead=consistent, ReturnConsumedCapacity="TOTAL"
        )
        assert units(reply) == expected


def test_a_missing_item_counts_as_one_block(client, table):
    for consistent, expected in [(True, 1.0), (False, 0.5)]:
        reply = client.get_item(
            TableName=table, Key=item(), ConsistentRead=consistent, ReturnConsumedCapacity="TOTAL"
        )
        assert units(reply) == expected


def test_a_read_is_charged_for_the_whole_item_whatever_is_returned(client, table):
    client.put_item(TableName=table, Item=sized(8000))
    reply = client.get_item(
        TableName=table, Key=item(), ProjectionExpression="pk", ReturnConsumedCapacity="TOTAL"
    )
    assert units(reply) == 1.0


def test_a_batch_of_reads_is_charged_item_by_item(client, table):
    client.put_item(TableName=table, Item=sized(100))
    client.put_item(TableName=table, Item=sized(4097, pk="b"))
    keys = [item(), item(pk="b"), item(pk="missing")]
    for consistent, expected in [(True, 4.0), (False, 2.0)]:
        reply = client.batch_get_item(
            RequestItems={table: {"Keys": keys, "ConsistentRead": consistent}},
            ReturnConsumedCapacity="TOTAL",
        )
        assert reply["ConsumedCapacity"] == [{"TableName": table, "CapacityUnits": expected}]


def test_a_query_and_a_scan_round_once_over_all_they_evaluated(client, sorted_table):
    for sort in "123":
        client.put_item(TableName=sorted_table, Item=sized(2000, sk=sort))
    query = {
        "KeyConditionExpression": "pk = :p",
        "ExpressionAttributeValues": values(p="a"),
    }
    for read, request in [(client.query, query), (client.scan, {})]:
        for consistent, expected in [(True, 2.0), (False, 1.0)]:
            reply = read(
                TableName=sorted_table,
                ConsistentRead=consistent,
                ProjectionExpression="pk",
                FilterExpression="attribute_exists(nothing)",
                ReturnConsumedCapacity="TOTAL",
                **request,
            )
            assert reply["Count"] == 0
            assert units(reply) == expected


def test_a_transactional_read_takes_two_units_for_every_block(client, table):
    client.put_item(TableName=table, Item=sized(4097))
    gets = [{"Get": {"TableName": table, "Key": item(pk=key)}} for key in ["a", "missing"]]
    reply = client.transact_get_items(TransactItems=gets, ReturnConsumedCapacity="TOTAL")
    assert reply["ConsumedCapacity"] == [{"TableName": table, "CapacityUnits": 6.0, "ReadCapacityUnits": 6.0}]


# Writes


@pytest.mark.parametrize(("size", "expected"), [(1024, 1.0), (1025, 2.0), (10_240, 10.0)])
def test_a_write_takes_a_unit_for_every_1024_bytes(client, table, size, expected):
    assert put_units(client, table, sized(size)) == expected


def test_a_write_is_charged_for_the_larger_of_before_and_after(client, table):
    assert put_units(client, table, sized(3000)) == 3.0
    assert put_units(client, table, item()) == 3.0
    assert put_units(client, table, sized(2000)) == 2.0
    reply = client.update_item(
        TableName=table, Key=item(), UpdateExpression="REMOVE v", ReturnConsumedCapacity="TOTAL"
    )
    assert units(reply) == 2.0
    client.put_item(TableName=table, Item=sized(5000))
    reply = client.delete_item(TableName=table, Key=item(), ReturnConsumedCapacity="TOTAL")
    assert units(reply) == 5.0


def test_deleting_nothing_takes_a_unit(client, table):
    assert units(client.delete_item(TableName=table, Key=item(), ReturnConsumedCapacity="TOTAL")) == 1.0


def test_a_batch_of_writes_is_charged_item_by_item(client, table):
    requests = [
        {"PutRequest": {"Item": sized(1025)}},
        {"PutRequest": {"Item": sized(100, pk="b")}},
        {"DeleteRequest": {"Key": item(pk="missing")}},
    ]
    reply = client.batch_write_item(RequestItems={table: requests}, ReturnConsumedCapacity="TOTAL")
    assert reply["ConsumedCapacity"] == [{"TableName": table, "CapacityUnits": 4.0}]


# Transactions


def transact(client, actions, level="TOTAL", **more):
    reply = client.transact_write_items(TransactItems=actions, ReturnConsumedCapacity=level, **more)
    return reply["ConsumedCapacity"]


def test_a_transactional_write_takes_twice_the_units(client, table):
    puts = [{"Put": {"TableName": table, "Item": sized(size, pk=str(size))}} for size in [1024, 1025]]
    assert transact(client, puts) == [{"TableName": table, "CapacityUnits": 6.0, "WriteCapacityUnits": 6.0}]


def test_a_condition_check_takes_two_write_units_for_every_block(client, table):
    client.put_item(TableName=table, Item=sized(1500))
    check = {"TableName": table, "Key": item(), "ConditionExpression": "attribute_exists(pk)"}
    assert transact(client, [{"ConditionCheck": check}]) == [
        {"TableName": table, "CapacityUnits": 4.0, "WriteCapacityUnits": 4.0}
    ]


def test_a_transaction_splits_its_units_on_both_levels(client, table):
    put = {"Put": {"TableName": table, "Item": item()}}
    assert transact(client, [put], "INDEXES") == [
        {
            "TableName": table,
            "CapacityUnits": 2.0,
            "WriteCapacityUnits": 2.0,
            "Table": {"CapacityUnits": 2.0, "WriteCapacityUnits": 2.0},
        }
    ]


def test_a_transaction_does_not_double_its_index_writes(client, make_table):
    table = make_table(indexes={"by-g": ("g", None, "ALL")})
    put = {"Put": {"TableName": table, "Item": item(g="x")}}
    [consumed] = transact(client, [put], "INDEXES")
    assert consumed["Table"]["CapacityUnits"] == 2.0
    assert consumed["GlobalSecondaryIndexes"]["by-g"]["CapacityUnits"] == 1.0
    assert consumed["CapacityUnits"] == 3.0


def test_a_replayed_transaction_takes_read_units(client, table):
    put = {"Put": {"TableName": table, "Item": sized(5000)}}
    token = {"ClientRequestToken": table[:36]}
    assert transact(client, [put], **token) == [
        {"TableName": table, "CapacityUnits": 10.0, "WriteCapacityUnits": 10.0}
    ]
    assert transact(client, [put], **token) == [
        {"TableName": table, "CapacityUnits": 4.0, "ReadCapacityUnits": 4.0}
    ]


# How units are reported


def test_units_are_reported_only_when_asked_for(client, table):
    assert "ConsumedCapacity" not in client.put_item(TableName=table, Item=item())
    assert "ConsumedCapacity" not in client.scan(TableName=table, ReturnConsumedCapacity="NONE")
    assert "ConsumedCapacity" not in client.batch_get_item(RequestItems={table: {"Keys": [item()]}})


def single_operations(client, table):
    query = {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": values(p="a")}
    return {
        "PutItem": lambda **more: client.put_item(TableName=table, Item=item(), **more),
        "UpdateItem": lambda **more: client.update_item(TableName=table, Key=item(), **more),
        "GetItem": lambda **more: client.get_item(TableName=table, Key=item(), ConsistentRead=True, **more),
        "Query": lambda **more: client.query(TableName=table, ConsistentRead=True, **query, **more),
        "Scan": lambda **more: client.scan(TableName=table, ConsistentRead=True, **more),
        "DeleteItem": lambda **more: client.delete_item(TableName=table, Key=item(), **more),
    }


def test_total_gives_the_table_and_its_units_and_nothing_else(client, table):
    for name, call in single_operations(client, table).items():
        consumed = call(ReturnConsumedCapacity="TOTAL")["ConsumedCapacity"]
        assert consumed == {"TableName": table, "CapacityUnits": 1.0}, name


def test_indexes_adds_the_arms_without_a_split(client, table):
    for name, call in single_operations(client, table).items():
        consumed = call(ReturnConsumedCapacity="INDEXES")["ConsumedCapacity"]
        assert consumed == {
            "TableName": table,
            "CapacityUnits": 1.0,
            "Table": {"CapacityUnits": 1.0},
        }, name


def test_batches_report_one_entry_for_each_table(client, make_table):
    tables = {make_table(), make_table()}
    puts = {table: [{"PutRequest": {"Item": item()}}] for table in tables}
    gets = {table: {"Keys": [item()]} for table in tables}
    for reply in [
        client.batch_write_item(RequestItems=puts, ReturnConsumedCapacity="TOTAL"),
        client.batch_get_item(RequestItems=gets, ReturnConsumedCapacity="TOTAL"),
    ]:
        assert {each["TableName"] for each in reply["ConsumedCapacity"]} == tables
        assert len(reply["ConsumedCapacity"]) == 2


def test_the_table_is_reported_by_its_name_even_when_asked_by_its_arn(client, table):
    arn = client.describe_table(TableName=table)["Table"]["TableArn"]
    reply = client.put_item(TableName=arn, Item=item(), ReturnConsumedCapacity="TOTAL")
    assert reply["ConsumedCapacity"]["TableName"] == table


# Indexes


@pytest.fixture(params=["global", "local"])
def indexed(request, make_table):
    """A table with an index that includes `p`, and the name of the map that reports it."""
    if request.param == "global":
        table = make_table(sort="sk", indexes={"index": ("g", None, ["p"])})
        return table, "GlobalSecondaryIndexes"
    return make_table(sort="sk", local={"index": ("g", ["p"])}), "LocalSecondaryIndexes"


def put_arms(client, indexed, **attributes):
    """The units of the table and of its index, which may be None."""
    table, arms = indexed
    whole = item(sk="1", **attributes)
    reply = client.put_item(TableName=table, Item=whole, ReturnConsumedCapacity="INDEXES")
    consumed = reply["ConsumedCapacity"]
    assert set(consumed) <= {"TableName", "CapacityUnits", "Table", arms}
    index = consumed.get(arms, {}).get("index", {}).get("CapacityUnits")
    assert consumed["CapacityUnits"] == consumed["Table"]["CapacityUnits"] + (index or 0)
    return consumed["Table"]["CapacityUnits"], index


def test_an_item_that_is_not_in_the_index_costs_the_index_nothing(client, indexed):
    assert put_arms(client, indexed) == (1.0, None)
    assert put_arms(client, indexed, p="x") == (1.0, None)


def test_a_new_entry_is_one_write(client, indexed):
    assert put_arms(client, indexed, g="x") == (1.0, 1.0)


def test_an_identical_item_costs_the_index_nothing(client, indexed):
    put_arms(client, indexed, g="x", p="y")
    assert put_arms(client, indexed, g="x", p="y") == (1.0, None)


def test_an_unprojected_change_costs_the_index_nothing(client, indexed):
    put_arms(client, indexed, g="x", extra="1")
    assert put_arms(client, indexed, g="x", extra="2") == (1.0, None)


def test_a_projected_change_is_one_write(client, indexed):
    put_arms(client, indexed, g="x")
    assert put_arms(client, indexed, g="x", p="1") == (1.0, 1.0)
    assert put_arms(client, indexed, g="x", p="2") == (1.0, 1.0)
    assert put_arms(client, indexed, g="x") == (1.0, 1.0)


def test_a_change_of_the_index_key_is_a_delete_and_an_insert(client, indexed):
    put_arms(client, indexed, g="x")
    assert put_arms(client, indexed, g="y") == (1.0, 2.0)


def test_leaving_the_index_is_one_write(client, indexed):
    put_arms(client, indexed, g="x")
    assert put_arms(client, indexed) == (1.0, 1.0)


def test_an_index_write_is_sized_on_the_projected_entry(client, indexed):
    assert put_arms(client, indexed, g="x", p="y" * 2500, extra="z" * 5000) == (8.0, 3.0)
    assert put_arms(client, indexed, g="z", p="y" * 2500, extra="z" * 5000) == (8.0, 6.0)


def test_updates_and_deletes_are_charged_on_the_index_too(client, indexed):
    table, arms = indexed
    put_arms(client, indexed, g="x")
    reply = client.update_item(
        TableName=table,
        Key=item(sk="1"),
        UpdateExpression="SET extra = :v",
        ExpressionAttributeValues=values(v=1),
        ReturnConsumedCapacity="INDEXES",
    )
    assert arms not in reply["ConsumedCapacity"]
    reply = client.delete_item(TableName=table, Key=item(sk="1"), ReturnConsumedCapacity="INDEXES")
    assert reply["ConsumedCapacity"][arms] == {"index": {"CapacityUnits": 1.0}}


def test_a_read_of_an_index_is_charged_to_the_index(client, indexed):
    table, arms = indexed
    put_arms(client, indexed, g="x")
    reply = client.scan(TableName=table, IndexName="index", ReturnConsumedCapacity="INDEXES")
    assert reply["ConsumedCapacity"] == {
        "TableName": table,
        "CapacityUnits": 0.5,
        "Table": {"CapacityUnits": 0.0},
        arms: {"index": {"CapacityUnits": 0.5}},
    }


def test_a_local_index_read_that_fetches_items_is_charged_for_each(client, make_table):
    table = make_table(sort="sk", local={"index": ("l", "KEYS_ONLY")})
    for sort in "12":
        client.put_item(TableName=table, Item=item(sk=sort, l="x", extra="y"))
    reply = client.query(
        TableName=table,
        IndexName="index",
        ConsistentRead=True,
        Select="ALL_ATTRIBUTES",
        KeyConditionExpression="pk = :p",
        ExpressionAttributeValues=values(p="a"),
        ReturnConsumedCapacity="INDEXES",
    )
    assert reply["Items"][0]["extra"] == {"S": "y"}
    assert reply["ConsumedCapacity"] == {
        "TableName": table,
        "CapacityUnits": 3.0,
        "Table": {"CapacityUnits": 2.0},
        "LocalSecondaryIndexes": {"index": {"CapacityUnits": 1.0}},
    }
