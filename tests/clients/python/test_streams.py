"""Streams: every change of an item once and in order, for a day."""

import random
import re
import threading
import time
import uuid

import pytest
from botocore.exceptions import BotoCoreError

from conftest import connect
from items import item, numbers, strings, value, values
from refusal import refused
from server import Server
from tables import schema
from test_retries import Mortal
from test_transactions import cancelled, check, delete, put, update
from waiting import wait_for_expiry, wait_until
from wire import STREAMS_TARGET

VIEWS = ["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"]
BOTH = "NEW_AND_OLD_IMAGES"
KEY = item(sk="1")


def specification(view=BOTH):
    return {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": view}}


OFF = {"StreamSpecification": {"StreamEnabled": False}}


@pytest.fixture(scope="module")
def streams(endpoint):
    return connect(endpoint, "dynamodbstreams")


@pytest.fixture(scope="module")
def loose_streams(endpoint):
    """A client that sends faulty parameters instead of finding the faults itself."""
    return connect(endpoint, "dynamodbstreams", parameter_validation=False)


@pytest.fixture
def streamed(make_table):
    """A table with a sort key, and a stream of both images."""
    return make_table(sort="sk", **specification())


def described(client, table):
    return client.describe_table(TableName=table)["Table"]


def stream_of(client, table):
    return described(client, table)["LatestStreamArn"]


def shards_of(streams, arn):
    """All shards, from all pages."""
    found, start = [], {}
    while True:
        description = streams.describe_stream(StreamArn=arn, **start)["StreamDescription"]
        found += description["Shards"]
        if "LastEvaluatedShardId" not in description:
            return found
        start = {"ExclusiveStartShardId": description["LastEvaluatedShardId"]}


def begin(streams, arn, shard, kind="TRIM_HORIZON", **position):
    """An iterator of the shard."""
    return streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType=kind, **position)[
        "ShardIterator"
    ]


def read(streams, iterator, **limit):
    """What there is from there on, and the iterator to go on with: None where a shard has ended."""
    found = []
    while iterator:
        reply = streams.get_records(ShardIterator=iterator, **limit)
        found += reply["Records"]
        iterator = reply.get("NextShardIterator")
        if not reply["Records"]:
            break
    return found, iterator


def records_of(streams, arn):
    """All records, those of older shards first."""
    shards = [each["ShardId"] for each in shards_of(streams, arn)]
    return [record for shard in shards for record in read(streams, begin(streams, arn, shard))[0]]


def told(streams, arn, count):
    """All records, once there are so many, and no more than that."""
    found = wait_until(
        lambda: (records := records_of(streams, arn)) and len(records) >= count and records,
        f"{arn} tells of {count} changes",
    )
    assert len(found) == count
    return found


def essence(record):
    """What happened, the item before, and the item after."""
    change = record["dynamodb"]
    return record["eventName"], change.get("OldImage"), change.get("NewImage")


def sequence(record):
    return record["dynamodb"]["SequenceNumber"]


def home_of(streams, arn, record):
    """The shard that has the record."""
    for shard in shards_of(streams, arn):
        records, _ = read(streams, begin(streams, arn, shard["ShardId"]))
        if any(each["eventID"] == record["eventID"] for each in records):
            return shard["ShardId"]
    raise AssertionError("no shard has the record")


# What a record shows


def tell(client, table):
    """Changes an item in every way there is, and gives what each record must say."""
    one, two = {**KEY, "v": {"N": "1"}}, {**KEY, "v": {"N": "2"}, "m": value({"a": ["b", True, None]})}
    three = {**two, "s": {"SS": ["x"]}}
    client.put_item(TableName=table, Item=one)
    client.put_item(TableName=table, Item=two)
    client.update_item(
        TableName=table,
        Key=KEY,
        UpdateExpression="SET s = :s",
        ExpressionAttributeValues=values(s=strings("x")),
    )
    client.update_item(TableName=table, Key=KEY, UpdateExpression="REMOVE v, m, s")
    client.put_item(TableName=table, Item=one)
    client.delete_item(TableName=table, Key=KEY)
    client.update_item(TableName=table, Key=KEY)
    client.delete_item(TableName=table, Key=KEY)
    return [
        ("INSERT", None, one),
        ("MODIFY", one, two),
        ("MODIFY", two, three),
        ("MODIFY", three, KEY),
        ("MODIFY", KEY, one),
        ("REMOVE", one, None),
        ("INSERT", None, KEY),
        ("REMOVE", KEY, None),
    ]


@pytest.mark.parametrize("view", VIEWS)
def test_a_record_has_the_images_of_its_view(client, streams, make_table, view):
    table = make_table(sort="sk", **specification(view))
    expected = tell(client, table)
    found = told(streams, stream_of(client, table), len(expected))
    has_old = view in {"OLD_IMAGE", BOTH}
    has_new = view in {"NEW_IMAGE", BOTH}
    assert [essence(each) for each in found] == [
        (name, old if has_old else None, new if has_new else None) for name, old, new in expected
    ]
    for each in found:
        assert each["dynamodb"]["Keys"] == KEY
        assert each["dynamodb"]["StreamViewType"] == view


def test_images_have_every_type_of_value(client, streams, streamed):
    whole = item(
        sk="1",
        n=numbers("1.5", 2),
        b=b"\x00\xff",
        l=[1, "a", None, True],
        m={"inner": {"deep": [b"x"]}},
        empty="",
    )
    client.put_item(TableName=streamed, Item=whole)
    [record] = told(streams, stream_of(client, streamed), 1)
    assert essence(record) == ("INSERT", None, client.get_item(TableName=streamed, Key=KEY)["Item"])


def test_a_record_on_the_wire_has_the_members_of_the_model(client, streams, wire, streamed):
    """Looked at as it is: the SDK drops what it does not know, and parses times."""
    arn = stream_of(client, streamed)
    before = int(time.time()) - 5
    tell(client, streamed)
    count = len(told(streams, arn, 8))
    [shard] = {home_of(streams, arn, each) for each in records_of(streams, arn)}
    body = {"ShardIterator": begin(streams, arn, shard)}
    reply = wire.post("GetRecords", body, target=STREAMS_TARGET)
    assert set(reply.json) == {"Records", "NextShardIterator"}
    assert len(reply.json["Records"]) == count
    for record in reply.json["Records"]:
        assert set(record) == {"eventID", "eventName", "eventVersion", "eventSource", "awsRegion", "dynamodb"}
        assert re.fullmatch("[0-9a-f]{32}", record["eventID"])
        assert record["eventVersion"] == "1.1"
        assert record["eventSource"] == "aws:dynamodb"
        assert record["awsRegion"] == "us-east-1"
        change = record["dynamodb"]
        always = {"ApproximateCreationDateTime", "Keys", "SequenceNumber", "SizeBytes", "StreamViewType"}
        images = {"INSERT": {"NewImage"}, "REMOVE": {"OldImage"}}
        assert set(change) == always | images.get(record["eventName"], {"NewImage", "OldImage"})
        assert re.fullmatch("[0-9]{21,40}", change["SequenceNumber"])
        at = change["ApproximateCreationDateTime"]
        assert at == int(at)
        assert before <= at <= time.time() + 5
    assert len({each["eventID"] for each in reply.json["Records"]}) == count


def test_the_size_of_a_record_is_that_of_its_keys_and_images(client, streams, make_table):
    """The example of Amazon's guide, with its figures."""
    table = make_table(partition="Id", types={"Id": "N"}, **specification())
    key = {"Id": {"N": "101"}}
    client.put_item(TableName=table, Item={**key, "Message": {"S": "New item!"}})
    client.put_item(TableName=table, Item={**key, "Message": {"S": "This item has changed"}})
    client.delete_item(TableName=table, Key=key)
    found = told(streams, stream_of(client, table), 3)
    assert [each["dynamodb"]["SizeBytes"] for each in found] == [26, 59, 38]


def test_a_record_of_keys_has_their_size(client, streams, make_table):
    table = make_table(**specification("KEYS_ONLY"))
    client.put_item(TableName=table, Item=item(pk="abc", filler="x" * 1000))
    [record] = told(streams, stream_of(client, table), 1)
    assert record["dynamodb"]["SizeBytes"] == len("pk") + len("abc")


# When there is a record


QUIET = {
    "put the same item": lambda client, table, old: client.put_item(TableName=table, Item=old),
    "put the same number in other digits": lambda client, table, old: client.put_item(
        TableName=table, Item={**old, "n": {"N": "70e-1"}}
    ),
    "put the same set in another order": lambda client, table, old: client.put_item(
        TableName=table, Item={**old, "s": {"SS": ["b", "a"]}}
    ),
    "set the same value": lambda client, table, old: client.update_item(
        TableName=table, Key=KEY, UpdateExpression="SET n = :n", ExpressionAttributeValues=values(n=7)
    ),
    "add nothing": lambda client, table, old: client.update_item(
        TableName=table, Key=KEY, UpdateExpression="ADD n :n", ExpressionAttributeValues=values(n=0)
    ),
    "add a member that is there": lambda client, table, old: client.update_item(
        TableName=table, Key=KEY, UpdateExpression="ADD s :s", ExpressionAttributeValues=values(s=strings("a"))
    ),
    "remove what is missing": lambda client, table, old: client.update_item(
        TableName=table, Key=KEY, UpdateExpression="REMOVE nothing"
    ),
    "update nothing": lambda client, table, old: client.update_item(TableName=table, Key=KEY),
    "delete what is absent": lambda client, table, old: client.delete_item(TableName=table, Key=item(sk="absent")),
    "fail a condition": lambda client, table, old: fail_condition(client, table),
    "put the same item in a batch": lambda client, table, old: client.batch_write_item(
        RequestItems={
            table: [{"PutRequest": {"Item": old}}, {"DeleteRequest": {"Key": item(sk="absent")}}],
        }
    ),
    "put the same item in a transaction": lambda client, table, old: client.transact_write_items(
        TransactItems=[put(table, old), delete(table, item(sk="absent"))]
    ),
    "check in a transaction": lambda client, table, old: client.transact_write_items(
        TransactItems=[check(table, KEY, "attribute_exists(pk)")]
    ),
    "cancel a transaction": lambda client, table, old: cancelled(
        client, put(table, item(sk="2")), check(table, KEY, "attribute_not_exists(pk)")
    ),
    "read": lambda client, table, old: client.get_item(TableName=table, Key=KEY),
}


def fail_condition(client, table):
    with refused("ConditionalCheckFailedException"):
        client.put_item(TableName=table, Item=KEY, ConditionExpression="attribute_not_exists(pk)")


@pytest.mark.parametrize("quiet", QUIET)
def test_what_changes_nothing_leaves_no_record(client, streams, streamed, quiet):
    old = item(sk="1", n=7, s=strings("a", "b"))
    client.put_item(TableName=streamed, Item=old)
    QUIET[quiet](client, streamed, old)
    client.put_item(TableName=streamed, Item=item(sk="last"))
    first, last = told(streams, stream_of(client, streamed), 2)
    assert first["dynamodb"]["Keys"] == KEY
    assert last["dynamodb"]["Keys"] == item(sk="last")


def test_a_batch_leaves_a_record_for_each_item_that_it_changes(client, streams, streamed):
    for each in range(3):
        client.put_item(TableName=streamed, Item=item(sk=f"old-{each}"))
    client.batch_write_item(
        RequestItems={
            streamed: [
                {"PutRequest": {"Item": item(sk="old-0", v=1)}},
                {"PutRequest": {"Item": item(sk="new")}},
                {"DeleteRequest": {"Key": item(sk="old-1")}},
            ]
        }
    )
    found = told(streams, stream_of(client, streamed), 6)
    by_key = {each["dynamodb"]["Keys"]["sk"]["S"]: each["eventName"] for each in found[3:]}
    assert by_key == {"old-0": "MODIFY", "new": "INSERT", "old-1": "REMOVE"}


def test_a_transaction_leaves_its_records_in_the_streams_of_all_its_tables(client, streams, make_table):
    one, two = (make_table(sort="sk", **specification()) for _ in range(2))
    silent = make_table(sort="sk")
    client.put_item(TableName=one, Item=KEY)
    client.transact_write_items(
        TransactItems=[
            update(one, KEY, "SET v = :v", v=1),
            put(one, item(sk="2")),
            put(two, item(sk="3")),
            put(silent, item(sk="4")),
            check(two, KEY, "attribute_not_exists(pk)"),
        ]
    )
    client.transact_write_items(TransactItems=[delete(one, KEY), delete(two, KEY)])
    ours = [essence(each) for each in told(streams, stream_of(client, one), 4)]
    assert ours[0] == ("INSERT", None, KEY)
    assert sorted(ours[1:3], key=str) == sorted(
        [("MODIFY", KEY, {**KEY, "v": {"N": "1"}}), ("INSERT", None, item(sk="2"))], key=str
    )
    assert ours[3] == ("REMOVE", {**KEY, "v": {"N": "1"}}, None)
    assert [essence(each) for each in told(streams, stream_of(client, two), 1)] == [("INSERT", None, item(sk="3"))]
    assert "LatestStreamArn" not in described(client, silent)


def test_indexes_leave_no_records_of_their_own(client, streams, make_table):
    table = make_table(
        sort="sk", local={"by-l": ("l", "ALL")}, indexes={"by-g": ("g", None, "ALL")}, **specification()
    )
    client.put_item(TableName=table, Item=item(sk="1", g="x", l="y"))
    client.put_item(TableName=table, Item=item(sk="1", g="z", l="y"))
    client.delete_item(TableName=table, Key=KEY)
    names = [each["eventName"] for each in told(streams, stream_of(client, table), 3)]
    assert names == ["INSERT", "MODIFY", "REMOVE"]


def test_expired_items_are_removed_by_the_service_and_deleted_ones_by_nobody(client, streams, streamed):
    client.update_time_to_live(
        TableName=streamed, TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"}
    )
    wait_for_expiry(client, streamed)
    expiring = {**KEY, "until": {"N": str(int(time.time()) - 10)}}
    client.put_item(TableName=streamed, Item=item(sk="2"))
    client.delete_item(TableName=streamed, Key=item(sk="2"))
    client.put_item(TableName=streamed, Item=expiring)
    _, removed, _, expired = told(streams, stream_of(client, streamed), 4)
    assert removed["eventName"] == "REMOVE"
    assert "userIdentity" not in removed
    assert essence(expired) == ("REMOVE", expiring, None)
    assert expired["userIdentity"] == {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"}


# Order


def test_the_changes_of_an_item_are_in_order_and_their_numbers_grow(client, streams, streamed):
    for _ in range(60):
        client.update_item(
            TableName=streamed,
            Key=KEY,
            UpdateExpression="ADD n :n",
            ExpressionAttributeValues=values(n=1),
        )
    found = told(streams, stream_of(client, streamed), 60)
    assert [each["dynamodb"]["NewImage"]["n"]["N"] for each in found] == [str(each) for each in range(1, 61)]
    texts = [sequence(each) for each in found]
    assert texts == sorted(set(texts))
    assert texts == sorted(texts, key=int)


def test_writers_at_once_leave_one_chain_for_each_item(endpoint, client, streams, streamed):
    def write(seed):
        own, choice = connect(endpoint), random.Random(seed)
        for _ in range(40):
            own.update_item(
                TableName=streamed,
                Key=item(sk=str(choice.randrange(3))),
                UpdateExpression="ADD n :n",
                ExpressionAttributeValues=values(n=1),
            )

    threads = [threading.Thread(target=write, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = told(streams, stream_of(client, streamed), 240)
    assert replayed(found) == contents(client, streamed)


def contents(client, table):
    """All items by key."""
    pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    return {key_of(each): each for page in pages for each in page["Items"]}


def key_of(plain):
    return plain["pk"]["S"], plain["sk"]["S"]


def replayed(records):
    """The items that the records lead to. Each record must begin where the one before of its item ended."""
    items = {}
    for record in records:
        name, old, new = essence(record)
        key = key_of(record["dynamodb"]["Keys"])
        assert items.get(key) == old
        assert old != new
        assert name == ("INSERT" if old is None else "REMOVE" if new is None else "MODIFY")
        if new is None:
            del items[key]
        else:
            items[key] = new
    assert len({each["eventID"] for each in records}) == len(records)
    return items


# Iterators


@pytest.fixture
def written(client, streams, streamed):
    """A stream of five changes of one item: its ARN, the shard, and the records."""
    arn = stream_of(client, streamed)
    for each in range(5):
        client.put_item(TableName=streamed, Item={**KEY, "v": {"N": str(each)}})
    records = told(streams, arn, 5)
    return arn, home_of(streams, arn, records[0]), records


def test_the_horizon_is_where_the_shard_begins(streams, written):
    arn, shard, records = written
    for _ in range(2):
        assert read(streams, begin(streams, arn, shard))[0] == records


def test_the_latest_iterator_gives_what_comes_after_it(client, streams, streamed, written):
    arn, shard, records = written
    iterator = begin(streams, arn, shard, "LATEST")
    assert streams.get_records(ShardIterator=iterator)["Records"] == []
    client.delete_item(TableName=streamed, Key=KEY)
    [later] = wait_until(lambda: read(streams, iterator)[0], "the change is told")
    assert later["eventName"] == "REMOVE"
    assert int(sequence(later)) > int(sequence(records[-1]))


def test_an_iterator_begins_at_or_after_a_sequence_number(streams, written):
    arn, shard, records = written
    for place, record in enumerate(records):
        position = {"SequenceNumber": sequence(record)}
        assert read(streams, begin(streams, arn, shard, "AT_SEQUENCE_NUMBER", **position))[0] == records[place:]
        after = read(streams, begin(streams, arn, shard, "AFTER_SEQUENCE_NUMBER", **position))[0]
        assert after == records[place + 1 :]


def test_an_iterator_at_the_first_number_of_a_shard_gives_all_of_it(streams, written):
    arn, shard, records = written
    [bounds] = [each["SequenceNumberRange"] for each in shards_of(streams, arn) if each["ShardId"] == shard]
    first = bounds["StartingSequenceNumber"]
    assert int(first) <= int(sequence(records[0]))
    assert read(streams, begin(streams, arn, shard, "AT_SEQUENCE_NUMBER", SequenceNumber=first))[0] == records


def test_an_iterator_begins_at_a_time(client, streams, streamed, written):
    arn, shard, records = written
    second = records[-1]["dynamodb"]["ApproximateCreationDateTime"]
    wait_until(lambda: time.time() > second.timestamp() + 2, "the second is over")
    client.delete_item(TableName=streamed, Key=KEY)
    everything = told(streams, arn, 6)
    later = everything[-1]["dynamodb"]["ApproximateCreationDateTime"]
    assert later > second

    def since(when):
        return read(streams, begin(streams, arn, shard, "AT_TIMESTAMP", Timestamp=when))[0]

    assert since(later) == everything[-1:]
    assert since(records[0]["dynamodb"]["ApproximateCreationDateTime"]) == everything
    assert since(0) == everything


# The sequence number of a record of the shard.
REAL = "real"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ShardIteratorType": "TRIM_HORIZON", "SequenceNumber": REAL}, "ValidationException"),
        ({"ShardIteratorType": "LATEST", "SequenceNumber": REAL}, "ValidationException"),
        ({"ShardIteratorType": "AT_SEQUENCE_NUMBER"}, "ValidationException"),
        ({"ShardIteratorType": "AFTER_SEQUENCE_NUMBER"}, "ValidationException"),
        ({"ShardIteratorType": "AT_TIMESTAMP"}, "ValidationException"),
        ({"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": 4_000_000_000}, "ValidationException"),
        ({"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": 0, "SequenceNumber": REAL}, "ValidationException"),
        ({"ShardIteratorType": "TRIM_HORIZON", "Timestamp": 0}, "ValidationException"),
        ({"ShardIteratorType": "NEWEST"}, "ValidationException"),
        ({"ShardIteratorType": None}, "ValidationException"),
        ({"ShardIteratorType": "AT_SEQUENCE_NUMBER", "SequenceNumber": "x" * 30}, "ValidationException"),
        ({"ShardIteratorType": "AT_SEQUENCE_NUMBER", "SequenceNumber": "1" * 20}, "ValidationException"),
        ({"ShardIteratorType": "AT_SEQUENCE_NUMBER", "SequenceNumber": "1" * 41}, "ValidationException"),
        ({"ShardId": "shardId-00000000000000000000-00000000"}, "ResourceNotFoundException"),
        ({"ShardId": "shardId"}, "ValidationException"),
        ({"ShardId": "s" * 66}, "ValidationException"),
        ({"ShardId": None}, "ValidationException"),
        ({"StreamArn": "s" * 50}, "ValidationException"),
        ({"StreamArn": None}, "ValidationException"),
    ],
    ids=str,
)
def test_an_iterator_that_cannot_be_is_refused(loose_streams, written, changes, code):
    arn, shard, records = written
    request = {"StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON", **changes}
    request = {
        member: sequence(records[0]) if given == REAL else given
        for member, given in request.items()
        if given is not None
    }
    with refused(code):
        loose_streams.get_shard_iterator(**request)


def test_an_unknown_shard_or_stream_is_named(streams, written):
    arn, shard, _ = written
    with refused("ResourceNotFoundException", "Requested resource not found: Shard does not exist"):
        begin(streams, arn, f"{shard[:-8]}ffffffff")
    other = f"{arn.rpartition('/')[0]}/2001-02-03T04:05:06.789"
    with refused("ResourceNotFoundException", f"Requested resource not found: Stream: {other} not found"):
        begin(streams, other, shard)
    with refused("ResourceNotFoundException", f"Requested resource not found: Stream: {other} not found"):
        streams.describe_stream(StreamArn=other)


@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_records_are_asked_for_by_the_thousand_at_most(loose_streams, written, limit):
    arn, shard, _ = written
    with refused("ValidationException"):
        loose_streams.get_records(ShardIterator=begin(loose_streams, arn, shard), Limit=limit)


@pytest.mark.parametrize("spoil", [lambda each: each[:-5], lambda each: "x" * 50, lambda each: each[::-1]])
def test_what_is_no_iterator_is_refused(streams, written, spoil):
    arn, shard, _ = written
    with refused("ValidationException"):
        streams.get_records(ShardIterator=spoil(begin(streams, arn, shard)))


# Pages of records


def test_records_come_in_pages_and_none_comes_twice(streams, written):
    arn, shard, records = written
    iterator, sizes, found = begin(streams, arn, shard), [], []
    while True:
        reply = streams.get_records(ShardIterator=iterator, Limit=2)
        if not reply["Records"]:
            break
        sizes.append(len(reply["Records"]))
        found += reply["Records"]
        iterator = reply["NextShardIterator"]
    assert sizes == [2, 2, 1]
    assert found == records


def test_an_iterator_may_be_used_again(streams, written):
    arn, shard, records = written
    iterator = begin(streams, arn, shard)
    for _ in range(2):
        assert streams.get_records(ShardIterator=iterator, Limit=3)["Records"] == records[:3]


def pages_of(streams, arn):
    """The pages of all shards that have anything."""
    for shard in shards_of(streams, arn):
        iterator = begin(streams, arn, shard["ShardId"])
        while iterator:
            reply = streams.get_records(ShardIterator=iterator)
            if not reply["Records"]:
                break
            yield reply["Records"]
            iterator = reply.get("NextShardIterator")


def test_a_page_has_at_most_a_thousand_records(client, streams, streamed):
    for first in range(0, 1100, 25):
        puts = [{"PutRequest": {"Item": item(sk=str(each))}} for each in range(first, first + 25)]
        client.batch_write_item(RequestItems={streamed: puts})
    arn = stream_of(client, streamed)
    told(streams, arn, 1100)
    pages = list(pages_of(streams, arn))
    assert max(len(page) for page in pages) <= 1000
    keys = [each["dynamodb"]["Keys"]["sk"]["S"] for page in pages for each in page]
    assert sorted(keys, key=int) == [str(each) for each in range(1100)]


def test_a_page_has_at_most_a_megabyte(client, streams, streamed):
    for each in range(8):
        client.put_item(TableName=streamed, Item=item(sk="1", filler=str(each) * 150_000))
    arn = stream_of(client, streamed)
    told(streams, arn, 8)
    pages = list(pages_of(streams, arn))
    assert len(pages) > 1
    for page in pages:
        assert sum(each["dynamodb"]["SizeBytes"] for each in page) <= 1024 * 1024


def test_the_largest_changes_can_be_read(client, streams, streamed):
    """Both images are as large as an item may be."""
    for each in "ab":
        client.put_item(TableName=streamed, Item=item(sk="1", filler=each * 409_000))
    _, largest = told(streams, stream_of(client, streamed), 2)
    _, old, new = essence(largest)
    assert (old["filler"]["S"], new["filler"]["S"]) == ("a" * 409_000, "b" * 409_000)


def test_an_empty_stream_gives_an_empty_list(client, streams, wire, streamed):
    arn = stream_of(client, streamed)
    for shard in shards_of(streams, arn):
        body = {"ShardIterator": begin(streams, arn, shard["ShardId"])}
        reply = wire.post("GetRecords", body, target=STREAMS_TARGET).json
        assert reply["Records"] == []
        assert isinstance(reply["NextShardIterator"], str)


def test_a_closed_shard_ends(client, streams, wire, streamed, written):
    arn, shard, records = written
    iterators = [begin(streams, arn, shard), begin(streams, arn, shard, "LATEST")]
    client.update_table(TableName=streamed, **OFF)
    wait_until_disabled(streams, arn)
    ends = [read(streams, iterator) for iterator in [*iterators, begin(streams, arn, shard)]]
    assert ends == [(records, None), ([], None), (records, None)]
    last = begin(streams, arn, shard, "AFTER_SEQUENCE_NUMBER", SequenceNumber=sequence(records[-1]))
    assert wire.post("GetRecords", {"ShardIterator": last}, target=STREAMS_TARGET).json == {"Records": []}


def wait_until_disabled(streams, arn):
    wait_until(
        lambda: streams.describe_stream(StreamArn=arn)["StreamDescription"]["StreamStatus"] == "DISABLED",
        f"{arn} is DISABLED",
    )


# Streams come and go


def test_a_table_describes_its_stream(client, streams, name):
    created = client.create_table(TableName=name, **schema(sort="sk", **specification("OLD_IMAGE")))
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    shown = described(client, name)
    for each in [created["TableDescription"], shown]:
        assert each["StreamSpecification"] == specification("OLD_IMAGE")["StreamSpecification"]
        assert each["LatestStreamArn"] == f"{each['TableArn']}/stream/{each['LatestStreamLabel']}"
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}", each["LatestStreamLabel"])
    assert created["TableDescription"]["LatestStreamArn"] == shown["LatestStreamArn"]
    stream = streams.describe_stream(StreamArn=shown["LatestStreamArn"])["StreamDescription"]
    created_at = stream.pop("CreationRequestDateTime")
    assert abs(created_at.timestamp() - time.time()) < 60
    for shard in stream.pop("Shards"):
        assert 28 <= len(shard["ShardId"]) <= 65
        assert re.fullmatch("[0-9]{21,40}", shard["SequenceNumberRange"]["StartingSequenceNumber"])
        assert "EndingSequenceNumber" not in shard["SequenceNumberRange"]
        assert "ParentShardId" not in shard
    assert stream == {
        "StreamArn": shown["LatestStreamArn"],
        "StreamLabel": shown["LatestStreamLabel"],
        "StreamStatus": "ENABLED",
        "StreamViewType": "OLD_IMAGE",
        "TableName": name,
        "KeySchema": shown["KeySchema"],
    }
    client.delete_table(TableName=name)


def test_a_stream_begins_when_it_is_enabled(client, streams, sorted_table):
    client.put_item(TableName=sorted_table, Item=KEY)
    reply = client.update_table(TableName=sorted_table, **specification())["TableDescription"]
    assert reply["StreamSpecification"] == specification()["StreamSpecification"]
    assert reply["LatestStreamArn"] == wait_until(
        lambda: described(client, sorted_table).get("LatestStreamArn"), "the stream is described"
    )
    client.put_item(TableName=sorted_table, Item={**KEY, "v": {"N": "1"}})
    [record] = told(streams, reply["LatestStreamArn"], 1)
    assert essence(record) == ("MODIFY", KEY, {**KEY, "v": {"N": "1"}})


def test_a_stream_that_is_enabled_again_is_another(client, streams, streamed, written):
    old, _, records = written
    client.update_table(TableName=streamed, **OFF)
    shown = described(client, streamed)
    assert "StreamSpecification" not in shown
    assert shown["LatestStreamArn"] == old
    wait_until_disabled(streams, old)
    client.put_item(TableName=streamed, Item={**KEY, "between": {"BOOL": True}})
    client.update_table(TableName=streamed, **specification("KEYS_ONLY"))
    new = stream_of(client, streamed)
    assert new != old
    assert new.rpartition("/")[2] > old.rpartition("/")[2]
    client.delete_item(TableName=streamed, Key=KEY)
    [record] = told(streams, new, 1)
    assert essence(record) == ("REMOVE", None, None)
    assert told(streams, old, 5) == records
    for shard in shards_of(streams, old):
        bounds = shard["SequenceNumberRange"]
        assert int(bounds["StartingSequenceNumber"]) <= int(bounds["EndingSequenceNumber"])
    assert all("EndingSequenceNumber" not in each["SequenceNumberRange"] for each in shards_of(streams, new))
    listed = {each["StreamArn"]: each for each in streams.list_streams(TableName=streamed)["Streams"]}
    assert set(listed) == {old, new}
    for arn, each in listed.items():
        assert each == {"StreamArn": arn, "TableName": streamed, "StreamLabel": arn.rpartition("/")[2]}


def test_a_stream_outlives_its_table_and_the_next_of_that_name(client, streams, make_table, name):
    make_table(name=name, sort="sk", **specification())
    old = stream_of(client, name)
    client.put_item(TableName=name, Item=KEY)
    records = told(streams, old, 1)
    client.delete_table(TableName=name)
    wait_until_disabled(streams, old)
    assert told(streams, old, 1) == records
    client.get_waiter("table_not_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    make_table(name=name, sort="sk", **specification())
    new = stream_of(client, name)
    client.put_item(TableName=name, Item=item(sk="2"))
    assert essence(told(streams, new, 1)[0]) == ("INSERT", None, item(sk="2"))
    assert told(streams, old, 1) == records
    assert {each["StreamArn"] for each in streams.list_streams(TableName=name)["Streams"]} == {old, new}


def test_other_changes_of_a_table_leave_its_stream_alone(client, streams, streamed):
    arn = stream_of(client, streamed)
    client.put_item(TableName=streamed, Item=KEY)
    client.update_table(TableName=streamed, DeletionProtectionEnabled=False)
    client.update_table(TableName=streamed, BillingMode="PAY_PER_REQUEST")
    table_arn = described(client, streamed)["TableArn"]
    client.tag_resource(ResourceArn=table_arn, Tags=[{"Key": "a", "Value": "b"}])
    client.delete_item(TableName=streamed, Key=KEY)
    assert stream_of(client, streamed) == arn
    assert [each["eventName"] for each in told(streams, arn, 2)] == ["INSERT", "REMOVE"]


PREFIX = "One or more parameter values were invalid: "


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            {"StreamEnabled": False, "StreamViewType": "NEW_IMAGE"},
            f"{PREFIX}Table is being created with a stream disabled, UpdateViewType should not be specified",
        ),
        (
            {"StreamEnabled": True},
            f"{PREFIX}Table is being created with a stream enabled, UpdateViewType is required",
        ),
        (
            {"StreamViewType": "NEW_IMAGE"},
            "Value null at 'streamSpecification.streamEnabled' failed to satisfy constraint: "
            "Member must not be null",
        ),
    ],
)
def test_a_table_is_not_made_with_half_a_stream(loose, name, members, message):
    with refused("ValidationException", message):
        loose.create_table(TableName=name, **schema(), StreamSpecification=members)


def test_an_unknown_view_is_refused(loose, name, table):
    unknown = {"StreamEnabled": True, "StreamViewType": "new_image"}
    text = "at 'streamSpecification.streamViewType' failed to satisfy constraint: Member must satisfy enum value"
    with refused("ValidationException", containing=text):
        loose.create_table(TableName=name, **schema(), StreamSpecification=unknown)
    with refused("ValidationException", containing=text):
        loose.update_table(TableName=table, StreamSpecification=unknown)


def test_a_table_made_with_its_stream_off_has_none(client, streams, make_table):
    table = make_table(**OFF)
    assert not {"StreamSpecification", "LatestStreamArn", "LatestStreamLabel"} & set(described(client, table))
    assert streams.list_streams(TableName=table)["Streams"] == []


def test_a_stream_is_not_switched_to_what_it_is(loose, table):
    def switch(**members):
        loose.update_table(TableName=table, StreamSpecification=members)

    with refused("ValidationException", f"Table has no stream to disable: TableName: {table}"):
        switch(StreamEnabled=False)
    with refused("ValidationException", f"{PREFIX}If stream is being enabled then UpdateViewType is required"):
        switch(StreamEnabled=True)
    switch(StreamEnabled=True, StreamViewType="KEYS_ONLY")
    for view in ["KEYS_ONLY", "NEW_IMAGE"]:
        with refused("ValidationException", f"Table already has an enabled stream: TableName: {table}"):
            switch(StreamEnabled=True, StreamViewType=view)
    text = f"{PREFIX}If stream is being disabled, then UpdateViewType must not be specified"
    with refused("ValidationException", text):
        switch(StreamEnabled=False, StreamViewType="KEYS_ONLY")
    switch(StreamEnabled=False)
    with refused("ValidationException", f"Table has no stream to disable: TableName: {table}"):
        switch(StreamEnabled=False)


# Listing and describing


def listed(streams, limit, between=lambda: None, **filters):
    """The ARNs on all pages, with something happening between pages."""
    found, start = [], {}
    while True:
        reply = streams.list_streams(Limit=limit, **filters, **start)
        assert len(reply["Streams"]) <= limit
        found += [each["StreamArn"] for each in reply["Streams"]]
        if "LastEvaluatedStreamArn" not in reply:
            return found
        between()
        start = {"ExclusiveStartStreamArn": reply["LastEvaluatedStreamArn"]}


def test_the_streams_of_a_table_are_listed_in_pages(client, streams, streamed):
    arns = [stream_of(client, streamed)]
    for _ in range(2):
        client.update_table(TableName=streamed, **OFF)
        wait_until_disabled(streams, arns[-1])
        client.update_table(TableName=streamed, **specification())
        arns.append(stream_of(client, streamed))
    assert len(set(arns)) == 3
    for limit in [1, 2, 3, 100]:
        assert sorted(listed(streams, limit, TableName=streamed)) == sorted(arns)
    assert "LastEvaluatedStreamArn" not in streams.list_streams(TableName=streamed, Limit=3)


def test_every_stream_is_listed_once_although_tables_come_and_go(client, streams, make_table):
    ours = {stream_of(client, make_table(**specification())) for _ in range(5)}
    plain = make_table()
    more = iter(range(10))

    def between():
        if next(more, None) is not None:
            make_table(**specification())

    found = listed(streams, 2, between)
    assert [found.count(arn) for arn in ours] == [1] * len(ours)
    assert plain not in {arn.split("/")[1] for arn in found}


def test_the_streams_of_a_table_that_never_was_are_none(streams, name):
    assert streams.list_streams(TableName=name)["Streams"] == []


@pytest.mark.parametrize("faulty", [{"Limit": 0}, {"Limit": 101}, {"ExclusiveStartStreamArn": "s" * 50}], ids=str)
def test_a_list_of_streams_has_limits(loose_streams, faulty):
    with refused("ValidationException"):
        loose_streams.list_streams(**faulty)


def test_shards_come_in_pages(streams, written):
    arn, _, _ = written
    everything = shards_of(streams, arn)
    found, start = [], {}
    while True:
        description = streams.describe_stream(StreamArn=arn, Limit=1, **start)["StreamDescription"]
        assert len(description["Shards"]) == 1
        found += description["Shards"]
        last = description.get("LastEvaluatedShardId")
        if last is None:
            break
        assert last == found[-1]["ShardId"]
        start = {"ExclusiveStartShardId": last}
    assert found == everything
    names = [each["ShardId"] for each in everything]
    assert names == sorted(set(names))
    for start in [names[-1], "z" * 40]:
        after = streams.describe_stream(StreamArn=arn, ExclusiveStartShardId=start)["StreamDescription"]
        assert after["Shards"] == []
        assert "LastEvaluatedShardId" not in after


def test_an_open_shard_has_no_children(streams, written):
    arn, shard, _ = written
    children = streams.describe_stream(StreamArn=arn, ShardFilter={"Type": "CHILD_SHARDS", "ShardId": shard})
    assert children["StreamDescription"]["Shards"] == []


@pytest.mark.parametrize(
    "faulty",
    [
        {"Limit": 0},
        {"Limit": 101},
        {"ExclusiveStartShardId": "short"},
        {"ExclusiveStartShardId": "s" * 66},
        {"ShardFilter": {"Type": "PARENT_SHARDS"}},
        {"StreamArn": "s" * 50},
    ],
    ids=str,
)
def test_a_faulty_question_about_a_stream_is_refused(client, loose_streams, streamed, faulty):
    with refused("ValidationException"):
        loose_streams.describe_stream(**{"StreamArn": stream_of(client, streamed), **faulty})


def test_what_is_no_arn_of_a_stream_is_invalid(client, streams, streamed):
    for faulty in ["s" * 50, described(client, streamed)["TableArn"]]:
        with refused("ValidationException", "Invalid StreamArn"):
            streams.describe_stream(StreamArn=faulty)


# Crashes


class Consumer:
    """Follows a stream as programs do: parents before children, and after a failure on from the last record."""

    def __init__(self, arn):
        self.arn = arn
        self.records = []
        self.last = {}
        self.ended = set()

    def follow(self, streams):
        """Reads what there is, and says how many records there have been."""
        shards = shards_of(streams, self.arn)
        names = {each["ShardId"] for each in shards}
        for shard in shards:
            parent = shard.get("ParentShardId")
            if shard["ShardId"] not in self.ended and (parent in self.ended or parent not in names):
                self.drain(streams, shard["ShardId"])
        return len(self.records)

    def drain(self, streams, shard):
        if shard in self.last:
            position = {"kind": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": self.last[shard]}
        else:
            position = {"kind": "TRIM_HORIZON"}
        iterator = begin(streams, self.arn, shard, **position)
        while iterator:
            reply = streams.get_records(ShardIterator=iterator, Limit=50)
            for record in reply["Records"]:
                assert int(sequence(record)) > int(self.last.get(shard, 0))
                self.last[shard] = sequence(record)
                self.records.append(record)
            iterator = reply.get("NextShardIterator")
            if not reply["Records"]:
                return
        self.ended.add(shard)


def change_at_random(client, table, choice):
    """One write, of any kind, to items that others write too."""
    key = item(pk=f"p{choice.randrange(8)}", sk=str(choice.randrange(4)))
    other = item(pk=f"p{choice.randrange(8)}", sk="other", v=choice.randrange(100))
    kind = choice.randrange(5)
    if kind == 0:
        client.put_item(TableName=table, Item={**key, "v": {"N": str(choice.randrange(3))}})
    elif kind == 1:
        client.delete_item(TableName=table, Key=key)
    elif kind == 2:
        client.update_item(
            TableName=table, Key=key, UpdateExpression="ADD n :n", ExpressionAttributeValues=values(n=1)
        )
    elif kind == 3:
        client.batch_write_item(
            RequestItems={table: [{"PutRequest": {"Item": other}}, {"DeleteRequest": {"Key": key}}]}
        )
    else:
        client.transact_write_items(
            TransactItems=[put(table, other), update(table, key, "SET t = :t", t=uuid.uuid4().hex)]
        )


@pytest.mark.usefixtures("own_server")
def test_a_consumer_sees_each_change_once_and_in_order_across_crashes(tmp_path):
    """Four threads write to the same items and try again after each crash, so that some writes happen twice: as
    twice they must be told."""
    mortal = Mortal(tmp_path)
    is_over = threading.Event()
    failures = []

    def attempt(client, choice):
        try:
            change_at_random(client, "songs", choice)
        except client.exceptions.TransactionCanceledException:
            pass
        except BotoCoreError:
            return False
        return True

    def write(seed):
        choice = random.Random(seed)
        client = connect(mortal.endpoint)
        try:
            while not is_over.is_set():
                wait_until(lambda: attempt(client, choice), "the server is there again")
        except Exception as error:
            failures.append(error)

    try:
        client = connect(mortal.endpoint)
        client.create_table(TableName="songs", **schema(sort="sk", **specification()))
        consumer = Consumer(stream_of(client, "songs"))
        writers = [threading.Thread(target=write, args=(seed,)) for seed in range(4)]
        for writer in writers:
            writer.start()
        try:
            for enough in [150, 300, 450, 600]:
                streams = connect(mortal.endpoint, "dynamodbstreams")
                wait_until(lambda: consumer.follow(streams) >= enough, f"{enough} changes are told")
                if enough < 600:
                    mortal.crash()
        finally:
            is_over.set()
            for writer in writers:
                writer.join()
        assert not failures
        consumer.follow(streams)
        assert replayed(consumer.records) == contents(connect(mortal.endpoint), "songs")
        # Who begins afresh is told the same.
        again = Consumer(consumer.arn)
        again.follow(streams)
        assert sorted(again.records, key=sequence) == sorted(consumer.records, key=sequence)
    finally:
        mortal.server.kill()


@pytest.mark.usefixtures("own_server")
def test_streams_are_as_they_were_after_a_crash(tmp_path):
    mortal = Mortal(tmp_path)
    try:
        client, streams = connect(mortal.endpoint), connect(mortal.endpoint, "dynamodbstreams")
        for table in ["open", "closed", "gone"]:
            client.create_table(TableName=table, **schema(sort="sk", **specification()))
            client.put_item(TableName=table, Item=KEY)
            client.delete_item(TableName=table, Key=KEY)
        arns = {table: stream_of(client, table) for table in ["open", "closed", "gone"]}
        client.update_table(TableName="closed", **OFF)
        client.delete_table(TableName="gone")
        for table in ["closed", "gone"]:
            wait_until_disabled(streams, arns[table])

        def survey():
            return {
                arn: (
                    streams.describe_stream(StreamArn=arn)["StreamDescription"],
                    records_of(streams, arn),
                )
                for arn in arns.values()
            }

        before = survey()
        assert [len(records) for _, records in before.values()] == [2, 2, 2]
        [shard] = {home_of(streams, arns["open"], each) for each in before[arns["open"]][1]}
        first = begin(streams, arns["open"], shard)
        iterator = streams.get_records(ShardIterator=first, Limit=1)["NextShardIterator"]
        mortal.crash()
        client, streams = connect(mortal.endpoint), connect(mortal.endpoint, "dynamodbstreams")
        assert survey() == before
        assert stream_of(client, "open") == arns["open"]
        client.put_item(TableName="open", Item=item(sk="after"))
        *old, new = told(streams, arns["open"], 3)
        assert old == before[arns["open"]][1]
        assert int(sequence(new)) > int(sequence(old[-1]))
        # An iterator is good for a quarter of an hour, whatever happens to the server.
        assert read(streams, iterator)[0] == [old[-1], new]
    finally:
        mortal.server.kill()


@pytest.mark.usefixtures("own_server")
def test_a_stream_that_was_being_switched_when_the_server_died_is_on_or_off(tmp_path):
    """A change that is told of was written, and one that was written while the stream was on is told of."""
    mortal = Mortal(tmp_path)
    try:
        client = connect(mortal.endpoint)
        client.create_table(TableName="songs", **schema(sort="sk"))
        for each in range(4):
            client.update_table(TableName="songs", **specification())
            arn = stream_of(client, "songs")
            client.put_item(TableName="songs", Item=item(sk=str(each)))
            if each % 2:
                client.update_table(TableName="songs", **OFF)
            mortal.crash()
            client, streams = connect(mortal.endpoint), connect(mortal.endpoint, "dynamodbstreams")
            shown = described(client, "songs")
            assert shown["LatestStreamArn"] == arn
            assert ("StreamSpecification" in shown) == (each % 2 == 0)
            [record] = told(streams, arn, 1)
            assert essence(record) == ("INSERT", None, item(sk=str(each)))
            if each % 2 == 0:
                client.update_table(TableName="songs", **OFF)
            wait_until_disabled(streams, arn)
        assert len(streams.list_streams(TableName="songs")["Streams"]) == 4
    finally:
        mortal.server.kill()


@pytest.mark.usefixtures("own_server")
def test_a_server_in_memory_streams_too():
    server = Server("--in-memory")
    try:
        client, streams = connect(server.endpoint), connect(server.endpoint, "dynamodbstreams")
        client.create_table(TableName="songs", **schema(sort="sk", **specification()))
        expected = tell(client, "songs")
        found = told(streams, stream_of(client, "songs"), len(expected))
        assert [essence(each) for each in found] == expected
    finally:
        server.kill()
