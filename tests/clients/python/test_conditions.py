"""Conditions and filters: when each is true."""

import pytest

from condition import holds
from items import Typed, binaries, item, nested, number, numbers, strings, values
from refusal import refused


@pytest.fixture
def put(client, table):
    def put(**attributes):
        client.put_item(TableName=table, Item=item(**attributes))

    return put


@pytest.fixture
def true(client, table):
    """Whether a condition is true of the item."""

    def true(condition, **placeholders):
        return holds(client, table, condition, **placeholders)

    return true


# Comparison


@pytest.mark.parametrize(
    ("stored", "operator", "given", "expected"),
    [
        (5, "=", 5, True),
        (5, "=", 6, False),
        (5, "<>", 6, True),
        (5, "<", 6, True),
        (5, "<", 5, False),
        (5, "<=", 5, True),
        (5, ">", 4, True),
        (5, ">=", 5, True),
        (5, ">=", 6, False),
        (10, ">", 9, True),
        ("10", ">", "9", False),
        ("a", "<", "b", True),
        ("a", "<", "aa", True),
        ("\uffff", "<", "\U00010000", True),
        (b"\x7f", "<", b"\x80", True),
        (True, "=", True, True),
        (True, "=", False, False),
        (None, "=", None, True),
        ([1], "=", [1], True),
        ({"a": 1}, "=", {"a": 1}, True),
    ],
)
def test_values_of_one_type_compare(put, true, stored, operator, given, expected):
    put(v=stored)
    assert true(f"v {operator} :x", x=given) is expected


@pytest.mark.parametrize(
    ("operator", "expected"),
    [("=", False), ("<>", True), ("<", False), ("<=", False), (">", False), (">=", False)],
)
def test_values_of_different_types_are_unequal_and_unordered(put, true, operator, expected):
    put(v=5)
    assert true(f"v {operator} :x", x="5") is expected
    assert true(f":x {operator} v", x="5") is expected


@pytest.mark.parametrize(
    ("operator", "expected"),
    [("=", False), ("<>", True), ("<", False), ("<=", False), (">", False), (">=", False)],
)
def test_a_missing_attribute_is_unequal_to_anything(put, true, operator, expected):
    put()
    assert true(f"nothing {operator} :x", x=1) is expected
    assert true(f"nothing {operator} nowhere") is expected


@pytest.mark.parametrize("given", [True, None, [1], {"a": 1}, strings("a"), numbers(1), binaries(b"a")])
@pytest.mark.parametrize("operator", ["<", "<=", ">", ">="])
def test_an_operand_that_has_no_order_is_refused(put, true, given, operator):
    with refused():
        true(f"v {operator} :x", x=given)


@pytest.mark.parametrize("stored", [True, None, [1], {"a": 1}, strings("a")])
def test_a_stored_value_that_has_no_order_does_not_match(put, true, stored):
    put(v=stored, w=stored)
    assert true("v < :x", x=1) is False
    assert true("v >= w") is False
    assert true("v BETWEEN :x AND :y", x=1, y=2) is False


def test_two_attributes_may_be_compared(put, true):
    put(a=1, b=2, m={"x": [3]})
    assert true("a < b")
    assert true("m.x[0] > b")
    assert not true("a = b")


def test_two_values_may_be_compared(put, true):
    assert true(":a < :b", a=1, b=2)
    assert not true(":a > :b", a=1, b=2)


# BETWEEN, IN, and the logic


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(1, 9, True), (5, 5, True), (5, 9, True), (1, 5, True), (6, 9, False), (1, 4, False)],
)
def test_between_includes_its_bounds(put, true, low, high, expected):
    put(v=5)
    assert true("v BETWEEN :low AND :high", low=low, high=high) is expected


def test_between_takes_paths(put, true):
    put(v=5, low=1, high=9)
    assert true("v BETWEEN low AND high")
    assert true(":v BETWEEN low AND high", v=5)
    assert not true("v BETWEEN high AND low")


def test_between_of_another_type_is_false(put, true):
    put(v=5)
    assert true("v BETWEEN :low AND :high", low="1", high="9") is False


def test_in_finds_equal_values(put, true):
    put(v=5, w=7)
    assert true("v IN (:a, :b)", a=1, b=number("5.0"))
    assert true("v IN (w, :a)", a=5)
    assert not true("v IN (:a, :b)", a="5", b=6)
    assert not true("nothing IN (:a)", a=1)
    assert true("v IN (:a)", a=5)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = :t OR a = :f AND a = :f", True),
        ("(a = :t OR a = :f) AND a = :f", False),
        ("NOT a = :f", True),
        ("NOT a = :t OR a = :t", True),
        ("NOT (a = :t OR a = :f)", False),
        ("NOT a = :f AND a = :t", True),
        ("NOT NOT a = :t", True),
        ("NOT a IN (:f) AND a BETWEEN :t AND :t", True),
        ("a = :f OR a = :f OR a = :t", True),
    ],
)
def test_not_binds_tighter_than_and_and_and_tighter_than_or(put, true, text, expected):
    put(a=1)
    placeholders = {name: value for name, value in {"t": 1, "f": 0}.items() if f":{name}" in text}
    assert true(text, **placeholders) is expected


# Functions


def test_existence(put, true):
    put(a=None, m={"x": [1]})
    assert true("attribute_exists(a)")
    assert true("attribute_exists(m.x[0])")
    assert not true("attribute_exists(m.x[1])")
    assert not true("attribute_exists(m.x.y)")
    assert true("attribute_not_exists(b)")
    assert not true("attribute_not_exists(m.x)")


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("S", "x"),
        ("N", 1),
        ("B", b"x"),
        ("BOOL", True),
        ("NULL", None),
        ("L", []),
        ("M", {}),
        ("SS", strings("a")),
        ("NS", numbers(1)),
        ("BS", binaries(b"a")),
    ],
)
def test_attribute_type_knows_all_ten_types(put, true, name, stored):
    put(v=stored)
    assert true("attribute_type(v, :t)", t=name)
    assert not true("attribute_type(v, :t)", t="S" if name != "S" else "N")
    assert not true("attribute_type(nothing, :t)", t=name)


@pytest.mark.parametrize("faulty", ["string", "s", "", "XX"])
def test_an_unknown_type_is_refused(put, true, faulty):
    with refused():
        true("attribute_type(v, :t)", t=faulty)


def test_attribute_type_takes_a_value_and_no_path(put, true):
    with refused():
        true("attribute_type(v, w)")


def test_begins_with(put, true):
    put(s="abc", b=b"\x01\x02", n=123, p="ab")
    assert true("begins_with(s, :x)", x="ab")
    assert true("begins_with(s, :x)", x="")
    assert not true("begins_with(s, :x)", x="bc")
    assert true("begins_with(b, :x)", x=b"\x01")
    assert not true("begins_with(s, :x)", x=b"a")
    assert not true("begins_with(n, :x)", x="1")
    assert not true("begins_with(nothing, :x)", x="a")
    assert true("begins_with(s, p)")


@pytest.mark.parametrize("given", [1, True, None, [], strings("a")])
def test_begins_with_takes_strings_and_binaries_only(put, true, given):
    with refused():
        true("begins_with(s, :x)", x=given)


def test_contains(put, true):
    put(
        s="abc",
        b=b"\x01\x02\x03",
        ss=strings("a", "b"),
        ns=numbers(10, 20),
        bs=binaries(b"a"),
        l=[1, "a", True, {"x": 1}, [2]],
        m={"x": 1},
        n=123,
    )
    assert true("contains(s, :x)", x="bc")
    assert not true("contains(s, :x)", x="ac")
    assert true("contains(b, :x)", x=b"\x02\x03")
    assert true("contains(ss, :x)", x="a")
    assert not true("contains(ss, :x)", x="ab")
    assert true("contains(ns, :x)", x=number("1e1"))
    assert true("contains(bs, :x)", x=b"a")
    assert true("contains(l, :x)", x=number("1.0"))
    assert true("contains(l, :x)", x="a")
    assert true("contains(l, :x)", x={"x": 1})
    assert true("contains(l, :x)", x=[2])
    assert not true("contains(l, :x)", x=2)
    assert not true("contains(m, :x)", x="x")
    assert not true("contains(n, :x)", x="2")
    assert not true("contains(nothing, :x)", x="2")


def test_a_boolean_does_not_contain_itself(put, true):
    put(b=True)
    assert not true("contains(b, :x)", x=True)


@pytest.mark.parametrize(
    ("stored", "size"),
    [
        ("abc", 3),
        ("", 0),
        ("\u00e9", 1),
        ("\U0001f600", 2),
        (b"abcd", 4),
        (strings("a", "bc"), 2),
        (numbers(1, 2, 3), 3),
        (binaries(b"a"), 1),
        ([1, [2, 3]], 2),
        ({"a": 1, "b": {"c": 2}}, 2),
    ],
)
def test_size_counts_utf_16_units_bytes_or_elements(put, true, stored, size):
    put(v=stored)
    assert true("size(v) = :n", n=size)
    assert not true("size(v) <> :n", n=size)
    assert true("size(v) < :n", n=size + 1)
    assert true("size(v) BETWEEN :n AND :n", n=size)
    assert true("size(v) IN (:n)", n=size)


@pytest.mark.parametrize("stored", [5, True, None])
def test_size_of_a_scalar_that_has_none_compares_as_missing(put, true, stored):
    put(v=stored)
    assert not true("size(v) = :n", n=1)
    assert not true("size(v) < :n", n=100)
    assert not true("size(v) >= :n", n=0)
    assert true("size(v) <> :n", n=1)


def test_size_of_a_missing_attribute_compares_as_missing(put, true):
    put()
    assert not true("size(v) >= :n", n=0)
    assert true("size(v) <> :n", n=0)


def test_size_alone_is_no_condition(put, true):
    with refused():
        true("size(v)")
    with refused():
        true("size(v) AND attribute_exists(pk)")


@pytest.mark.parametrize(
    "text", ["attribute_exists(a) = :t", "begins_with(a, :t) <> :t", ":t = contains(a, :t)"]
)
def test_a_function_that_is_true_or_false_cannot_be_compared(put, true, text):
    with refused():
        true(text, t="x")


# Filters


@pytest.fixture
def filled(client, sorted_table):
    for sort in "12345":
        client.put_item(TableName=sorted_table, Item=item(sk=sort, v=int(sort)))
    return sorted_table


def query(client, table, **more):
    given = {**values(p="a"), **more.pop("ExpressionAttributeValues", {})}
    return client.query(
        TableName=table, KeyConditionExpression="pk = :p", ExpressionAttributeValues=given, **more
    )


def test_a_filter_runs_after_the_page_is_cut(client, filled):
    for reply in [
        query(client, filled, FilterExpression="v > :v", ExpressionAttributeValues=values(v=2), Limit=3),
        client.scan(
            TableName=filled, FilterExpression="v > :v", ExpressionAttributeValues=values(v=2), Limit=3
        ),
    ]:
        assert reply["ScannedCount"] == 3
        assert reply["Count"] == 1
        assert [each["v"] for each in reply["Items"]] == [{"N": "3"}]
        assert reply["LastEvaluatedKey"] == item(sk="3")


@pytest.mark.parametrize("name", ["pk", "sk"])
def test_the_filter_of_a_query_names_no_key(client, filled, name):
    with refused(containing="Filter Expression can only contain non-primary key attributes"):
        query(client, filled, FilterExpression=f"attribute_exists({name})")


def test_the_filter_of_a_query_on_an_index_names_no_key_of_the_index(client, make_table):
    table = make_table(sort="sk", indexes={"by-g": ("g", "h", "ALL")})
    client.put_item(TableName=table, Item=item(sk="1", g="x", h="y"))
    request = {
        "TableName": table,
        "IndexName": "by-g",
        "KeyConditionExpression": "g = :g",
        "ExpressionAttributeValues": values(g="x"),
    }
    for name in ["g", "h"]:
        with refused(containing="Filter Expression can only contain non-primary key attributes"):
            client.query(FilterExpression=f"attribute_exists({name})", **request)
    assert client.query(FilterExpression="attribute_exists(pk)", **request)["Count"] == 1


def test_the_filter_of_a_scan_may_name_keys(client, filled):
    reply = client.scan(
        TableName=filled,
        FilterExpression="pk = :p AND sk >= :s",
        ExpressionAttributeValues=values(p="a", s="4"),
    )
    assert [each["sk"]["S"] for each in reply["Items"]] == ["4", "5"]


# Depth


def test_a_condition_takes_values_as_deep_as_an_item_and_no_deeper(client, table):
    for levels in [31, 32]:
        request = {
            "TableName": table,
            "Item": item(),
            "ConditionExpression": "v <> :v",
            "ExpressionAttributeValues": {":v": nested(levels)},
        }
        if levels == 31:
            client.put_item(**request)
        else:
            with refused():
                client.put_item(**request)


def test_a_condition_check_takes_values_one_level_deeper(client, table):
    for levels in [32, 33]:
        check = {
            "TableName": table,
            "Key": item(),
            "ConditionExpression": "v <> :v",
            "ExpressionAttributeValues": {":v": nested(levels)},
        }
        if levels == 32:
            client.transact_write_items(TransactItems=[{"ConditionCheck": check}])
        else:
            with refused():
                client.transact_write_items(TransactItems=[{"ConditionCheck": check}])


# Conditions on writes


def test_a_condition_guards_every_kind_of_write(client, table):
    absent = "attribute_not_exists(pk)"
    client.put_item(TableName=table, Item=item(v=1), ConditionExpression=absent)
    for write in [
        lambda: client.put_item(TableName=table, Item=item(v=2), ConditionExpression=absent),
        lambda: client.delete_item(TableName=table, Key=item(), ConditionExpression=absent),
        lambda: client.update_item(
            TableName=table, Key=item(), UpdateExpression="REMOVE v", ConditionExpression=absent
        ),
    ]:
        with refused("ConditionalCheckFailedException", message="The conditional request failed"):
            write()
    assert client.get_item(TableName=table, Key=item())["Item"] == item(v=1)


def test_a_condition_on_a_missing_item_sees_nothing(client, table):
    with refused("ConditionalCheckFailedException"):
        client.delete_item(TableName=table, Key=item(), ConditionExpression="attribute_exists(pk)")
    client.delete_item(TableName=table, Key=item(), ConditionExpression="attribute_not_exists(pk)")


def test_a_typed_literal_is_compared_by_its_type(put, true):
    put(v=Typed(SS=["a"]))
    assert not true("v = :x", x=["a"])
    assert true("v = :x", x=strings("a"))
