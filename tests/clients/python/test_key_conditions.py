"""Key conditions of Query, over one key and over keys of several attributes."""

import pytest

from items import item, number, values
from refusal import refused
from tables import schema

WORDS = ["apple", "apricot", "banana", "cherry", "date"]


@pytest.fixture
def words(client, make_table):
    table = make_table(sort="sk")
    for word in WORDS:
        client.put_item(TableName=table, Item=item(sk=word))
    client.put_item(TableName=table, Item=item(pk="other", sk="apple"))
    return table


def query(client, table, condition, names=None, index=None, **placeholders):
    request = {"TableName": table, "KeyConditionExpression": condition}
    if names:
        request["ExpressionAttributeNames"] = names
    if index:
        request["IndexName"] = index
    if placeholders:
        request["ExpressionAttributeValues"] = values(**placeholders)
    return client.query(**request)


def found(client, words, condition, **placeholders):
    return [each["sk"]["S"] for each in query(client, words, condition, **placeholders)["Items"]]


@pytest.mark.parametrize(
    ("condition", "placeholders", "expected"),
    [
        ("sk = :s", {"s": "banana"}, ["banana"]),
        ("sk = :s", {"s": "nothing"}, []),
        ("sk < :s", {"s": "banana"}, ["apple", "apricot"]),
        ("sk <= :s", {"s": "banana"}, ["apple", "apricot", "banana"]),
        ("sk > :s", {"s": "banana"}, ["cherry", "date"]),
        ("sk >= :s", {"s": "banana"}, ["banana", "cherry", "date"]),
        ("sk BETWEEN :s AND :t", {"s": "apricot", "t": "cherry"}, ["apricot", "banana", "cherry"]),
        ("begins_with(sk, :s)", {"s": "ap"}, ["apple", "apricot"]),
        (":s < sk", {"s": "banana"}, ["cherry", "date"]),
        (":s >= sk", {"s": "apple"}, ["apple"]),
        ("(sk = :s)", {"s": "date"}, ["date"]),
    ],
)
def test_a_sort_key_takes_one_condition(client, words, condition, placeholders, expected):
    assert found(client, words, f"pk = :p AND {condition}", p="a", **placeholders) == expected
    assert found(client, words, f"{condition} AND :p = pk", p="a", **placeholders) == expected


def test_the_partition_key_alone_gives_the_whole_partition(client, words):
    assert found(client, words, "pk = :p", p="a") == WORDS
    assert found(client, words, ":p = pk", p="a") == WORDS
    assert found(client, words, "pk = :p", p="nothing") == []


def test_keys_may_be_named_by_placeholders(client, words):
    reply = query(client, words, "#p = :p AND #s = :s", {"#p": "pk", "#s": "sk"}, p="a", s="date")
    assert reply["Count"] == 1


def test_number_keys_are_compared_by_value(client, make_table):
    table = make_table(sort="sk", types={"sk": "N"})
    for value in [-5, 1, 2, 10]:
        client.put_item(TableName=table, Item=item(sk=value))
    reply = query(client, table, "pk = :p AND sk BETWEEN :x AND :y", p="a", x=number("10e-1"), y=9)
    assert [each["sk"]["N"] for each in reply["Items"]] == ["1", "2"]


def test_begins_with_works_on_binary_keys(client, make_table):
    table = make_table(sort="sk", types={"sk": "B"})
    for value in [b"\x01", b"\xff\xfe", b"\xff\xff", b"\xff"]:
        client.put_item(TableName=table, Item=item(sk=value))
    reply = query(client, table, "pk = :p AND begins_with(sk, :s)", p="a", s=b"\xff")
    assert [each["sk"]["B"] for each in reply["Items"]] == [b"\xff", b"\xff\xfe", b"\xff\xff"]


# Faults


def test_a_missing_partition_key_is_named(client, words):
    with refused(message="Query condition missed key schema element: pk"):
        query(client, words, "sk = :s", s="x")


def test_a_second_attribute_that_is_no_key_leaves_the_sort_key_missing(client, words):
    with refused(message="Query condition missed key schema element: sk"):
        query(client, words, "pk = :p AND extra = :o", p="a", o="x")


@pytest.mark.parametrize("condition", ["pk > :p", "pk <= :p", "begins_with(pk, :p)", "pk BETWEEN :p AND :p"])
def test_a_partition_key_takes_equality_only(client, words, condition):
    with refused(message="Query key condition not supported"):
        query(client, words, condition, p="a")
    with refused(message="Query key condition not supported"):
        query(client, words, f"{condition} AND sk = :s", p="a", s="x")


@pytest.mark.parametrize(
    "condition",
    [
        "pk = :p OR sk = :s",
        "pk = :p AND NOT sk = :s",
        "pk = :p AND sk <> :s",
        "pk = :p AND sk IN (:s)",
        "pk = :p AND contains(sk, :s)",
        "pk = :p AND attribute_exists(sk) AND sk = :s",
        "pk = :p AND attribute_type(sk, :s)",
        "pk = :p AND size(sk) = :s",
    ],
)
def test_other_conditions_are_refused(client, words, condition):
    with refused():
        query(client, words, condition, p="a", s="S")


def test_a_key_takes_one_condition(client, words):
    with refused(containing="only contain one condition per key"):
        query(client, words, "pk = :p AND sk > :s AND sk < :t", p="a", s="a", t="b")
    with refused(containing="only contain one condition per key"):
        query(client, words, "pk = :p AND pk = :s", p="a", s="b")


def test_a_nested_path_is_no_key(client, words):
    with refused():
        query(client, words, "pk = :p AND sk.x = :s", p="a", s="x")
    with refused():
        query(client, words, "pk[0] = :p", p="a")


def test_a_key_is_compared_with_a_value(client, words):
    with refused():
        query(client, words, "pk = sk")


@pytest.mark.parametrize(
    ("condition", "placeholders"),
    [
        ("pk = :p AND begins_with(sk, :s)", {"s": 1}),
        ("pk = :p AND sk < :s", {"s": True}),
        ("pk = :p AND sk < :s", {"s": None}),
        ("pk = :p AND sk BETWEEN :s AND :t", {"s": "b", "t": "a"}),
        ("pk = :p AND sk BETWEEN :s AND :t", {"s": "a", "t": 1}),
    ],
)
def test_faults_of_operands_are_found_before_the_table_is(client, condition, placeholders):
    with refused():
        query(client, "no-such-table", condition, p="a", **placeholders)


@pytest.mark.parametrize(("pk", "sk"), [(1, "x"), ("a", 1), (b"a", "x"), ("a", b"x")])
def test_a_value_of_another_type_than_the_key_is_refused(client, words, pk, sk):
    with refused(containing="Condition parameter type does not match schema type"):
        query(client, words, "pk = :p AND sk = :s", p=pk, s=sk)


def test_a_query_needs_a_key_condition(client, words):
    with refused():
        client.query(TableName=words)


def test_an_empty_key_value_is_refused(client, words):
    with refused(containing="empty string value"):
        query(client, words, "pk = :p", p="")


# Keys of several attributes


@pytest.fixture
def places(client, make_table):
    """An index by (country, city) and then by (street, number, floor)."""
    table = make_table(
        indexes={"places": (["country", "city"], ["street", "house", "floor"], "ALL")},
        types={"house": "N", "floor": "N"},
    )
    rows = [
        ("1", "DE", "Bonn", "Am Hof", 1, 1),
        ("2", "DE", "Bonn", "Am Hof", 1, 2),
        ("3", "DE", "Bonn", "Am Hof", 2, 1),
        ("4", "DE", "Bonn", "Am Hof", 10, 1),
        ("5", "DE", "Bonn", "Bahnhof", 1, 1),
        ("6", "DE", "Köln", "Am Hof", 1, 1),
        ("7", "FR", "Bonn", "Am Hof", 1, 1),
    ]
    for key, country, city, street, house, floor in reversed(rows):
        client.put_item(
            TableName=table,
            Item=item(pk=key, country=country, city=city, street=street, house=house, floor=floor),
        )
    client.put_item(TableName=table, Item=item(pk="8", country="DE", city="Bonn", street="Am Hof", house=1))
    client.put_item(TableName=table, Item=item(pk="9", country="DE", street="Am Hof", house=1, floor=1))
    return table


HERE = "country = :c AND city = :t"


def at(client, places, condition=HERE, **placeholders):
    placeholders = {"c": "DE", "t": "Bonn", **placeholders}
    reply = query(client, places, condition, index="places", **placeholders)
    return [each["pk"]["S"] for each in reply["Items"]]


def test_all_partition_attributes_give_the_partition_in_order(client, places):
    assert at(client, places) == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize(
    ("condition", "placeholders", "expected"),
    [
        ("street = :s", {"s": "Am Hof"}, ["1", "2", "3", "4"]),
        ("street > :s", {"s": "Am Hof"}, ["5"]),
        ("begins_with(street, :s)", {"s": "Am"}, ["1", "2", "3", "4"]),
        ("street = :s AND house = :h", {"s": "Am Hof", "h": 1}, ["1", "2"]),
        ("street = :s AND house > :h", {"s": "Am Hof", "h": 1}, ["3", "4"]),
        ("house > :h AND street = :s", {"s": "Am Hof", "h": 1}, ["3", "4"]),
        ("street = :s AND house BETWEEN :h AND :i", {"s": "Am Hof", "h": 2, "i": 10}, ["3", "4"]),
        ("street = :s AND house = :h AND floor <= :f", {"s": "Am Hof", "h": 1, "f": 1}, ["1"]),
        ("floor = :f AND house = :h AND street = :s", {"s": "Am Hof", "h": 1, "f": 2}, ["2"]),
    ],
)
def test_sort_attributes_form_a_prefix_whose_last_may_be_a_range(
    client, places, condition, placeholders, expected
):
    assert at(client, places, f"{HERE} AND {condition}", **placeholders) == expected
    assert at(client, places, f"{condition} AND {HERE}", **placeholders) == expected


@pytest.mark.parametrize(
    ("condition", "placeholders"),
    [
        ("house = :h", {"h": 1}),
        ("street = :s AND floor = :f", {"s": "Am Hof", "f": 1}),
        ("street > :s AND house = :h", {"s": "A", "h": 1}),
        ("begins_with(street, :s) AND house = :h", {"s": "A", "h": 1}),
    ],
)
def test_a_gap_or_a_range_before_the_last_is_refused(client, places, condition, placeholders):
    with refused():
        at(client, places, f"{HERE} AND {condition}", **placeholders)


def test_every_partition_attribute_must_be_given(client, places):
    with refused(message="Query condition missed key schema element: city"):
        query(client, places, "country = :c", index="places", c="DE")
    with refused():
        query(client, places, "country = :c AND city > :t", index="places", c="DE", t="A")


def test_an_item_that_lacks_any_key_attribute_is_not_indexed(client, places):
    reply = client.scan(TableName=places, IndexName="places")
    assert sorted(each["pk"]["S"] for each in reply["Items"]) == ["1", "2", "3", "4", "5", "6", "7"]


def test_the_filter_may_not_name_a_key_attribute_of_the_index(client, places):
    with refused():
        client.query(
            TableName=places,
            IndexName="places",
            KeyConditionExpression=HERE,
            FilterExpression="floor = :f",
            ExpressionAttributeValues=values(c="DE", t="Bonn", f=1),
        )


@pytest.mark.parametrize("forward", [True, False])
def test_pages_carry_all_key_attributes_and_lose_nothing(client, places, forward):
    request = {
        "TableName": places,
        "IndexName": "places",
        "KeyConditionExpression": HERE,
        "ExpressionAttributeValues": values(c="DE", t="Bonn"),
        "ScanIndexForward": forward,
        "Limit": 1,
    }
    seen = []
    start = {}
    while True:
        reply = client.query(**request, **start)
        seen += [each["pk"]["S"] for each in reply["Items"]]
        if "LastEvaluatedKey" not in reply:
            break
        last = reply["LastEvaluatedKey"]
        assert set(last) == {"pk", "country", "city", "street", "house", "floor"}
        start = {"ExclusiveStartKey": last}
    expected = ["1", "2", "3", "4", "5"]
    assert seen == (expected if forward else expected[::-1])


def test_an_index_key_has_up_to_four_attributes_on_each_side(client, loose, make_table, name):
    hashes, ranges = [f"h{each}" for each in range(4)], [f"r{each}" for each in range(4)]
    table = make_table(indexes={"wide": (hashes, ranges, "KEYS_ONLY")})
    whole = item(**{key: key for key in hashes + ranges})
    client.put_item(TableName=table, Item={**whole, "extra": {"S": "x"}})
    condition = " AND ".join(f"{key} = :{key}" for key in hashes + ranges)
    reply = query(client, table, condition, index="wide", **{key: key for key in hashes + ranges})
    assert reply["Items"] == [whole]
    for faulty in [(hashes + ["h4"], None), (hashes, ranges + ["r4"])]:
        with refused():
            loose.create_table(TableName=name, **schema(indexes={"wide": (*faulty, "ALL")}))


def test_a_table_and_a_local_index_have_keys_of_single_attributes(loose, name):
    with refused():
        loose.create_table(TableName=name, **schema(partition=["a", "b"]))
    with refused():
        loose.create_table(TableName=name, **schema(sort=["s", "t"]))


def test_the_index_is_described_with_all_its_attributes(client, places):
    [index] = client.describe_table(TableName=places)["Table"]["GlobalSecondaryIndexes"]
    assert [each["AttributeName"] for each in index["KeySchema"]] == [
        "country",
        "city",
        "street",
        "house",
        "floor",
    ]
    assert [each["KeyType"] for each in index["KeySchema"]] == ["HASH"] * 2 + ["RANGE"] * 3
