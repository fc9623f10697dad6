"""BatchGetItem and BatchWriteItem."""

import pytest

from items import item, value
from refusal import refused

DUPLICATES = "Provided list of item keys contains duplicates"


def put(**attributes):
    return {"PutRequest": {"Item": item(**attributes)}}


def delete(**attributes):
    return {"DeleteRequest": {"Key": item(**attributes)}}


# Reading


def test_a_batch_reads_items_of_several_tables(client, make_table):
    one, two = make_table(), make_table(sort="sk")
    client.put_item(TableName=one, Item=item(v=1))
    client.put_item(TableName=two, Item=item(sk="x", v=2))
    reply = client.batch_get_item(
        RequestItems={one: {"Keys": [item()]}, two: {"Keys": [item(sk="x")], "ConsistentRead": True}}
    )
    assert reply["Responses"] == {one: [item(v=1)], two: [item(sk="x", v=2)]}
    assert reply["UnprocessedKeys"] == {}


def test_missing_items_are_absent_and_their_table_is_present(client, make_table):
    one, two = make_table(), make_table()
    client.put_item(TableName=one, Item=item(v=1))
    keys = {"Keys": [item(), item(pk="missing")]}
    reply = client.batch_get_item(RequestItems={one: keys, two: keys})
    assert reply["Responses"] == {one: [item(v=1)], two: []}
    assert reply["UnprocessedKeys"] == {}


def test_a_batch_reads_at_most_100_keys(loose, make_table):
    one, two = make_table(), make_table()
    keys = [item(pk=str(each)) for each in range(101)]
    loose.batch_get_item(RequestItems={one: {"Keys": keys[:100]}})
    with refused():
        loose.batch_get_item(RequestItems={one: {"Keys": keys}})
    with refused():
        loose.batch_get_item(RequestItems={one: {"Keys": keys[:60]}, two: {"Keys": keys[:60]}})


def test_a_key_is_read_once(client, table):
    with refused(message=DUPLICATES):
        client.batch_get_item(RequestItems={table: {"Keys": [item(), item()]}})


def test_the_same_key_may_be_read_from_two_tables(client, make_table):
    keys = {"Keys": [item()]}
    client.batch_get_item(RequestItems={make_table(): keys, make_table(): keys})


def test_a_batch_stops_at_16_megabytes_and_says_what_is_left(client, table):
    text = "x" * 390_000
    names = [f"{each:02}" for each in range(46)]
    for start in range(0, len(names), 23):
        client.batch_write_item(
            RequestItems={table: [put(pk=name, v=text) for name in names[start : start + 23]]}
        )
    left = {table: {"Keys": [item(pk=name) for name in names], "ProjectionExpression": "pk, v"}}
    seen, replies = [], 0
    while left:
        reply = client.batch_get_item(RequestItems=left)
        replies += 1
        found = reply["Responses"].get(table, [])
        assert found, "a batch made no progress"
        assert sum(len(each["v"]["S"]) for each in found) <= 16 * 1024 * 1024
        seen += [each["pk"]["S"] for each in found]
        left = reply["UnprocessedKeys"]
        if left:
            assert left[table]["ProjectionExpression"] == "pk, v"
    assert sorted(seen) == names
    assert replies > 1


def test_one_missing_table_fails_the_whole_batch_of_reads(client, table):
    keys = {"Keys": [item()]}
    with refused("ResourceNotFoundException", message="Requested resource not found"):
        client.batch_get_item(RequestItems={table: keys, "no-such-table": keys})


def test_an_empty_batch_of_reads_is_refused(loose, table):
    with refused(containing="failed to satisfy constraint"):
        loose.batch_get_item(RequestItems={})
    with refused():
        loose.batch_get_item(RequestItems={table: {"Keys": []}})


@pytest.mark.parametrize("key", [{}, {"pk": {"N": "1"}}, {"sk": {"S": "x"}}, item(more="x")])
def test_a_key_that_does_not_fit_fails_the_batch(client, table, key):
    with refused(containing="The provided key element does not match the schema"):
        client.batch_get_item(RequestItems={table: {"Keys": [key]}})


# Writing


def test_a_batch_writes_and_deletes_in_several_tables(client, make_table):
    one, two = make_table(), make_table()
    client.put_item(TableName=one, Item=item(pk="old"))
    reply = client.batch_write_item(RequestItems={one: [put(v=1), delete(pk="old")], two: [put(v=2)]})
    assert reply["UnprocessedItems"] == {}
    assert client.scan(TableName=one)["Items"] == [item(v=1)]
    assert client.scan(TableName=two)["Items"] == [item(v=2)]


def test_a_put_of_a_batch_replaces_the_item(client, table):
    client.put_item(TableName=table, Item=item(v=1))
    client.batch_write_item(RequestItems={table: [put(w=2)]})
    assert client.scan(TableName=table)["Items"] == [item(w=2)]


def test_a_batch_has_at_most_25_writes(loose, make_table):
    one, two = make_table(), make_table()
    requests = [put(pk=str(each)) for each in range(26)]
    loose.batch_write_item(RequestItems={one: requests[:25]})
    with refused():
        loose.batch_write_item(RequestItems={one: requests})
    with refused():
        loose.batch_write_item(RequestItems={one: requests[:13], two: requests[:13]})


@pytest.mark.parametrize("requests", [[put(v=1), put(v=2)], [put(), delete()], [delete(), delete()]])
def test_a_key_is_written_once(client, table, requests):
    with refused(message=DUPLICATES):
        client.batch_write_item(RequestItems={table: requests})
    assert client.scan(TableName=table)["Count"] == 0


@pytest.mark.parametrize(
    "faulty",
    [
        {"PutRequest": {"Item": {"sk": value("x")}}},
        {"PutRequest": {"Item": {"pk": value(1)}}},
        {"PutRequest": {"Item": item(pk="")}},
        {"PutRequest": {"Item": item(pk="b", g=1)}},
        {"PutRequest": {"Item": item(pk="b", v="x" * 409_600)}},
        {"PutRequest": {"Item": {**item(pk="b"), "v": {"S": "a", "N": "1"}}}},
        {"DeleteRequest": {"Key": {"pk": value(1)}}},
        {"DeleteRequest": {"Key": item(pk="b", more="x")}},
    ],
    ids=[
        "no key",
        "key type",
        "empty key",
        "index key type",
        "size",
        "value",
        "deleted key type",
        "deleted key",
    ],
)
def test_a_batch_is_validated_before_anything_is_written(loose, client, make_table, faulty):
    table = make_table(indexes={"by-g": ("g", None, "ALL")})
    with refused():
        loose.batch_write_item(RequestItems={table: [put(), faulty]})
    assert client.scan(TableName=table)["Count"] == 0


@pytest.mark.parametrize("faulty", [{}, {**put(), **delete(pk="b")}], ids=["neither", "both"])
def test_an_element_is_either_a_put_or_a_delete(loose, table, faulty):
    with refused():
        loose.batch_write_item(RequestItems={table: [faulty]})


def test_an_empty_batch_of_writes_is_refused(loose, table):
    with refused(containing="The requestItems parameter is required for BatchWriteItem"):
        loose.batch_write_item(RequestItems={})
    with refused():
        loose.batch_write_item(RequestItems={table: []})


def test_one_missing_table_fails_the_whole_batch_of_writes(client, table):
    with refused("ResourceNotFoundException", message="Requested resource not found"):
        client.batch_write_item(RequestItems={table: [put()], "no-such-table": [put()]})
    assert client.scan(TableName=table)["Count"] == 0


def test_batches_keep_indexes_in_step(client, make_table):
    table = make_table(indexes={"by-g": ("g", None, "ALL")})
    client.batch_write_item(RequestItems={table: [put(pk=str(each), g="x") for each in range(10)]})
    assert client.scan(TableName=table, IndexName="by-g")["Count"] == 10
    client.batch_write_item(RequestItems={table: [delete(pk=str(each)) for each in range(9)]})
    assert client.scan(TableName=table, IndexName="by-g")["Items"] == [item(pk="9", g="x")]
