"""The parameters that came before expressions: Expected, AttributeUpdates, KeyConditions, QueryFilter, ScanFilter,
ConditionalOperator and AttributesToGet."""

import uuid

import pytest

from items import Typed, binaries, item, number, numbers, strings, value
from refusal import ENVELOPE, refused

INVALID = "One or more parameter values were invalid: "
CONDITION_FAILED = "ConditionalCheckFailedException"
OPERATORS = (
    "[IN, NULL, BETWEEN, LT, NOT_CONTAINS, EQ, GT, NOT_NULL, NE, LE, BEGINS_WITH, GE, CONTAINS]"
)

# Types that have no order, each with a value.
UNORDERED = {
    "BOOL": True,
    "NULL": None,
    "SS": strings("a"),
    "NS": numbers(1),
    "BS": binaries(b"a"),
    "L": [],
    "M": {},
}


def compare(operator, *operands):
    """An entry of Expected, a filter or KeyConditions."""
    return {"ComparisonOperator": operator, "AttributeValueList": [value(plain) for plain in operands]}


def bare(operator):
    """An entry without a list of values."""
    return {"ComparisonOperator": operator}


def is_(plain):
    return {"Value": value(plain)}


ABSENT = {"Exists": False}


def put(plain):
    return {"Action": "PUT", "Value": value(plain)}


def add(plain):
    return {"Action": "ADD", "Value": value(plain)}


def drop(*plain):
    return {"Action": "DELETE", **({"Value": value(plain[0])} if plain else {})}


def keys(reply, name="pk"):
    return sorted(found[name].get("S") or found[name]["N"] for found in reply["Items"])


def stored(client, table, **key):
    return client.get_item(TableName=table, Key=item(**key), ConsistentRead=True).get("Item")


@pytest.fixture
def holds(client, table):
    """Whether Expected is met, by an update that changes nothing."""

    def holds(**request):
        try:
            client.update_item(TableName=table, Key=item(), **request)
        except client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    return holds


# Comparison operators

COMPARISONS = [
    # EQ and NE take every type, and see what is missing as unequal.
    ("hello", "EQ", ["hello"], True),
    ("hello", "EQ", ["Hello"], False),
    (5, "EQ", [number("5.0")], True),
    (5, "EQ", ["5"], False),
    (b"ab", "EQ", [b"ab"], True),
    (True, "EQ", [True], True),
    (True, "EQ", [False], False),
    (None, "EQ", [None], True),
    (strings("a", "b"), "EQ", [strings("b", "a")], True),
    (numbers(1, 2), "EQ", [Typed(NS=["2.0", "1"])], True),
    (binaries(b"a"), "EQ", [binaries(b"a", b"b")], False),
    ([1, "a"], "EQ", [[1, "a"]], True),
    ([1, "a"], "EQ", [["a", 1]], False),
    ({"a": [1]}, "EQ", [{"a": [1]}], True),
    ("hello", "NE", ["hello"], False),
    ("hello", "NE", ["x"], True),
    ("hello", "NE", [5], True),
    ([1], "NE", [[1]], False),
    # Order is within one type, of those that have one.
    (5, "LT", [10], True),
    (5, "LT", [5], False),
    (5, "LT", ["6"], False),
    ("b", "LT", ["c"], True),
    (b"\x7f", "LT", [b"\x80"], True),
    ([5], "LT", [6], False),
    (5, "LE", [5], True),
    (5, "LE", [4], False),
    ("b", "LE", ["b"], True),
    (5, "GT", [-10], True),
    (5, "GT", [5], False),
    (b"b", "GT", [b"a"], True),
    (5, "GE", [5], True),
    (5, "GE", [6], False),
    ("b", "GE", ["ba"], False),
    (5, "BETWEEN", [5, 10], True),
    (5, "BETWEEN", [1, 5], True),
    (5, "BETWEEN", [6, 10], False),
    (5, "BETWEEN", ["1", "9"], False),
    ("cat", "BETWEEN", ["aardvark", "dog"], True),
    (b"cat", "BETWEEN", [b"aardvark", b"dog"], True),
    # IN asks for the whole value.
    (5, "IN", [4, 5, 6], True),
    (5, "IN", [4], False),
    ("a", "IN", ["a"], True),
    (b"a", "IN", [b"b", b"a"], True),
    (numbers(4, 5), "IN", [4, 5], False),
    # CONTAINS finds parts of text and bytes, and members of sets and lists.
    ("hello", "CONTAINS", ["ell"], True),
    ("hello", "CONTAINS", ["elo"], False),
    ("hello", "CONTAINS", [1], False),
    (b"hello", "CONTAINS", [b"ell"], True),
    (strings("a", "b"), "CONTAINS", ["a"], True),
    (strings("ab"), "CONTAINS", ["a"], False),
    (numbers(1, 2), "CONTAINS", [number("2.0")], True),
    (binaries(b"a"), "CONTAINS", [b"a"], True),
    ([1, "a"], "CONTAINS", ["a"], True),
    ([1, "a"], "CONTAINS", [2], False),
    ({"a": 1}, "CONTAINS", ["a"], False),
    (5, "CONTAINS", [5], False),
    ("hello", "NOT_CONTAINS", ["ell"], False),
    ("hello", "NOT_CONTAINS", ["dog"], True),
    ("hello", "NOT_CONTAINS", [1], True),
    (numbers(1, 2), "NOT_CONTAINS", [2], False),
    (numbers(1, 2), "NOT_CONTAINS", [3], True),
    ([1, "a"], "NOT_CONTAINS", [1], False),
    ([1, "a"], "NOT_CONTAINS", ["b"], True),
    ("hello", "BEGINS_WITH", ["hell"], True),
    ("hello", "BEGINS_WITH", ["ello"], False),
    (b"hello", "BEGINS_WITH", [b"he"], True),
    (5, "BEGINS_WITH", ["5"], False),
    # NULL and NOT_NULL ask for absence and presence, not for the type NULL.
    (None, "NULL", [], False),
    (None, "NOT_NULL", [], True),
    ("", "NOT_NULL", [], True),
]

WHERE_MISSING = [
    ("EQ", [1], False),
    ("NE", [1], True),
    ("LT", [1], False),
    ("LE", [1], False),
    ("GT", [1], False),
    ("GE", [1], False),
    ("BETWEEN", [0, 1], False),
    ("IN", [1], False),
    ("CONTAINS", [1], False),
    ("NOT_CONTAINS", [1], False),
    ("BEGINS_WITH", ["a"], False),
    ("NULL", [], True),
    ("NOT_NULL", [], False),
]


@pytest.mark.parametrize(("kept", "operator", "operands", "expected"), COMPARISONS)
def test_a_condition_and_a_filter_compare_alike(
    client, table, holds, kept, operator, operands, expected
):
    client.put_item(TableName=table, Item=item(v=kept))
    condition = {"v": compare(operator, *operands)}
    assert holds(Expected=condition) is expected
    scanned = client.scan(TableName=table, ScanFilter=condition)
    assert (scanned["Count"], scanned["ScannedCount"]) == (int(expected), 1)


@pytest.mark.parametrize(("operator", "operands", "expected"), WHERE_MISSING)
def test_what_is_missing_is_only_unequal_and_absent(
    client, table, holds, operator, operands, expected
):
    client.put_item(TableName=table, Item=item(other=1))
    condition = {"v": compare(operator, *operands)}
    assert holds(Expected=condition) is expected
    assert client.scan(TableName=table, ScanFilter=condition)["Count"] == int(expected)
    queried = client.query(
        TableName=table, KeyConditions={"pk": compare("EQ", "a")}, QueryFilter=condition
    )
    assert (queried["Count"], queried["ScannedCount"]) == (int(expected), 1)


def each_parameter(client, table):
    """Calls that take a condition on `v`, one for each parameter that has conditions."""
    key = {"pk": compare("EQ", "a")}
    return {
        "put Expected": lambda c: client.put_item(TableName=table, Item=item(), Expected={"v": c}),
        "update Expected": lambda c: client.update_item(
            TableName=table, Key=item(), Expected={"v": c}
        ),
        "delete Expected": lambda c: client.delete_item(
            TableName=table, Key=item(), Expected={"v": c}
        ),
        "KeyConditions": lambda c: client.query(TableName=table, KeyConditions={**key, "v": c}),
        "QueryFilter": lambda c: client.query(
            TableName=table, KeyConditions=key, QueryFilter={"v": c}
        ),
        "ScanFilter": lambda c: client.scan(TableName=table, ScanFilter={"v": c}),
    }


@pytest.mark.parametrize(
    ("operator", "counts"),
    [
        ("EQ", [0, 2]),
        ("NE", [0, 2]),
        ("LE", [0, 2]),
        ("LT", [0, 2]),
        ("GE", [0, 2]),
        ("GT", [0, 2]),
        ("CONTAINS", [0, 2]),
        ("NOT_CONTAINS", [0, 2]),
        ("BEGINS_WITH", [0, 2]),
        ("IN", [0]),
        ("BETWEEN", [0, 1, 3]),
        ("NULL", [1, 2]),
        ("NOT_NULL", [1]),
    ],
)
def test_an_operator_takes_exactly_its_number_of_values(client, table, operator, counts):
    expected = f"{INVALID}Invalid number of argument(s) for the {operator} ComparisonOperator"
    for count in counts:
        for call in each_parameter(client, table).values():
            with refused(message=expected):
                call(compare(operator, *["a"] * count))


@pytest.mark.parametrize("kind", UNORDERED)
@pytest.mark.parametrize(
    "operator", ["LT", "LE", "GT", "GE", "IN", "BETWEEN", "CONTAINS", "NOT_CONTAINS", "BEGINS_WITH"]
)
def test_what_has_no_order_is_only_compared_for_equality(client, table, operator, kind):
    operands = [UNORDERED[kind]] * (2 if operator == "BETWEEN" else 1)
    expected = f"{INVALID}ComparisonOperator {operator} is not valid for {kind} AttributeValue type"
    for call in each_parameter(client, table).values():
        with refused(message=expected):
            call(compare(operator, *operands))


def test_a_number_begins_with_nothing(client, table):
    expected = f"{INVALID}ComparisonOperator BEGINS_WITH is not valid for N AttributeValue type"
    for call in each_parameter(client, table).values():
        with refused(message=expected):
            call(compare("BEGINS_WITH", 1))


@pytest.mark.parametrize("operands", [("IN", "a", 1), ("BETWEEN", 1, "a"), ("IN", 1, 2, b"3")])
def test_values_are_of_one_type(client, table, operands):
    expected = f"{INVALID}AttributeValues inside AttributeValueList must be of same type"
    for call in each_parameter(client, table).values():
        with refused(message=expected):
            call(compare(*operands))


@pytest.mark.parametrize("bounds", [("b", "a"), (10, 9), (b"\x80", b"\x7f")])
def test_bounds_are_in_order(client, table, bounds):
    expected = (
        "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound"
    )
    for call in each_parameter(client, table).values():
        with refused(message=expected):
            call(compare("BETWEEN", *bounds))


@pytest.mark.parametrize("operator", ["eq", "DOG", "", "NOT_IN"])
def test_an_operator_is_one_of_thirteen_in_capitals(loose, table, operator):
    for name, call in each_parameter(loose, table).items():
        parameter = name.split()[-1]
        path = f"{parameter[0].lower()}{parameter[1:]}.v.member.comparisonOperator"
        with refused() as caught:
            call(compare(operator, "a"))
        message = caught.value.response["Error"]["Message"]
        assert message == (
            f"{ENVELOPE}Value '{operator}' at '{path}' failed to satisfy constraint: "
            f"Member must satisfy enum value set: {OPERATORS}"
        )


@pytest.mark.parametrize("parameter", ["KeyConditions", "QueryFilter", "ScanFilter"])
def test_a_filter_and_a_key_condition_need_an_operator(loose, table, parameter):
    path = f"{parameter[0].lower()}{parameter[1:]}.v.member.comparisonOperator"
    with refused(
        message=f"{ENVELOPE}Value null at '{path}' failed to satisfy constraint: Member must not be null"
    ):
        each_parameter(loose, table)[parameter]({"AttributeValueList": [value("a")]})


def test_a_value_that_is_none_is_refused(loose, table):
    for call in each_parameter(loose, table).values():
        with refused(containing="Supplied AttributeValue is empty"):
            call({"ComparisonOperator": "EQ", "AttributeValueList": [{}]})
        with refused(containing="cannot be converted to a numeric value: x"):
            call({"ComparisonOperator": "EQ", "AttributeValueList": [{"N": "x"}]})


def test_names_are_literal(client, table, holds):
    client.put_item(TableName=table, Item=item(**{"m": {"k": "nested"}, "m.k": "dotted", "#n": 1, "size": 2}))
    assert holds(Expected={"m.k": compare("EQ", "dotted")})
    assert not holds(Expected={"m.k": compare("EQ", "nested")})
    assert holds(Expected={"l[0]": bare("NULL"), "#n": is_(1), "size": is_(2)})
    client.update_item(TableName=table, Key=item(), AttributeUpdates={"m.k": put("new"), "a.b": put(1)})
    after = stored(client, table)
    assert (after["m"], after["m.k"], after["a.b"]) == (value({"k": "nested"}), value("new"), value(1))
    shown = client.scan(TableName=table, AttributesToGet=["m.k"], ScanFilter={"a.b": compare("EQ", 1)})
    assert shown["Items"] == [{"m.k": value("new")}]


def test_no_attribute_has_an_empty_name(loose, table):
    for call in (
        lambda: loose.put_item(TableName=table, Item=item(), Expected={"": ABSENT}),
        lambda: loose.update_item(TableName=table, Key=item(), AttributeUpdates={"": put(1)}),
        lambda: loose.scan(TableName=table, ScanFilter={"": bare("NULL")}),
        lambda: loose.query(TableName=table, KeyConditions={"": compare("EQ", "a")}),
    ):
        with refused(message="Empty attribute name"):
            call()
    assert loose.scan(TableName=table)["Count"] == 0


# Expected


@pytest.mark.parametrize(
    ("expectation", "expected"),
    [
        (is_(5), True),
        (is_(6), False),
        (is_("5"), False),
        ({"Value": value(5), "Exists": True}, True),
        ({"Value": value(6), "Exists": True}, False),
        (ABSENT, False),
        ({"Value": value(6), "ComparisonOperator": "LT"}, True),
        ({"Value": value(5), "ComparisonOperator": "LT"}, False),
        (bare("NOT_NULL"), True),
        (bare("NULL"), False),
    ],
)
def test_an_expectation_is_of_a_value_of_absence_or_a_comparison(client, table, holds, expectation, expected):
    client.put_item(TableName=table, Item=item(v=5))
    assert holds(Expected={"v": expectation}) is expected


MALFORMED = [
    ({}, "Value must be provided when Exists is null for Attribute: v"),
    ({"Exists": True}, "Value must be provided when Exists is true for Attribute: v"),
    ({"Exists": False, "Value": value(1)}, "Value cannot be used when Exists is false for Attribute: v"),
    (
        {"AttributeValueList": [value(1)]},
        "AttributeValueList can only be used with a ComparisonOperator for Attribute: v",
    ),
    (
        {"AttributeValueList": [], "Exists": True},
        "AttributeValueList can only be used with a ComparisonOperator for Attribute: v",
    ),
    (
        {**compare("EQ", 1), "Value": value(1)},
        "Value and AttributeValueList cannot be used together for Attribute: v",
    ),
    (
        {"AttributeValueList": [value(1)], "Value": value(1)},
        "Value and AttributeValueList cannot be used together for Attribute: v",
    ),
    (
        {**compare("EQ", 1), "Exists": False},
        "Exists and ComparisonOperator cannot be used together for Attribute: v",
    ),
    (
        {**bare("LT"), "Exists": True},
        "Exists and ComparisonOperator cannot be used together for Attribute: v",
    ),
    (
        bare("LT"),
        "Value or AttributeValueList must be used with ComparisonOperator: LT for Attribute: v",
    ),
    (
        {**bare("BETWEEN"), "Value": value(1)},
        "Invalid number of argument(s) for the BETWEEN ComparisonOperator",
    ),
    ({**bare("NULL"), "Value": value(1)}, "Invalid number of argument(s) for the NULL ComparisonOperator"),
]


@pytest.mark.parametrize(("expectation", "fault"), MALFORMED)
def test_a_malformed_expectation_is_refused_and_never_ignored(client, table, expectation, fault):
    expected = {"Expected": {"v": expectation}}
    # Writes of one item tell a single fault as one of a list.
    message = f"{ENVELOPE}{INVALID}{fault}"
    with refused(message=message):
        client.put_item(TableName=table, Item=item(), **expected)
    with refused(message=message):
        client.update_item(TableName=table, Key=item(), **expected)
    with refused(message=message):
        client.delete_item(TableName=table, Key=item(), **expected)
    with refused(message=message):
        client.put_item(TableName="no-such-table", Item=item(), **expected)
    assert client.scan(TableName=table)["Count"] == 0


def test_a_put_waits_for_what_it_expects(client, table):
    client.put_item(TableName=table, Item=item(v=1), Expected={"pk": ABSENT})
    with refused(CONDITION_FAILED, message="The conditional request failed"):
        client.put_item(TableName=table, Item=item(v=2), Expected={"pk": ABSENT})
    assert stored(client, table) == item(v=1)
    reply = client.put_item(
        TableName=table, Item=item(v=2), Expected={"v": is_(1)}, ReturnValues="ALL_OLD"
    )
    assert reply["Attributes"] == item(v=1)
    assert stored(client, table) == item(v=2)


def test_a_deletion_waits_for_what_it_expects(client, table):
    client.put_item(TableName=table, Item=item(v=1))
    with refused(CONDITION_FAILED):
        client.delete_item(TableName=table, Key=item(), Expected={"v": is_(2)})
    assert stored(client, table) == item(v=1)
    reply = client.delete_item(
        TableName=table, Key=item(), Expected={"v": is_(1)}, ReturnValues="ALL_OLD"
    )
    assert reply["Attributes"] == item(v=1)
    assert stored(client, table) is None
    with refused(CONDITION_FAILED):
        client.delete_item(TableName=table, Key=item(), Expected={"v": bare("NOT_NULL")})


def test_an_update_waits_for_what_it_expects(client, table):
    change = {"AttributeUpdates": {"w": put(1)}}
    with refused(CONDITION_FAILED):
        client.update_item(TableName=table, Key=item(), Expected={"pk": is_("a")}, **change)
    assert stored(client, table) is None
    client.update_item(TableName=table, Key=item(), Expected={"pk": ABSENT}, **change)
    client.update_item(
        TableName=table, Key=item(), Expected={"w": is_(1)}, AttributeUpdates={"w": add(1)}
    )
    assert stored(client, table) == item(w=2)


def test_a_failed_expectation_shows_the_item_if_asked(client, table):
    client.put_item(TableName=table, Item=item(v=1))
    shown = {"Expected": {"v": is_(2)}, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    for call in (
        lambda: client.put_item(TableName=table, Item=item(), **shown),
        lambda: client.update_item(TableName=table, Key=item(), **shown),
        lambda: client.delete_item(TableName=table, Key=item(), **shown),
    ):
        with refused(CONDITION_FAILED) as caught:
            call()
        assert caught.value.response["Item"] == item(v=1)


# ConditionalOperator


@pytest.mark.parametrize(
    ("operator", "first", "second", "expected"),
    [
        (None, 1, 2, True),
        (None, 1, 3, False),
        ("AND", 1, 2, True),
        ("AND", 9, 2, False),
        ("OR", 1, 9, True),
        ("OR", 9, 2, True),
        ("OR", 9, 9, False),
    ],
)
def test_conditions_are_joined_by_and_unless_it_says_or(
    client, table, holds, operator, first, second, expected
):
    client.put_item(TableName=table, Item=item(v=1, w=2))
    joined = {"ConditionalOperator": operator} if operator else {}
    conditions = {"v": compare("EQ", first), "w": compare("EQ", second)}
    assert holds(Expected=conditions, **joined) is expected
    assert holds(Expected={"v": is_(first), "w": is_(second)}, **joined) is expected
    count = int(expected)
    assert client.scan(TableName=table, ScanFilter=conditions, **joined)["Count"] == count
    key = {"pk": compare("EQ", "a")}
    queried = client.query(TableName=table, KeyConditions=key, QueryFilter=conditions, **joined)
    assert queried["Count"] == count


WITHOUT = "ConditionalOperator cannot be used without Filter or Expected"
WITH_ONE = "ConditionalOperator can only be used when Filter or Expected has two or more elements"
ONE = {"a": compare("EQ", "x")}


@pytest.mark.parametrize("operator", ["AND", "OR"])
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda c, t, o: c.scan(TableName=t, **o), WITHOUT),
        (lambda c, t, o: c.scan(TableName=t, ScanFilter={}, **o), WITHOUT),
        (lambda c, t, o: c.scan(TableName=t, AttributesToGet=["a"], **o), WITHOUT),
        (lambda c, t, o: c.scan(TableName=t, ScanFilter=ONE, **o), WITH_ONE),
        (lambda c, t, o: c.query(TableName=t, **o), WITHOUT),
        (lambda c, t, o: c.query(TableName=t, KeyConditions=ONE, **o), WITHOUT),
        (lambda c, t, o: c.query(TableName=t, KeyConditions=ONE, QueryFilter=ONE, **o), WITH_ONE),
        (lambda c, t, o: c.put_item(TableName=t, Item=item(), **o), WITHOUT),
        (lambda c, t, o: c.put_item(TableName=t, Item=item(), Expected={}, **o), WITHOUT),
        (lambda c, t, o: c.put_item(TableName=t, Item=item(), Expected=ONE, **o), WITH_ONE),
        (lambda c, t, o: c.delete_item(TableName=t, Key=item(), **o), WITHOUT),
        (lambda c, t, o: c.delete_item(TableName=t, Key=item(), Expected=ONE, **o), WITH_ONE),
        (lambda c, t, o: c.update_item(TableName=t, Key=item(), **o), WITHOUT),
        (
            lambda c, t, o: c.update_item(
                TableName=t, Key=item(), AttributeUpdates={"a": put(1)}, **o
            ),
            WITHOUT,
        ),
        (lambda c, t, o: c.update_item(TableName=t, Key=item(), Expected=ONE, **o), WITH_ONE),
    ],
)
def test_an_operator_joins_two_conditions_at_least(client, table, operator, call, message):
    with refused(message=message):
        call(client, table, {"ConditionalOperator": operator})
    assert client.scan(TableName=table)["Count"] == 0


@pytest.mark.parametrize("operator", ["and", "XOR", ""])
def test_an_operator_is_and_or_or(loose, table, operator):
    expected = (
        f"{ENVELOPE}Value '{operator}' at 'conditionalOperator' failed to satisfy constraint: "
        "Member must satisfy enum value set: [OR, AND]"
    )
    two = {"a": bare("NULL"), "b": bare("NULL")}
    joined = {"ConditionalOperator": operator}
    with refused(message=expected):
        loose.put_item(TableName=table, Item=item(), Expected=two, **joined)
    with refused(message=expected):
        loose.scan(TableName=table, ScanFilter=two, **joined)


# AttributeUpdates


@pytest.mark.parametrize(
    ("before", "update", "after"),
    [
        (None, put("x"), "x"),
        (None, {"Value": value("x")}, "x"),
        (1, put([1, {"a": None}]), [1, {"a": None}]),
        ("old", put(""), ""),
        (None, add(5), 5),
        (5, add(-7), -2),
        (5, add(number("0.5")), number("5.5")),
        (None, add(strings("a")), strings("a")),
        (strings("a", "b"), add(strings("b", "c")), strings("a", "b", "c")),
        (numbers(1), add(numbers(2)), numbers(1, 2)),
        (binaries(b"a"), add(binaries(b"b")), binaries(b"a", b"b")),
        (None, add(["a", 1]), ["a", 1]),
        (["a"], add(["a", 1]), ["a", "a", 1]),
        (["a"], add([]), ["a"]),
        ("x", drop(), None),
        (None, drop(), None),
        ({"a": 1}, drop(), None),
        (strings("a", "b"), drop(strings("a", "z")), strings("b")),
        (numbers(1, 2), drop(Typed(NS=["1.0"])), numbers(2)),
        (binaries(b"a"), drop(binaries(b"a")), None),
        (strings("a", "b"), drop(strings("b", "a")), None),
        (None, drop(strings("a")), None),
    ],
)
def test_an_attribute_is_put_added_to_or_deleted(client, table, before, update, after):
    held = {} if before is None else {"v": before}
    client.put_item(TableName=table, Item=item(other=1, **held))
    client.update_item(TableName=table, Key=item(), AttributeUpdates={"v": update})
    expected = {} if after is None else {"v": after}
    assert stored(client, table) == item(other=1, **expected)


@pytest.mark.parametrize(
    ("before", "update"),
    [
        ("x", add(1)),
        (1, add(numbers(1))),
        (numbers(1), add(1)),
        (strings("a"), add(numbers(1))),
        (strings("a"), add(["a"])),
        ([1], add(numbers(1))),
        (strings("a"), drop(numbers(1))),
        ([1], drop(numbers(1))),
        (1, drop(numbers(1))),
        (None, add(1)),
    ],
)
def test_what_is_stored_has_the_type_of_what_is_added_or_taken(client, table, before, update):
    client.put_item(TableName=table, Item=item(v=before))
    with refused(message="Type mismatch for attribute to update"):
        client.update_item(
            TableName=table, Key=item(), AttributeUpdates={"v": update, "w": put(1)}
        )
    assert stored(client, table) == item(v=before)


@pytest.mark.parametrize("kind", ["S", "N", "B", "BOOL", "NULL", "L", "M"])
def test_only_members_of_sets_are_taken_out(client, table, kind):
    plain = {"S": "a", "N": 1, "B": b"a", **UNORDERED}[kind]
    with refused(
        message=f"{ENVELOPE}{INVALID}DELETE action with value is not supported for the type {kind}"
    ):
        client.update_item(TableName=table, Key=item(), AttributeUpdates={"v": drop(plain)})


@pytest.mark.parametrize("kind", ["S", "B", "BOOL", "NULL", "M"])
def test_only_numbers_sets_and_lists_are_added(client, table, kind):
    plain = {"S": "a", "B": b"a", **UNORDERED}[kind]
    with refused(message=f"{ENVELOPE}{INVALID}ADD action is not supported for the type {kind}"):
        client.update_item(TableName=table, Key=item(), AttributeUpdates={"v": add(plain)})


@pytest.mark.parametrize("update", [{}, {"Action": "PUT"}, {"Action": "ADD"}])
def test_only_a_deletion_needs_no_value(client, table, update):
    expected = f"{ENVELOPE}{INVALID}Only DELETE action is allowed when no attribute value is specified"
    with refused(message=expected):
        client.update_item(TableName=table, Key=item(), AttributeUpdates={"v": update})
    assert stored(client, table) is None


@pytest.mark.parametrize("action", ["put", "SET", ""])
def test_an_action_is_one_of_three(loose, table, action):
    with refused(
        message=f"{ENVELOPE}Value '{action}' at 'attributeUpdates.v.member.action' failed to satisfy "
        "constraint: Member must satisfy enum value set: [ADD, DELETE, PUT]"
    ):
        loose.update_item(
            TableName=table, Key=item(), AttributeUpdates={"v": {"Action": action, "Value": value(1)}}
        )


def test_several_attributes_change_at_once_and_each_as_it_was(client, table):
    client.put_item(TableName=table, Item=item(a=1, b=strings("x", "y"), c="c", d=[1]))
    client.update_item(
        TableName=table,
        Key=item(),
        AttributeUpdates={
            "a": add(1),
            "b": drop(strings("x")),
            "c": drop(),
            "d": add([2]),
            "e": put(True),
            "f": drop(strings("q")),
        },
    )
    assert stored(client, table) == item(a=2, b=strings("y"), d=[1, 2], e=True)


def test_an_empty_update_makes_the_bare_item(client, table):
    reply = client.update_item(
        TableName=table, Key=item(), AttributeUpdates={}, ReturnValues="ALL_NEW"
    )
    assert reply["Attributes"] == item()
    assert stored(client, table) == item()
    client.put_item(TableName=table, Item=item(v=1))
    client.update_item(TableName=table, Key=item(), AttributeUpdates={}, Expected={})
    assert stored(client, table) == item(v=1)


@pytest.mark.parametrize(
    "updates", [{"a": drop()}, {"a": drop(strings("x"))}, {"a": drop(), "b": drop(numbers(1))}]
)
def test_deletions_alone_make_no_item(client, table, updates):
    reply = client.update_item(
        TableName=table, Key=item(), AttributeUpdates=updates, ReturnValues="ALL_NEW"
    )
    assert "Attributes" not in reply
    assert stored(client, table) is None


def test_deletions_beside_another_action_make_the_item(client, table):
    updates = {"a": drop(), "b": drop(strings("x")), "c": add(5), "d": add(["x"])}
    reply = client.update_item(
        TableName=table, Key=item(), AttributeUpdates=updates, ReturnValues="UPDATED_NEW"
    )
    assert reply["Attributes"] == {"c": value(5), "d": value(["x"])}
    assert stored(client, table) == item(c=5, d=["x"])


@pytest.mark.parametrize(
    ("which", "expected"),
    [
        ("NONE", None),
        ("ALL_OLD", item(a=1, b="x", c=strings("m"), z=0)),
        ("ALL_NEW", item(a=3, d=[1], z=0)),
        ("UPDATED_OLD", {"a": value(1), "b": value("x"), "c": value(strings("m"))}),
        ("UPDATED_NEW", {"a": value(3), "d": value([1])}),
    ],
)
def test_an_update_gives_back_what_it_is_asked_for(client, table, which, expected):
    client.put_item(TableName=table, Item=item(a=1, b="x", c=strings("m"), z=0))
    reply = client.update_item(
        TableName=table,
        Key=item(),
        AttributeUpdates={"a": add(2), "b": drop(), "c": drop(strings("m")), "d": put([1])},
        ReturnValues=which,
    )
    assert reply.get("Attributes") == expected


@pytest.mark.parametrize("update", [put("b"), drop(), add(1)])
@pytest.mark.parametrize("key", ["pk", "sk"])
def test_a_key_attribute_is_not_updated(client, sorted_table, key, update):
    client.put_item(TableName=sorted_table, Item=item(sk="s"))
    with refused(message=f"{INVALID}Cannot update attribute {key}. This attribute is part of the key"):
        client.update_item(
            TableName=sorted_table, Key=item(sk="s"), AttributeUpdates={key: update, "a": put(1)}
        )
    assert stored(client, sorted_table, sk="s") == item(sk="s")


def test_an_index_key_keeps_its_type(client, make_table):
    table = make_table(indexes={"by-g": ("g", None, "ALL")})
    client.update_item(TableName=table, Key=item(), AttributeUpdates={"g": put("x")})
    query = {"TableName": table, "IndexName": "by-g", "KeyConditions": {"g": compare("EQ", "x")}}
    assert client.query(**query)["Items"] == [item(g="x")]
    with refused(containing="Type mismatch for Index Key g Expected: S Actual: N IndexName: by-g"):
        client.update_item(TableName=table, Key=item(), AttributeUpdates={"g": put(1)})
    with refused(containing="cannot contain an empty string value"):
        client.update_item(TableName=table, Key=item(), AttributeUpdates={"g": put("")})
    client.update_item(TableName=table, Key=item(), AttributeUpdates={"g": drop()})
    assert client.query(**query)["Count"] == 0


def test_only_the_finished_item_is_measured(client, table):
    # With an expression, the request itself would already count for more than an item may have.
    spare = 400 * 1024 - len("pk" + "a" + "v")
    client.update_item(TableName=table, Key=item(), AttributeUpdates={"v": put("x" * spare)})
    with refused(containing="Item size to update has exceeded the maximum allowed size"):
        client.update_item(
            TableName=table,
            Key=item(),
            UpdateExpression="SET v = :v",
            ExpressionAttributeValues={":v": value("y" * spare)},
        )
    client.update_item(TableName=table, Key=item(), AttributeUpdates={"v": put("y" * spare)})
    with refused(containing="Item size to update has exceeded the maximum allowed size"):
        client.update_item(TableName=table, Key=item(), AttributeUpdates={"w": put("")})
    assert stored(client, table)["v"] == value("y" * spare)


def test_a_sum_out_of_range_is_refused(client, table):
    client.put_item(TableName=table, Item=item(v=number("9e125")))
    with refused(containing="Number overflow"):
        client.update_item(TableName=table, Key=item(), AttributeUpdates={"v": add(number("9e125"))})


def test_a_list_may_not_grow_too_deep(client, table):
    deep = [1]
    for _ in range(30):
        deep = [deep]
    client.update_item(TableName=table, Key=item(), AttributeUpdates={"v": add(deep)})
    with refused(containing="Nesting Levels have exceeded supported limits"):
        client.update_item(TableName=table, Key=item(), AttributeUpdates={"v": add([deep])})


def test_updates_of_one_counter_all_count(client, table):
    for _ in range(20):
        client.update_item(TableName=table, Key=item(), AttributeUpdates={"n": add(1)})
    assert stored(client, table) == item(n=20)


# KeyConditions


@pytest.fixture(scope="module", params=["S", "N", "B"])
def sorted_items(request, client):
    """A table of twelve items with one partition key, their sort keys of each type in turn."""
    kind = request.param
    table = f"t-{uuid.uuid4().hex}"
    client.create_table(
        TableName=table,
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": kind},
        ],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    spell = {"S": lambda n: f"{n:03}", "N": lambda n: n, "B": lambda n: bytes([n])}[kind]
    for n in range(12):
        client.put_item(TableName=table, Item=item(sk=spell(n), n=n, even=n % 2 == 0))
    client.put_item(TableName=table, Item={**item(sk=spell(3), n=99), "pk": value("z")})
    yield table, spell
    client.delete_table(TableName=table)


def numbers_of(reply):
    return [int(found["n"]["N"]) for found in reply["Items"]]


@pytest.mark.parametrize(
    ("operator", "operands", "expected"),
    [
        ("EQ", [3], [3]),
        ("EQ", [50], []),
        ("LT", [3], [0, 1, 2]),
        ("LE", [3], [0, 1, 2, 3]),
        ("GT", [9], [10, 11]),
        ("GE", [9], [9, 10, 11]),
        ("BETWEEN", [4, 6], [4, 5, 6]),
        ("BETWEEN", [4, 4], [4]),
    ],
)
def test_a_range_of_sort_keys_is_read(client, sorted_items, operator, operands, expected):
    table, spell = sorted_items
    conditions = {"pk": compare("EQ", "a"), "sk": compare(operator, *map(spell, operands))}
    reply = client.query(TableName=table, KeyConditions=conditions)
    assert numbers_of(reply) == expected
    assert reply["ScannedCount"] == len(expected)
    back = client.query(TableName=table, KeyConditions=conditions, ScanIndexForward=False)
    assert numbers_of(back) == expected[::-1]


def test_a_partition_is_read_in_pages(client, sorted_items):
    table, _ = sorted_items
    pages = client.get_paginator("query").paginate(
        TableName=table,
        KeyConditions={"pk": compare("EQ", "a")},
        QueryFilter={"even": compare("EQ", True)},
        PaginationConfig={"PageSize": 5},
    )
    pages = list(pages)
    assert [numbers_of(page) for page in pages[:3]] == [[0, 2, 4], [6, 8], [10]]
    assert [page["ScannedCount"] for page in pages[:3]] == [5, 5, 2]


def test_a_page_may_be_empty_and_go_on(client, sorted_items):
    table, spell = sorted_items
    request = {
        "TableName": table,
        "KeyConditions": {"pk": compare("EQ", "a"), "sk": compare("GE", spell(10))},
        "QueryFilter": {"n": compare("EQ", 11)},
        "Limit": 1,
    }
    first = client.query(**request)
    assert (first["Count"], first["ScannedCount"]) == (0, 1)
    second = client.query(**request, ExclusiveStartKey=first["LastEvaluatedKey"])
    assert numbers_of(second) == [11]


def test_a_scan_with_a_filter_is_read_in_pages(client, table):
    for n in range(20):
        client.put_item(TableName=table, Item={"pk": value(f"k{n:02}"), "n": value(n)})
    pages = client.get_paginator("scan").paginate(
        TableName=table, ScanFilter={"n": compare("LT", 7)}, PaginationConfig={"PageSize": 3}
    )
    pages = list(pages)
    found = sorted(n for page in pages for n in numbers_of(page))
    assert found == list(range(7))
    assert sum(page["ScannedCount"] for page in pages) == 20


def test_text_and_bytes_are_found_by_their_beginning(client, make_table):
    table = make_table(sort="sk")
    for sort in ["a", "ab", "abc", "ac", "b"]:
        client.put_item(TableName=table, Item=item(sk=sort))
    conditions = {"pk": compare("EQ", "a"), "sk": compare("BEGINS_WITH", "ab")}
    assert keys(client.query(TableName=table, KeyConditions=conditions), "sk") == ["ab", "abc"]
    table = make_table(sort="sk", types={"sk": "B"})
    for sort in [b"\x01\x02", b"\xff\x03", b"\xff\xff\xff"]:
        client.put_item(TableName=table, Item=item(sk=sort))
    conditions = {"pk": compare("EQ", "a"), "sk": compare("BEGINS_WITH", b"\xff")}
    found = client.query(TableName=table, KeyConditions=conditions)["Items"]
    assert [found["sk"]["B"] for found in found] == [b"\xff\x03", b"\xff\xff\xff"]


@pytest.mark.parametrize("operator", ["LT", "LE", "GT", "GE", "BEGINS_WITH", "BETWEEN"])
def test_a_partition_key_is_asked_for_by_equality_only(client, table, operator):
    operands = ["a", "b"] if operator == "BETWEEN" else ["a"]
    with refused(message="Query key condition not supported"):
        client.query(TableName=table, KeyConditions={"pk": compare(operator, *operands)})


NOT_INDEXABLE = [
    bare("NULL"),
    bare("NOT_NULL"),
    compare("NE", "a"),
    compare("IN", "a", "b"),
    compare("CONTAINS", "a"),
    compare("NOT_CONTAINS", "a"),
]


@pytest.mark.parametrize("condition", NOT_INDEXABLE)
def test_keys_are_not_found_by_every_operator(client, sorted_table, condition):
    expected = "Attempted conditional constraint is not an indexable operation"
    with refused(message=expected):
        client.query(TableName=sorted_table, KeyConditions={"pk": condition})
    with refused(message=expected):
        client.query(
            TableName=sorted_table, KeyConditions={"pk": compare("EQ", "a"), "sk": condition}
        )
    # A table that is not there comes first, since only its keys make this a fault.
    with refused("ResourceNotFoundException"):
        client.query(TableName="no-such-table", KeyConditions={"pk": condition})


def test_the_conditions_are_on_the_key(client, table, sorted_table):
    equal = compare("EQ", "a")
    with refused(message="Query condition missed key schema element: pk"):
        client.query(TableName=sorted_table, KeyConditions={"sk": equal})
    with refused(message="Query condition missed key schema element: sk"):
        client.query(TableName=sorted_table, KeyConditions={"pk": equal, "x": equal})
    with refused(message="Query condition missed key schema element: sk"):
        client.query(TableName=sorted_table, KeyConditions={"pk": equal, "x": bare("NULL")})
    with refused():
        client.query(TableName=table, KeyConditions={"pk": equal, "x": equal})
    with refused():
        client.query(TableName=sorted_table, KeyConditions={"pk": equal, "sk": equal, "x": equal})


def test_the_values_have_the_types_of_the_keys(client, sorted_table):
    expected = f"{INVALID}Condition parameter type does not match schema type"
    for wrong in (1, b"a", strings("a"), [], True):
        with refused(message=expected):
            client.query(TableName=sorted_table, KeyConditions={"pk": compare("EQ", wrong)})
        with refused(message=expected):
            client.query(
                TableName=sorted_table,
                KeyConditions={"pk": compare("EQ", "a"), "sk": compare("EQ", wrong)},
            )


def test_a_query_needs_a_key_condition(client, table):
    missing = "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."
    with refused(message=missing):
        client.query(TableName=table)
    with refused(message=missing):
        client.query(TableName=table, QueryFilter={"a": bare("NULL")})
    with refused(message="Conditions can be of length 1 or 2 only"):
        client.query(TableName=table, KeyConditions={})


@pytest.fixture
def indexed(client, make_table):
    table = make_table(
        sort="sk",
        local={"local": ("l", "KEYS_ONLY")},
        indexes={"global": ("g", "h", "ALL"), "deep": (["g", "h"], ["x", "y"], "ALL")},
    )
    for n in range(6):
        client.put_item(
            TableName=table,
            Item=item(sk=f"s{n}", l=f"l{5 - n}", g="g", h=f"h{n % 3}", x="x", y=f"y{n}", n=n),
        )
    return table


def test_an_index_is_queried(client, indexed):
    local = client.query(
        TableName=indexed,
        IndexName="local",
        KeyConditions={"pk": compare("EQ", "a"), "l": compare("LT", "l3")},
        QueryFilter={"n": compare("GE", 4)},
        Select="ALL_ATTRIBUTES",
    )
    assert numbers_of(local) == [5, 4]
    reply = client.query(
        TableName=indexed,
        IndexName="global",
        KeyConditions={"g": compare("EQ", "g"), "h": compare("BEGINS_WITH", "h2")},
        AttributesToGet=["n"],
    )
    assert sorted(numbers_of(reply)) == [2, 5]
    deep = client.query(
        TableName=indexed,
        IndexName="deep",
        KeyConditions={
            "g": compare("EQ", "g"),
            "h": compare("EQ", "h1"),
            "x": compare("EQ", "x"),
            "y": compare("GT", "y1"),
        },
    )
    assert numbers_of(deep) == [4]


# QueryFilter and ScanFilter


@pytest.mark.parametrize("name", ["pk", "sk"])
def test_a_query_filter_is_not_for_keys_and_a_scan_filter_is(client, sorted_table, name):
    client.put_item(TableName=sorted_table, Item=item(sk="a"))
    condition = {name: compare("EQ", "a"), "v": bare("NULL")}
    with refused(
        message=f"QueryFilter can only contain non-primary key attributes: Primary key attribute: {name}"
    ):
        client.query(
            TableName=sorted_table, KeyConditions={"pk": compare("EQ", "a")}, QueryFilter=condition
        )
    assert client.scan(TableName=sorted_table, ScanFilter=condition)["Count"] == 1


def test_a_query_filter_is_for_keys_of_what_is_not_queried(client, indexed):
    reply = client.query(
        TableName=indexed,
        IndexName="global",
        KeyConditions={"g": compare("EQ", "g")},
        QueryFilter={"sk": compare("GE", "s4")},
    )
    assert sorted(numbers_of(reply)) == [4, 5]
    with refused(containing="Primary key attribute: h"):
        client.query(
            TableName=indexed,
            IndexName="global",
            KeyConditions={"g": compare("EQ", "g")},
            QueryFilter={"h": bare("NULL")},
        )


def test_an_empty_filter_lets_everything_through(client, table):
    client.put_item(TableName=table, Item=item())
    assert client.scan(TableName=table, ScanFilter={})["Count"] == 1
    key = {"pk": compare("EQ", "a")}
    assert client.query(TableName=table, KeyConditions=key, QueryFilter={})["Count"] == 1
    assert client.put_item(TableName=table, Item=item(v=1), Expected={})
    assert client.delete_item(TableName=table, Key=item(), Expected={})


def test_a_filter_goes_with_segments_limits_and_counts(client, table):
    for n in range(30):
        client.put_item(TableName=table, Item={"pk": value(f"k{n:02}"), "n": value(n)})
    condition = {"n": compare("BETWEEN", 10, 19)}
    replies = [
        client.scan(
            TableName=table, ScanFilter=condition, Segment=segment, TotalSegments=4, Select="COUNT"
        )
        for segment in range(4)
    ]
    assert sum(reply["Count"] for reply in replies) == 10
    assert sum(reply["ScannedCount"] for reply in replies) == 30
    assert all("Items" not in reply for reply in replies)


def test_an_index_is_scanned(client, indexed):
    reply = client.scan(
        TableName=indexed, IndexName="global", ScanFilter={"h": compare("EQ", "h0")}
    )
    assert sorted(numbers_of(reply)) == [0, 3]


# AttributesToGet


def test_attributes_are_chosen_by_name(client, table):
    client.put_item(TableName=table, Item=item(**{"a": 1, "b": 2, "a.b": 3}))
    only = {"AttributesToGet": ["a", "a.b", "nothing"]}
    expected = {"a": value(1), "a.b": value(3)}
    assert client.get_item(TableName=table, Key=item(), **only)["Item"] == expected
    batch = client.batch_get_item(RequestItems={table: {"Keys": [item()], **only}})
    assert batch["Responses"][table] == [expected]
    assert client.scan(TableName=table, **only)["Items"] == [expected]
    key = {"pk": compare("EQ", "a")}
    assert client.query(TableName=table, KeyConditions=key, **only)["Items"] == [expected]


def test_no_attribute_is_chosen_twice(client, table):
    expected = f"{INVALID}Duplicate value in attribute name: a"
    only = {"AttributesToGet": ["a", "b", "a"]}
    key = {"pk": compare("EQ", "a")}
    with refused(message=expected):
        client.get_item(TableName=table, Key=item(), **only)
    with refused(message=expected):
        client.query(TableName=table, KeyConditions=key, **only)


# Both styles at once


def mixed(plain, expressions):
    return (
        "Can not use both expression and non-expression parameters in the same request: "
        f"Non-expression parameters: {{{plain}}} Expression parameters: {{{expressions}}}"
    )


VALUE = {"ExpressionAttributeValues": {":v": value("x")}}
FILTER = {"FilterExpression": "a = :v", **VALUE}
KEY = {"KeyConditionExpression": "pk = :v", **VALUE}
CONDITION = {"ConditionExpression": "attribute_exists(pk)"}
UPDATE = {"UpdateExpression": "SET a = :v", **VALUE}
OLD_UPDATE = {"AttributeUpdates": {"a": put("v")}}
AND = {"ConditionalOperator": "AND"}


@pytest.mark.parametrize(
    ("operation", "request_", "plain", "expressions"),
    [
        ("scan", {**AND, **FILTER}, "ConditionalOperator", "FilterExpression"),
        ("scan", {"ScanFilter": ONE, "ProjectionExpression": "b"}, "ScanFilter", "ProjectionExpression"),
        ("scan", {"AttributesToGet": ["a"], **FILTER}, "AttributesToGet", "FilterExpression"),
        (
            "scan",
            {"AttributesToGet": ["a"], "ScanFilter": ONE, "ProjectionExpression": "b", **AND, **FILTER},
            "AttributesToGet, ScanFilter, ConditionalOperator",
            "ProjectionExpression, FilterExpression",
        ),
        ("query", {**AND, **KEY}, "ConditionalOperator", "KeyConditionExpression"),
        ("query", {"QueryFilter": ONE, **KEY}, "QueryFilter", "KeyConditionExpression"),
        ("query", {"AttributesToGet": ["a"], **KEY}, "AttributesToGet", "KeyConditionExpression"),
        ("query", {"KeyConditions": ONE, **KEY}, "KeyConditions", "KeyConditionExpression"),
        (
            "query",
            {"KeyConditions": ONE, "QueryFilter": ONE, **FILTER},
            "QueryFilter",
            "FilterExpression",
        ),
        (
            "query",
            {"KeyConditions": ONE, "QueryFilter": ONE, "ProjectionExpression": "b", **AND, **FILTER, **KEY},
            "QueryFilter, ConditionalOperator, KeyConditions",
            "ProjectionExpression, FilterExpression, KeyConditionExpression",
        ),
        ("put_item", {**AND, **CONDITION}, "ConditionalOperator", "ConditionExpression"),
        (
            "put_item",
            {"Expected": ONE, **AND, **CONDITION},
            "Expected, ConditionalOperator",
            "ConditionExpression",
        ),
        ("delete_item", {"Expected": {"pk": ABSENT}, **CONDITION}, "Expected", "ConditionExpression"),
        ("update_item", {**OLD_UPDATE, **CONDITION}, "AttributeUpdates", "ConditionExpression"),
        ("update_item", {"Expected": ONE, **UPDATE}, "Expected", "UpdateExpression"),
        # A map without entries is there as far as this goes.
        ("update_item", {"AttributeUpdates": {}, **UPDATE}, "AttributeUpdates", "UpdateExpression"),
        (
            "update_item",
            {**OLD_UPDATE, "Expected": ONE, **AND, **CONDITION, **UPDATE},
            "AttributeUpdates, Expected, ConditionalOperator",
            "UpdateExpression, ConditionExpression",
        ),
        (
            "get_item",
            {"AttributesToGet": ["a"], "ProjectionExpression": "a"},
            "AttributesToGet",
            "ProjectionExpression",
        ),
    ],
)
def test_a_request_keeps_to_one_style(client, table, operation, request_, plain, expressions):
    subject = {
        "scan": {},
        "query": {},
        "put_item": {"Item": item()},
    }.get(operation, {"Key": item()})
    with refused(message=mixed(plain, expressions)):
        getattr(client, operation)(TableName=table, **subject, **request_)
    assert client.scan(TableName=table)["Count"] == 0


def test_key_conditions_go_with_expressions_for_the_rest(client, table):
    client.put_item(TableName=table, Item=item(a="x", b="y"))
    key = {"pk": compare("EQ", "a")}
    reply = client.query(TableName=table, KeyConditions=key, **FILTER)
    assert reply["Count"] == 1
    reply = client.query(TableName=table, KeyConditions=key, ProjectionExpression="a")
    assert reply["Items"] == [{"a": value("x")}]


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("put_item", {"Item": item(), "Expected": {"a": ABSENT}}),
        ("delete_item", {"Key": item(), "Expected": {"a": ABSENT}}),
        ("update_item", {"Key": item(), "AttributeUpdates": {"a": put(1)}}),
        ("scan", {"ScanFilter": {"a": bare("NULL")}}),
        ("query", {"KeyConditions": {"pk": compare("EQ", "a")}}),
    ],
)
def test_placeholders_are_for_expressions_only(client, table, operation, request_):
    with refused(message="ExpressionAttributeNames can only be specified when using expressions"):
        getattr(client, operation)(
            TableName=table, ExpressionAttributeNames={"#a": "a"}, **request_
        )
    with refused(containing="ExpressionAttributeValues can only be specified when using expressions"):
        getattr(client, operation)(TableName=table, **VALUE, **request_)


def test_a_transaction_never_knew_them(wire, client, table):
    client.put_item(TableName=table, Item=item(v=1))
    # What is no member of a request is ignored, there as elsewhere.
    older = {"Expected": {"v": {"Value": {"S": "other"}}}, "ConditionalOperator": "AND"}
    actions = [
        {"Put": {"TableName": table, "Item": {"pk": {"S": "b"}}, **older}},
        {
            "Update": {
                "TableName": table,
                "Key": {"pk": {"S": "a"}},
                "UpdateExpression": "SET w = v",
                "AttributeUpdates": {"v": {"Action": "DELETE"}},
                **older,
            }
        },
    ]
    assert wire.post("TransactWriteItems", {"TransactItems": actions}).status == 200
    assert stored(client, table) == item(v=1, w=1)
    gets = [{"Get": {"TableName": table, "Key": {"pk": {"S": "a"}}, "AttributesToGet": ["v"]}}]
    reply = wire.post("TransactGetItems", {"TransactItems": gets})
    assert set(reply.json["Responses"][0]["Item"]) == {"pk", "v", "w"}


@pytest.mark.parametrize(
    ("parameter", "fault"),
    [
        ({"Expected": []}, "Unrecognized collection type"),
        ({"Expected": "v"}, "Unexpected token received from parser"),
        ({"Expected": {"v": []}}, "Unrecognized collection type"),
        ({"Expected": {"v": "x"}}, "Unexpected value type in payload"),
        ({"Expected": {"v": {"Exists": 1}}}, "NUMBER_VALUE cannot be converted to Boolean"),
        ({"Expected": {"v": {"Exists": "maybe"}}}, "Unexpected token received from parser"),
        ({"Expected": {"v": {"Value": "x"}}}, "Unexpected value type in payload"),
        ({"Expected": {"v": {"AttributeValueList": {}}}}, "Start of structure or map found where not expected"),
        ({"Expected": {"v": {"ComparisonOperator": 1}}}, "NUMBER_VALUE cannot be converted to String"),
        ({"ConditionalOperator": True}, "TRUE_VALUE cannot be converted to String"),
        ({"AttributeUpdates": {"v": {"Action": {}}}}, "Start of structure or map found where not expected"),
        ({"AttributeUpdates": {"v": {"Value": {"N": 1}}}}, "NUMBER_VALUE cannot be converted to String"),
    ],
)
def test_a_wrong_json_type_comes_before_everything(wire, table, parameter, fault):
    body = {"TableName": table, "Key": {"pk": {"S": "a"}}, "UpdateExpression": "nonsense", **parameter}
    reply = wire.post("UpdateItem", body)
    assert (reply.status, reply.error) == (400, "SerializationException")
    assert fault in reply.message


def test_null_is_absence(wire, client, table):
    body = {
        "TableName": table,
        "Key": {"pk": {"S": "a"}},
        "Expected": {"v": {"Exists": False, "Value": None}},
        "AttributeUpdates": {"v": {"Action": None, "Value": {"S": "x"}}, "w": None},
        "ConditionalOperator": None,
        "UpdateExpression": None,
    }
    assert wire.post("UpdateItem", body).status == 200
    assert stored(client, table) == item(v="x")


# What follows from a request


def test_capacity_is_that_of_the_same_request_with_expressions(client, table):
    client.put_item(TableName=table, Item=item(v="x" * 3000))
    total = {"TableName": table, "ReturnConsumedCapacity": "TOTAL"}

    def units(reply):
        return reply["ConsumedCapacity"]["CapacityUnits"]

    key = {"pk": compare("EQ", "a")}
    assert units(client.query(KeyConditions=key, QueryFilter={"v": bare("NULL")}, **total)) == 0.5
    assert units(client.query(KeyConditions=key, ConsistentRead=True, **total)) == 1.0
    assert units(client.scan(ScanFilter={"v": bare("NULL")}, **total)) == 0.5
    assert units(client.update_item(Key=item(), AttributeUpdates={"w": put(1)}, **total)) == 3.0
    assert units(client.put_item(Item=item(), Expected={"w": is_(1)}, **total)) == 3.0
    assert units(client.delete_item(Key=item(), Expected={"w": bare("NULL")}, **total)) == 1.0


def test_a_collection_is_measured(client, make_table):
    table = make_table(sort="sk", local={"local": ("l", "ALL")})
    reply = client.update_item(
        TableName=table,
        Key=item(sk="s"),
        AttributeUpdates={"l": put("x")},
        ReturnItemCollectionMetrics="SIZE",
    )
    assert reply["ItemCollectionMetrics"]["ItemCollectionKey"] == item()
