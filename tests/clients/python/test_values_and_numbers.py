"""Attribute values: which are good, how they come back, how they compare."""

import pytest

from condition import holds
from items import Typed, binaries, item, number, numbers, strings, value, values
from refusal import refused


def put(client, table, **attributes):
    client.put_item(TableName=table, Item=item(**attributes))


def get(client, table):
    return client.get_item(TableName=table, Key=item())["Item"]


# Values


@pytest.mark.parametrize(
    "faulty",
    [{"S": "a", "N": "1"}, {}, {"X": "a"}, {"SS": ["a"], "L": []}],
    ids=["two members", "no member", "unknown member", "a set and a list"],
)
def test_a_value_has_exactly_one_member(wire, table, faulty):
    for typed in [faulty, {"M": {"m": faulty}}, {"L": [faulty]}]:
        body = {"TableName": table, "Item": {"pk": {"S": "a"}, "v": typed}}
        reply = wire.post("PutItem", body)
        assert reply.status == 400
    assert wire.post("Scan", {"TableName": table}).json["Count"] == 0


def test_two_members_fail_validation(wire, table):
    body = {"TableName": table, "Item": {"pk": {"S": "a"}, "v": {"S": "a", "N": "1"}}}
    assert wire.post("PutItem", body).error == "ValidationException"


def test_null_is_true(wire, table):
    body = {"TableName": table, "Item": {"pk": {"S": "a"}, "v": {"NULL": False}}}
    assert wire.post("PutItem", body).error == "ValidationException"


def test_empty_strings_and_binaries_are_values(client, table):
    empty = dict(s="", b=b"", l=["", b""], m={"s": ""}, ss=strings("", "a"), bs=binaries(b"", b"a"))
    put(client, table, **empty)
    assert get(client, table) == item(**empty)


@pytest.mark.parametrize(
    ("kind", "empty", "text"), [("S", "", "empty string value"), ("B", b"", "empty binary value")]
)
def test_an_empty_key_is_refused_by_name(client, make_table, kind, empty, text):
    table = make_table(sort="sk", types={"pk": kind, "sk": kind})
    full = {"S": "a", "B": b"a"}[kind]
    for name in ["pk", "sk"]:
        key = {"pk": {kind: full}, "sk": {kind: full}, name: {kind: empty}}
        for call in [
            lambda: client.put_item(TableName=table, Item=key),
            lambda: client.get_item(TableName=table, Key=key),
            lambda: client.delete_item(TableName=table, Key=key),
        ]:
            with refused(containing=[text, name]):
                call()


@pytest.mark.parametrize(
    ("kind", "empty", "text"), [("S", "", "empty string value"), ("B", b"", "empty binary value")]
)
def test_an_empty_index_key_is_refused_by_name(client, make_table, kind, empty, text):
    table = make_table(indexes={"by-g": ("gee", None, "ALL")}, types={"gee": kind})
    with refused(containing=[text, "gee"]):
        put(client, table, gee=empty)


# Sets


@pytest.mark.parametrize(
    ("empty", "message"),
    [
        (Typed(SS=[]), "An string set  may not be empty"),
        (Typed(NS=[]), "An number set  may not be empty"),
        (Typed(BS=[]), "Binary sets should not be empty"),
    ],
    ids=["strings", "numbers", "binaries"],
)
@pytest.mark.parametrize("wrap", [lambda v: v, lambda v: {"m": v}, lambda v: [v]], ids=["top", "map", "list"])
def test_a_set_is_never_empty(client, table, empty, message, wrap):
    with refused(containing=message):
        put(client, table, v=wrap(empty))


@pytest.mark.parametrize("wrap", [lambda v: v, lambda v: {"m": v}, lambda v: [v]], ids=["top", "map", "list"])
def test_a_set_has_no_duplicates(client, table, wrap):
    with refused(containing="Input collection [a, a] contains duplicates."):
        put(client, table, v=wrap(strings("a", "a")))
    with refused(containing="contains duplicates."):
        put(client, table, v=wrap(binaries(b"a", b"a")))


def test_numbers_of_a_set_are_duplicates_by_value(client, table):
    for faulty in [numbers("1", "1"), numbers("1", "1.0"), numbers("100", "1e2"), numbers("0", "-0")]:
        with refused(containing="duplicates"):
            put(client, table, v=faulty)


def test_empty_lists_and_maps_are_values(client, table):
    put(client, table, l=[], m={}, d=[{}, []])
    assert get(client, table) == item(l=[], m={}, d=[{}, []])


def test_sets_come_back_in_order(client, table):
    put(
        client,
        table,
        ss=strings("b", "\u00e9", "B", "a"),
        ns=numbers(10, 9, -1, "0.5"),
        bs=binaries(b"\xff", b"\x00", b"a"),
    )
    got = get(client, table)
    assert got["ss"] == {"SS": ["B", "a", "b", "\u00e9"]}
    assert got["ns"] == {"NS": ["-1", "0.5", "9", "10"]}
    assert got["bs"] == {"BS": [b"\x00", b"a", b"\xff"]}


@pytest.mark.parametrize(
    ("stored", "given"),
    [
        (strings("a", "b"), strings("b", "a")),
        (numbers("1", "2"), numbers("2.0", "1e0")),
        (binaries(b"a", b"b"), binaries(b"b", b"a")),
        ([strings("a", "b")], [strings("b", "a")]),
        ({"m": numbers("10", "2")}, {"m": numbers("2", "1e1")}),
        ({"x": 1, "y": 2}, {"y": 2, "x": 1}),
        ([1, 2], [number("1.0"), number("2e0")]),
    ],
)
def test_values_that_are_equal_compare_equal(client, table, stored, given):
    put(client, table, v=stored)
    assert holds(client, table, "v = :v", v=given)
    assert not holds(client, table, "v <> :v", v=given)


@pytest.mark.parametrize(
    ("stored", "given"),
    [
        ([1, 2], [2, 1]),
        (strings("a", "b"), strings("a")),
        (strings("a", "b"), ["a", "b"]),
        ({"x": 1}, {"x": 1, "y": 2}),
        ("1", 1),
        (numbers("0.123456789012345678"), numbers("0.123456789012345679")),
        (
            numbers("12345678901234567890123456789012345678"),
            numbers("12345678901234567890123456789012345679"),
        ),
    ],
)
def test_values_that_differ_compare_unequal(client, table, stored, given):
    """Numbers differ down to their last digit: nothing is a float."""
    put(client, table, v=stored)
    assert not holds(client, table, "v = :v", v=given)
    assert holds(client, table, "v <> :v", v=given)


# Order of keys


def sort_order(client, table):
    reply = client.query(
        TableName=table, KeyConditionExpression="pk = :p", ExpressionAttributeValues=values(p="a")
    )
    return [each["sk"] for each in reply["Items"]]


def test_strings_sort_by_their_utf_8_bytes(client, sorted_table):
    """UTF-16 would put the astral plane before the last of the basic one."""
    expected = ["\x00", "A", "B", "a", "a\x00", "aa", "\u00e9", "\uffff", "\U00010000"]
    for text in reversed(expected):
        put(client, sorted_table, sk=text)
    assert sort_order(client, sorted_table) == [value(text) for text in expected]


def test_binaries_sort_unsigned(client, make_table):
    table = make_table(sort="sk", types={"sk": "B"})
    expected = [b"\x00", b"\x00\x00", b"\x01", b"\x7f", b"\x80", b"\xff", b"\xff\x00"]
    for data in reversed(expected):
        put(client, table, sk=data)
    assert sort_order(client, table) == [value(data) for data in expected]


def test_numbers_sort_by_value(client, make_table):
    table = make_table(sort="sk", types={"sk": "N"})
    expected = [
        "-9" + "0" * 125,
        "-100",
        "-10.5",
        "-10",
        "-2",
        "-0.5",
        "-0." + "0" * 129 + "1",
        "0",
        "0." + "0" * 129 + "1",
        "0.5",
        "1",
        "1.5",
        "2",
        "9",
        "10",
        "10.00000000000000000000000000000000001",
        "99",
        "100",
        "12345678901234567890123456789012345677",
        "12345678901234567890123456789012345678",
        "9" + "0" * 125,
    ]
    for text in reversed(expected):
        put(client, table, sk=number(text))
    assert sort_order(client, table) == [{"N": text} for text in expected]


# Numbers


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("5", "5"),
        ("+5", "5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1.e5", "100000"),
        ("00042", "42"),
        ("-0", "0"),
        ("-0.0", "0"),
        ("0e0", "0"),
        ("1.50", "1.5"),
        ("1e3", "1000"),
        ("1E+3", "1000"),
        ("1e-3", "0.001"),
        ("-1.5E2", "-150"),
        ("123.4560e1", "1234.56"),
        ("1E125", "1" + "0" * 125),
        ("1E-130", "0." + "0" * 129 + "1"),
        ("-1E-130", "-0." + "0" * 129 + "1"),
        ("9.9999999999999999999999999999999999999E125", "9" * 38 + "0" * 88),
        ("-9.9999999999999999999999999999999999999E125", "-" + "9" * 38 + "0" * 88),
        ("12345678901234567890123456789012345678", "12345678901234567890123456789012345678"),
        ("000012345678901234567890123456789012345678.000", "12345678901234567890123456789012345678"),
        ("0.0e126", "0"),
        ("0e125", "0"),
        ("0e-130", "0"),
    ],
)
def test_a_number_comes_back_in_its_plain_form(client, table, text, canonical):
    put(client, table, n=number(text))
    assert get(client, table)["n"] == {"N": canonical}


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        " 5",
        "5 ",
        "1 2",
        "NaN",
        "Infinity",
        "-Infinity",
        "0x5",
        "1_000",
        "1,000",
        "1e",
        "1e+",
        "+",
        "-",
        ".",
        "-.",
        "1.2.3",
        "--1",
        "e5",
        "five",
        "\u0665",
        "1f",
        "1d",
    ],
)
@pytest.mark.parametrize("wrap", [number, numbers], ids=["a number", "a set"])
def test_what_is_no_number_is_refused(client, table, text, wrap):
    with refused():
        put(client, table, n=wrap(text))


@pytest.mark.parametrize(
    "text", ["1e126", "-1e126", "10e125", "0e126", "1e99999999999999999999", "0e99999999999999999999"]
)
def test_a_number_that_is_too_large_is_refused(client, table, text):
    """Zero counts as if its last digit were a one."""
    with refused(containing="overflow"):
        put(client, table, n=number(text))


@pytest.mark.parametrize("text", ["1e-131", "-1e-131", "0.1e-130", "0e-131", "1e-99999999999999999999"])
def test_a_number_that_is_too_small_is_refused(client, table, text):
    with refused(containing="underflow"):
        put(client, table, n=number(text))


@pytest.mark.parametrize("text", ["1" * 39, "1." + "1" * 38, "1" + "0" * 37 + "1", "-" + "9" * 39])
def test_a_number_with_more_than_38_digits_is_refused(client, table, text):
    with refused(containing="38 significant digits"):
        put(client, table, n=number(text))


def test_a_huge_number_of_digits_is_refused_quickly(client, table):
    with refused():
        put(client, table, n=number("1" * 300_000))


def test_keys_are_one_by_value(client, make_table):
    table = make_table(sort="sk", types={"pk": "N", "sk": "N"})
    for text in ["1000", "1e3", "+1000.0"]:
        client.put_item(TableName=table, Item={"pk": {"N": text}, "sk": {"N": text}, "last": {"S": text}})
    assert client.scan(TableName=table)["Items"] == [
        {"pk": {"N": "1000"}, "sk": {"N": "1000"}, "last": {"S": "+1000.0"}}
    ]
    key = {"pk": {"N": "10e2"}, "sk": {"N": "01000"}}
    assert "Item" in client.get_item(TableName=table, Key=key)


def test_a_batch_of_writes_knows_equal_number_keys_and_a_batch_of_reads_does_not(client, make_table):
    table = make_table(types={"pk": "N"})
    keys = [{"pk": {"N": "10"}}, {"pk": {"N": "1e1"}}]
    with refused(containing="Provided list of item keys contains duplicates"):
        client.batch_write_item(RequestItems={table: [{"PutRequest": {"Item": key}} for key in keys]})
    client.put_item(TableName=table, Item=keys[0])
    client.batch_get_item(RequestItems={table: {"Keys": keys}})


def add(client, table, left, right, operator="+"):
    put(client, table, n=number(left))
    client.update_item(
        TableName=table,
        Key=item(),
        UpdateExpression=f"SET n = n {operator} :v",
        ExpressionAttributeValues=values(v=number(right)),
    )
    return get(client, table)["n"]["N"]


@pytest.mark.parametrize(
    ("left", "operator", "right", "result"),
    [
        ("0.1", "+", "0.2", "0.3"),
        ("1", "-", "1", "0"),
        ("9" * 38, "+", "1", "1" + "0" * 38),
        ("12345678901234567890123456789012345678", "+", "-12345678901234567890123456789012345677", "1"),
        ("1e37", "+", "1", "1" + "0" * 36 + "1"),
        ("1e125", "-", "1e125", "0"),
        ("-5", "-", "-7.25", "2.25"),
        ("0.3", "-", "0.1", "0.2"),
        ("9007199254740993", "+", "0", "9007199254740993"),
    ],
)
def test_arithmetic_is_exact(client, table, left, operator, right, result):
    assert add(client, table, left, right, operator) == result


@pytest.mark.parametrize(
    ("left", "right"),
    [("1e38", "1"), ("1e125", "1"), ("1", "1e-130"), ("9.9e125", "9.9e125"), ("0.1", "1e37")],
)
def test_a_result_that_does_not_fit_fails_instead_of_rounding(client, table, left, right):
    with refused():
        add(client, table, left, right)
    put(client, table, n=number(left))
    before = get(client, table)
    with refused():
        client.update_item(
            TableName=table,
            Key=item(),
            UpdateExpression="ADD n :v",
            ExpressionAttributeValues=values(v=number(right)),
        )
    assert get(client, table) == before


def test_numbers_compare_by_value_whatever_their_spelling(client, table):
    put(client, table, n=number("1000"))
    assert holds(client, table, "n = :v", v=number("1e3"))
    assert holds(client, table, "n < :v", v=number("1000.0000000000000000000000000000000001"))
    assert holds(client, table, "contains(s, :v)", v=number("1e1")) is False
    put(client, table, s=numbers("10", "20"))
    assert holds(client, table, "contains(s, :v)", v=number("1e1"))
