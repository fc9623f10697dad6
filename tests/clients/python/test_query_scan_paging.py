"""Pages of Query and Scan: where they end, how they go on, how a scan is split."""

import uuid

import pytest

from items import item, values
from refusal import refused
from tables import schema


def fill(client, table, items):
    items = list(items)
    for start in range(0, len(items), 25):
        requests = [{"PutRequest": {"Item": each}} for each in items[start : start + 25]]
        reply = client.batch_write_item(RequestItems={table: requests})
        assert reply["UnprocessedItems"] == {}


def query_request(table, **more):
    return {
        "TableName": table,
        "KeyConditionExpression": "pk = :p",
        "ExpressionAttributeValues": values(p="a"),
        **more,
    }


def all_pages(read, **request):
    """The pages of a read, each a reply."""
    pages = [read(**request)]
    while "LastEvaluatedKey" in pages[-1]:
        assert len(pages) < 1000, "the pages do not end"
        pages.append(read(**request, ExclusiveStartKey=pages[-1]["LastEvaluatedKey"]))
    return pages


def items_of(pages):
    return [each for page in pages for each in page["Items"]]


# Ends of pages


@pytest.fixture(scope="module")
def large(client):
    """15 items of 100,000 bytes in one partition, with an index of the keys alone."""
    table = f"t-{uuid.uuid4().hex}"
    client.create_table(TableName=table, **schema(sort="sk", indexes={"keys": ("g", None, "KEYS_ONLY")}))
    client.get_waiter("table_exists").wait(TableName=table, WaiterConfig={"Delay": 1})
    taken = len("pk" + "a" + "sk" + "00" + "g" + "x" + "v")
    fill(client, table, [item(sk=f"{each:02}", g="x", v="x" * (100_000 - taken)) for each in range(15)])
    yield table
    client.delete_table(TableName=table)


def test_a_page_ends_with_the_item_that_crosses_one_megabyte(client, large):
    """Ten items hold 1,000,000 bytes; the eleventh crosses 1,048,576 and is the last."""
    for read, request in [(client.query, query_request(large)), (client.scan, {"TableName": large})]:
        pages = all_pages(read, **request)
        assert [page["Count"] for page in pages] == [11, 4]
        assert pages[0]["LastEvaluatedKey"] == item(sk="10")
        assert len({each["sk"]["S"] for each in items_of(pages)}) == 15


def test_a_projection_or_a_count_makes_no_page_longer(client, large):
    for more in [{"ProjectionExpression": "sk"}, {"Select": "COUNT"}]:
        assert client.query(**query_request(large, **more))["Count"] == 11


def test_a_page_may_be_empty_and_not_the_last(client, large):
    pages = all_pages(client.scan, TableName=large, FilterExpression="attribute_exists(nothing)")
    assert [(page["Count"], page["ScannedCount"]) for page in pages] == [(0, 11), (0, 4)]


def test_a_page_of_an_index_is_measured_by_its_entries(client, large):
    reply = client.scan(TableName=large, IndexName="keys")
    assert reply["Count"] == 15
    assert "LastEvaluatedKey" not in reply


def test_a_page_ends_at_its_limit(client, sorted_table):
    fill(client, sorted_table, [item(sk=each) for each in "1234567"])
    for read, request in [
        (client.query, query_request(sorted_table)),
        (client.scan, {"TableName": sorted_table}),
    ]:
        pages = all_pages(read, **request, Limit=3)
        assert [page["Count"] for page in pages] == [3, 3, 1]
        assert [each["sk"]["S"] for each in items_of(pages)] == list("1234567")
        assert pages[0]["LastEvaluatedKey"] == item(sk="3")


def test_a_read_that_reached_its_end_says_so(client, sorted_table):
    fill(client, sorted_table, [item(sk=each) for each in "123"])
    for read, request in [
        (client.query, query_request(sorted_table)),
        (client.scan, {"TableName": sorted_table}),
    ]:
        assert "LastEvaluatedKey" not in read(**request)
        assert "LastEvaluatedKey" not in read(**request, Limit=4)
        assert read(**request, Limit=2)["LastEvaluatedKey"] == item(sk="2")


def test_an_empty_table_has_one_empty_page(client, sorted_table):
    for reply in [client.scan(TableName=sorted_table), client.query(**query_request(sorted_table))]:
        assert reply["Items"] == []
        assert (reply["Count"], reply["ScannedCount"]) == (0, 0)
        assert "LastEvaluatedKey" not in reply


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_is_at_least_one(loose, table, limit):
    with refused():
        loose.scan(TableName=table, Limit=limit)
    with refused():
        loose.query(**query_request(table, Limit=limit))


def test_a_long_run_of_deleted_items_stalls_nothing(client, sorted_table):
    keys = [item(sk=f"{each:04}") for each in range(500)]
    fill(client, sorted_table, keys)
    for start in range(0, len(keys) - 1, 25):
        requests = [{"DeleteRequest": {"Key": key}} for key in keys[start : start + 25] if key != keys[-1]]
        client.batch_write_item(RequestItems={sorted_table: requests})
    pages = all_pages(client.query, **query_request(sorted_table, Limit=1))
    assert items_of(pages) == [keys[-1]]


# Order


def test_a_query_may_run_backwards_page_by_page(client, sorted_table):
    fill(client, sorted_table, [item(sk=each) for each in "1234567"])
    pages = all_pages(client.query, **query_request(sorted_table), ScanIndexForward=False, Limit=2)
    assert [each["sk"]["S"] for each in items_of(pages)] == list("7654321")


def test_a_query_may_run_backwards_within_a_range(client, sorted_table):
    fill(client, sorted_table, [item(sk=each) for each in "1234567"])
    request = query_request(sorted_table, ScanIndexForward=False, Limit=2)
    request["KeyConditionExpression"] = "pk = :p AND sk BETWEEN :x AND :y"
    request["ExpressionAttributeValues"] = values(p="a", x="3", y="6")
    assert [each["sk"]["S"] for each in items_of(all_pages(client.query, **request))] == list("6543")


def test_a_scan_has_the_same_order_each_time(client, table):
    fill(client, table, [item(pk=f"key-{each}") for each in range(50)])
    first = items_of(all_pages(client.scan, TableName=table))
    assert items_of(all_pages(client.scan, TableName=table, Limit=7)) == first
    assert len(first) == 50


# Indexes


@pytest.fixture
def ties(client, make_table):
    """An index whose entries all have one key."""
    table = make_table(sort="sk", indexes={"by-g": ("g", "h", "ALL")}, local={"by-l": ("l", "ALL")})
    fill(client, table, [item(sk=f"{each:02}", g="x", h="y", l="z") for each in range(20)])
    return table


@pytest.mark.parametrize("forward", [True, False])
@pytest.mark.parametrize("limit", [1, 3, 7])
def test_ties_in_an_index_are_paged_without_loss_or_repeat(client, ties, forward, limit):
    request = {
        "TableName": ties,
        "IndexName": "by-g",
        "KeyConditionExpression": "g = :g AND h = :h",
        "ExpressionAttributeValues": values(g="x", h="y"),
        "ScanIndexForward": forward,
        "Limit": limit,
    }
    pages = all_pages(client.query, **request)
    assert set(pages[0]["LastEvaluatedKey"]) == {"pk", "sk", "g", "h"}
    seen = [each["sk"]["S"] for each in items_of(pages)]
    assert sorted(seen) == [f"{each:02}" for each in range(20)]


def test_a_local_index_is_paged_by_the_keys_of_table_and_index(client, ties):
    pages = all_pages(client.query, **query_request(ties, IndexName="by-l", Limit=3))
    assert set(pages[0]["LastEvaluatedKey"]) == {"pk", "sk", "l"}
    assert len({each["sk"]["S"] for each in items_of(pages)}) == 20


def test_a_scan_of_an_index_is_paged_too(client, ties):
    pages = all_pages(client.scan, TableName=ties, IndexName="by-g", Limit=6)
    assert set(pages[0]["LastEvaluatedKey"]) == {"pk", "sk", "g", "h"}
    assert len({each["sk"]["S"] for each in items_of(pages)}) == 20


def test_an_unknown_index_is_no_missing_table(client, table):
    expected = "The table does not have the specified index: nope"
    with refused(message=expected):
        client.scan(TableName=table, IndexName="nope")
    with refused(message=expected):
        client.query(**query_request(table, IndexName="nope"))
    with refused("ResourceNotFoundException"):
        client.scan(TableName="no-such-table", IndexName="nope")


# Starting keys


def test_a_starting_key_is_exclusive_and_need_not_exist(client, sorted_table):
    fill(client, sorted_table, [item(sk=each) for each in "135"])
    for start, expected in [("0", "135"), ("1", "35"), ("2", "35"), ("5", ""), ("9", "")]:
        reply = client.query(**query_request(sorted_table, ExclusiveStartKey=item(sk=start)))
        assert "".join(each["sk"]["S"] for each in reply["Items"]) == expected
    reply = client.query(
        **query_request(sorted_table, ExclusiveStartKey=item(sk="4"), ScanIndexForward=False)
    )
    assert [each["sk"]["S"] for each in reply["Items"]] == ["3", "1"]


FAULTY_STARTS = [
    item(),
    item(sk="1", more="x"),
    item(sk=1),
    {"pk": {"N": "1"}, "sk": {"S": "1"}},
    {"sk": {"S": "1"}},
]


@pytest.mark.parametrize("start", FAULTY_STARTS)
def test_a_faulty_starting_key_fails_a_query(client, sorted_table, start):
    with refused(containing="The provided starting key is invalid"):
        client.query(**query_request(sorted_table, ExclusiveStartKey=start))


@pytest.mark.parametrize("start", FAULTY_STARTS)
def test_a_faulty_starting_key_fails_a_scan(client, sorted_table, start):
    expected = "The provided starting key is invalid: The provided key element does not match the schema"
    with refused(message=expected):
        client.scan(TableName=sorted_table, ExclusiveStartKey=start)


def test_a_starting_key_lies_in_the_partition_of_the_query(client, sorted_table):
    with refused(containing="The provided starting key is"):
        client.query(**query_request(sorted_table, ExclusiveStartKey=item(pk="other", sk="1")))


def test_a_starting_key_lies_within_the_condition_of_the_query(client, sorted_table):
    request = query_request(sorted_table, ExclusiveStartKey=item(sk="1"))
    request["KeyConditionExpression"] = "pk = :p AND sk > :s"
    request["ExpressionAttributeValues"] = values(p="a", s="5")
    with refused(containing="The provided starting key is"):
        client.query(**request)


def test_a_query_of_single_items_takes_no_starting_key(client, table):
    with refused():
        client.query(**query_request(table, ExclusiveStartKey=item()))


def test_the_starting_key_of_an_index_has_the_keys_of_both(client, ties):
    request = {
        "TableName": ties,
        "IndexName": "by-g",
        "KeyConditionExpression": "g = :g",
        "ExpressionAttributeValues": values(g="x"),
    }
    for start in [item(sk="01"), {"g": {"S": "x"}, "h": {"S": "y"}}, item(sk="01", g="x")]:
        with refused(containing="The provided starting key is invalid"):
            client.query(**request, ExclusiveStartKey=start)


# Parallel scans


def segments(client, table, total, **more):
    return [
        items_of(all_pages(client.scan, TableName=table, Segment=segment, TotalSegments=total, **more))
        for segment in range(total)
    ]


@pytest.mark.parametrize("total", [1, 2, 3, 7, 64])
def test_segments_are_disjoint_and_complete(client, table, total):
    fill(client, table, [item(pk=f"key-{each}") for each in range(100)])
    seen = [each["pk"]["S"] for part in segments(client, table, total, Limit=9) for each in part]
    assert len(seen) == 100
    assert len(set(seen)) == 100


def test_segments_are_disjoint_and_complete_on_an_index(client, make_table):
    table = make_table(indexes={"by-g": ("g", None, "ALL")})
    fill(client, table, [item(pk=f"key-{each}", g=f"{each % 17}") for each in range(60)])
    seen = [each["pk"]["S"] for part in segments(client, table, 4, IndexName="by-g") for each in part]
    assert sorted(seen) == sorted(f"key-{each}" for each in range(60))


def test_there_may_be_very_many_segments(client, table):
    client.put_item(TableName=table, Item=item())
    for segment in [0, 500_000, 999_999]:
        client.scan(TableName=table, Segment=segment, TotalSegments=1_000_000)


def test_items_deleted_while_scanning_hide_no_others(client, table):
    fill(client, table, [item(pk=f"key-{each}") for each in range(60)])
    seen = []
    for segment in range(3):
        start = {}
        while True:
            page = client.scan(TableName=table, Segment=segment, TotalSegments=3, Limit=5, **start)
            seen += [each["pk"]["S"] for each in page["Items"]]
            for each in page["Items"]:
                client.delete_item(TableName=table, Key=each)
            if "LastEvaluatedKey" not in page:
                break
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
    assert sorted(seen) == sorted(f"key-{each}" for each in range(60))
    assert client.scan(TableName=table)["Count"] == 0


@pytest.mark.parametrize(
    "faulty",
    [
        {"Segment": 0},
        {"TotalSegments": 2},
        {"Segment": 2, "TotalSegments": 2},
        {"Segment": 5, "TotalSegments": 2},
        {"Segment": -1, "TotalSegments": 2},
        {"Segment": 0, "TotalSegments": 0},
        {"Segment": 0, "TotalSegments": 1_000_001},
        {"Segment": 1_000_000, "TotalSegments": 1_000_000},
    ],
)
def test_segments_that_make_no_sense_are_refused(loose, table, faulty):
    with refused():
        loose.scan(TableName=table, **faulty)


def test_a_starting_key_belongs_to_its_segment(client, table):
    fill(client, table, [item(pk=f"key-{each}") for each in range(20)])
    first, second = segments(client, table, 2)
    assert first and second
    with refused(containing="The provided starting key is"):
        client.scan(TableName=table, Segment=0, TotalSegments=2, ExclusiveStartKey=second[0])
