"""What all kinds of expressions have in common: words, placeholders, hygiene."""

import pathlib

import pytest

from items import item, nested, values
from refusal import refused

RESERVED = (pathlib.Path(__file__).parent / "reserved_words.txt").read_text().split()
KINDS = [
    "ConditionExpression",
    "FilterExpression",
    "ProjectionExpression",
    "KeyConditionExpression",
    "UpdateExpression",
]


def ask(client, table, kind, text, names=None, given=None):
    """Sends an expression of that kind by an operation that takes it."""
    request = {"TableName": table}
    if names is not None:
        request["ExpressionAttributeNames"] = names
    if given is not None:
        request["ExpressionAttributeValues"] = given
    match kind:
        case "ConditionExpression":
            return client.put_item(Item=item(), ConditionExpression=text, **request)
        case "FilterExpression":
            return client.scan(FilterExpression=text, **request)
        case "ProjectionExpression":
            return client.get_item(Key=item(), ProjectionExpression=text, **request)
        case "KeyConditionExpression":
            return client.query(KeyConditionExpression=text, **request)
        case "UpdateExpression":
            return client.update_item(Key=item(), UpdateExpression=text, **request)


# Words


@pytest.mark.parametrize("name", ["a", "A", "a1", "a_b", "Z9_"])
def test_a_bare_name_has_letters_digits_and_underscores(client, table, name):
    ask(client, table, "ProjectionExpression", name)


@pytest.mark.parametrize("name", ["1a", "a-b", "a b", "\u00e9", "a$", "a/b", "@a", "'a'", '"a"'])
def test_any_other_name_needs_a_placeholder(client, table, name):
    client.put_item(TableName=table, Item=item(**{name: "v"}))
    with refused(containing="Syntax error"):
        ask(client, table, "ProjectionExpression", name)
    reply = ask(client, table, "ProjectionExpression", "#n", {"#n": name})
    assert reply["Item"] == {name: {"S": "v"}}


@pytest.mark.parametrize("placeholder", ["#a", "#1", "#_", "#a_1", "#A", "#size"])
def test_a_name_placeholder_has_letters_digits_and_underscores(client, table, placeholder):
    ask(client, table, "ProjectionExpression", placeholder, {placeholder: "x"})


@pytest.mark.parametrize("placeholder", [":a", ":1", ":_", ":a_1", ":A"])
def test_a_value_placeholder_has_letters_digits_and_underscores(client, table, placeholder):
    ask(client, table, "FilterExpression", f"a = {placeholder}", None, {placeholder: {"S": "x"}})


@pytest.mark.parametrize("key", ["a", "", "#", "#a-b", ":a", "##a", "#a "])
def test_a_faulty_key_of_the_names_is_refused(client, table, key):
    with refused(containing="ExpressionAttributeNames"):
        ask(client, table, "ProjectionExpression", "a, #b", {key: "x", "#b": "y"})


@pytest.mark.parametrize("key", ["a", "", ":", ":a-b", "#a", "::a"])
def test_a_faulty_key_of_the_values_is_refused(client, table, key):
    with refused(containing="ExpressionAttributeValues"):
        ask(client, table, "FilterExpression", "a = :b", None, {key: {"S": "x"}, ":b": {"S": "y"}})


def test_a_name_placeholder_is_one_element_whatever_it_contains(client, table):
    client.put_item(TableName=table, Item=item(**{"m.x[0]": "literal", "m": {"x": ["nested"]}}))
    reply = ask(client, table, "ProjectionExpression", "#n", {"#n": "m.x[0]"})
    assert reply["Item"] == {"m.x[0]": {"S": "literal"}}
    reply = ask(client, table, "ProjectionExpression", "m.x[0]")
    assert reply["Item"] == {"m": {"M": {"x": {"L": [{"S": "nested"}]}}}}


def test_every_reserved_word_is_refused_bare(client, table):
    assert len(RESERVED) == 573
    for word in RESERVED:
        with refused(containing="Invalid ProjectionExpression: "):
            ask(client, table, "ProjectionExpression", word)
        with refused(containing="Invalid ProjectionExpression: "):
            ask(client, table, "ProjectionExpression", f"a.{word.lower()}")


def test_every_reserved_word_is_fine_behind_a_placeholder(client, table):
    for start in range(0, len(RESERVED), 100):
        names = {f"#n{index}": word for index, word in enumerate(RESERVED[start : start + 100])}
        ask(client, table, "ProjectionExpression", ", ".join(names), names)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("ConditionExpression", "attribute_exists(status)"),
        ("FilterExpression", "Status = :v"),
        ("ProjectionExpression", "a.name"),
        ("KeyConditionExpression", "hash = :v"),
        ("UpdateExpression", "SET counter = :v"),
    ],
)
def test_a_reserved_word_is_refused_in_every_kind(client, table, kind, text):
    given = values(v=1) if ":v" in text else None
    with refused(containing=[f"Invalid {kind}: ", "reserved keyword"]):
        ask(client, table, kind, text, given=given)


@pytest.mark.parametrize(
    ("kind", "text", "given"),
    [
        ("FilterExpression", "not a BeTween :x and :y Or a iN (:x)", values(x=1, y=2)),
        ("KeyConditionExpression", "pk = :x", values(x="a")),
        (
            "UpdateExpression",
            "sEt a = :x Remove b aDD c :y dElEtE d :z",
            {**values(x=1, y=2), ":z": {"SS": ["a"]}},
        ),
    ],
)
def test_keywords_have_no_case(client, table, kind, text, given):
    ask(client, table, kind, text, given=given)


@pytest.mark.parametrize(
    "text", ["ATTRIBUTE_EXISTS(a)", "Attribute_exists(a)", "SIZE(a) > :v", "Begins_With(a, :v)"]
)
def test_functions_have_a_case(client, table, text):
    given = values(v="x") if ":v" in text else None
    with refused():
        ask(client, table, "FilterExpression", text, given=given)


@pytest.mark.parametrize("text", ["a=:v", " a = :v ", "a\t=\n:v", "(a=:v)AND(b=:v)", "\r\na = :v"])
def test_whitespace_is_free(client, table, text):
    ask(client, table, "FilterExpression", text, given=values(v=1))


# Syntax


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_expression_is_refused(client, table, kind):
    with refused(containing=f"Invalid {kind}: The expression can not be empty;"):
        ask(client, table, kind, "")


@pytest.mark.parametrize("kind", KINDS)
def test_an_expression_of_spaces_ends_too_early(client, table, kind):
    with refused(containing=f'Invalid {kind}: Syntax error; token: "<EOF>", near: "'):
        ask(client, table, kind, "  ")


@pytest.mark.parametrize(
    ("kind", "text", "token"),
    [
        ("ConditionExpression", "a = ", "<EOF>"),
        ("ConditionExpression", "a = :v)", ")"),
        ("FilterExpression", "a == :v", "="),
        ("FilterExpression", "a = :v AND", "<EOF>"),
        ("ProjectionExpression", "a,,b", ","),
        ("ProjectionExpression", "a[x]", "x"),
        ("KeyConditionExpression", "pk = = :v", "="),
        ("UpdateExpression", "SET a = :v,", "<EOF>"),
        ("UpdateExpression", "PUT a", "PUT"),
        ("FilterExpression", "a \u00e9 :v", "\u00e9"),
    ],
)
def test_a_syntax_error_names_its_token(client, table, kind, text, token):
    given = values(v=1) if ":v" in text else None
    with refused(containing=f'Invalid {kind}: Syntax error; token: "{token}", near: "'):
        ask(client, table, kind, text, given=given)


@pytest.mark.parametrize("index", ["01", "00", "-1", "1.0", "#i", ":i", "", "a"])
def test_a_list_index_is_plain_digits(client, table, index):
    with refused():
        ask(client, table, "ProjectionExpression", f"a[{index}]")


@pytest.mark.parametrize("index", ["99999999999", "9" * 30, "9" * 1000])
def test_a_huge_list_index_is_harmless(client, table, index):
    client.put_item(TableName=table, Item=item(a=["x"]))
    try:
        assert ask(client, table, "ProjectionExpression", f"a[{index}]")["Item"] == {}
    except client.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == "ValidationException"


# Placeholders


def test_an_unused_name_is_refused(client, table):
    expected = "Value provided in ExpressionAttributeNames unused in expressions: keys: {#b}"
    with refused(message=expected):
        ask(client, table, "ProjectionExpression", "#a", {"#a": "x", "#b": "y"})


def test_an_unused_value_is_refused(client, table):
    expected = "Value provided in ExpressionAttributeValues unused in expressions: keys: {:b}"
    with refused(message=expected):
        ask(client, table, "FilterExpression", "a = :a", None, values(a=1, b=2))


def test_a_placeholder_that_evaluation_would_not_reach_is_used(client, table):
    """Use is a matter of the text, not of the item."""
    client.put_item(TableName=table, Item=item(x=1))
    client.update_item(
        TableName=table,
        Key=item(),
        ConditionExpression="x = :one OR y = :two",
        UpdateExpression="SET x = if_not_exists(x, :three)",
        ExpressionAttributeValues=values(one=1, two=2, three=3),
    )


@pytest.mark.parametrize("kind", KINDS)
def test_an_undefined_name_is_refused(client, table, kind):
    text = {"ProjectionExpression": "#a", "UpdateExpression": "REMOVE #a"}.get(kind, "#a = pk")
    with refused(containing=[f"Invalid {kind}: ", "#a"]):
        ask(client, table, kind, text)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "ProjectionExpression"])
def test_an_undefined_value_is_refused(client, table, kind):
    text = {"UpdateExpression": "SET a = :v"}.get(kind, "pk = :v")
    with refused(containing=[f"Invalid {kind}: ", ":v"]):
        ask(client, table, kind, text)


def test_placeholders_without_any_expression_are_refused(client, table):
    with refused(containing="ExpressionAttributeNames"):
        client.get_item(TableName=table, Key=item(), ExpressionAttributeNames={"#a": "a"})
    with refused(containing="ExpressionAttributeValues"):
        client.put_item(TableName=table, Item=item(), ExpressionAttributeValues=values(a=1))
    with refused(containing="ExpressionAttributeNames"):
        client.scan(TableName=table, ExpressionAttributeNames={"#a": "a"})


def test_empty_maps_of_placeholders_are_refused(client, table):
    with refused(containing="ExpressionAttributeNames"):
        ask(client, table, "ProjectionExpression", "a", {})
    with refused(containing="ExpressionAttributeValues"):
        ask(client, table, "FilterExpression", "attribute_exists(a)", None, {})


def test_two_expressions_may_share_a_name(client, table):
    client.put_item(TableName=table, Item=item(name="v"))
    reply = client.scan(
        TableName=table,
        FilterExpression="attribute_exists(#n)",
        ProjectionExpression="#n",
        ExpressionAttributeNames={"#n": "name"},
    )
    assert reply["Items"] == [{"name": {"S": "v"}}]


# Parentheses


@pytest.mark.parametrize("kind", ["ConditionExpression", "FilterExpression", "KeyConditionExpression"])
@pytest.mark.parametrize("text", ["((pk = :v))", "(((pk = :v)))"])
def test_redundant_parentheses_are_refused(client, table, kind, text):
    with refused(containing=[f"Invalid {kind}: ", "redundant parentheses"]):
        ask(client, table, kind, text, given=values(v="a"))


@pytest.mark.parametrize("text", ["((a = :v)) AND b = :v", "b = :v OR ((a = :v))", "NOT ((a = :v))"])
def test_redundant_parentheses_are_refused_within_an_expression(client, table, text):
    with refused(containing="redundant parentheses"):
        ask(client, table, "FilterExpression", text, given=values(v="a"))


@pytest.mark.parametrize(
    "text",
    [
        "(a = :v)",
        "((a = :v) AND b = :v)",
        "(NOT (a = :v))",
        "(a) = (:v)",
        "((a = :v) OR (b = :v)) AND (c = :v)",
    ],
)
def test_single_parentheses_are_fine(client, table, text):
    ask(client, table, "FilterExpression", text, given=values(v="a"))


def test_parentheses_are_fine_in_a_key_condition(client, sorted_table):
    for text in ["(pk = :v)", "(pk = :v) AND (sk = :v)", "(pk = :v AND sk = :v)"]:
        ask(client, sorted_table, "KeyConditionExpression", text, given=values(v="a"))


@pytest.mark.parametrize("depth", [400, 1300])
@pytest.mark.parametrize("opening", ["(", "NOT (", "size("])
def test_deep_parentheses_are_harmless(client, wire, table, depth, opening):
    text = opening * (depth // len(opening)) + "a"
    with refused():
        ask(client, table, "FilterExpression", text)
    assert wire.post("ListTables", {}).status == 200


# Faults that need no item


STATIC_FAULTS = [
    ("begins_with(a, :n)", values(n=1)),
    ("a < :b", values(b=True)),
    ("a BETWEEN :n AND :s", values(n=1, s="x")),
    ("a BETWEEN :y AND :x", values(x=1, y=2)),
    ("a = a", None),
    ("a.b[1] < a.b[1]", None),
    ("contains(a, a)", None),
    ("begins_with(a, a)", None),
    ("attribute_type(a, :t)", values(t="string")),
    ("attribute_type(a, :t)", values(t=1)),
    ("attribute_exists(:v)", values(v=1)),
    ("f(a)", None),
    ("size(a)", None),
    ("attribute_exists(a) = :v", values(v=True)),
    ("attribute_exists(a, b)", None),
    ("contains(a)", None),
    ("size(:n) > :n", values(n=1)),
]


@pytest.mark.parametrize(("text", "given"), STATIC_FAULTS)
def test_a_static_fault_is_found_in_an_empty_table(client, table, text, given):
    with refused(containing="Invalid FilterExpression: "):
        ask(client, table, "FilterExpression", text, given=given)


@pytest.mark.parametrize(("text", "given"), STATIC_FAULTS)
def test_a_static_fault_is_found_before_a_missing_table(client, text, given):
    with refused(containing="Invalid ConditionExpression: "):
        ask(client, "no-such-table", "ConditionExpression", text, given=given)


@pytest.mark.parametrize("kind", ["ConditionExpression", "FilterExpression"])
def test_an_unknown_function_is_refused_by_name(client, table, kind):
    with refused(message=f"Invalid {kind}: Invalid function name; function: f"):
        ask(client, table, kind, "f(a)")


def test_an_unknown_function_is_refused_by_name_in_an_update(client, table):
    with refused(message="Invalid UpdateExpression: Invalid function name; function: f"):
        ask(client, table, "UpdateExpression", "SET a = f(b)")


def test_one_alias_of_two_for_one_attribute_makes_operands_identical(client, table):
    with refused(containing="Invalid FilterExpression: "):
        ask(client, table, "FilterExpression", "#a = #b", {"#a": "x", "#b": "x"})


# Styles


def test_expressions_and_other_parameters_do_not_mix(client, table):
    expected = (
        "Can not use both expression and non-expression parameters in the same request: "
        "Non-expression parameters: {AttributesToGet} Expression parameters: {ProjectionExpression}"
    )
    with refused(message=expected):
        client.get_item(TableName=table, Key=item(), AttributesToGet=["a"], ProjectionExpression="a")
    with refused(message=expected):
        client.scan(TableName=table, AttributesToGet=["a"], ProjectionExpression="a")


def test_styles_do_not_mix_across_the_tables_of_a_batch(client, make_table):
    requests = {
        make_table(): {"Keys": [item()], "AttributesToGet": ["a"]},
        make_table(): {"Keys": [item()], "ProjectionExpression": "a"},
    }
    with refused(containing="Can not use both expression and non-expression parameters"):
        client.batch_get_item(RequestItems=requests)


def test_an_expression_value_may_be_as_deep_as_an_item(client, table):
    ask(client, table, "FilterExpression", "a = :v", given={":v": nested(31)})
    with refused():
        ask(client, table, "FilterExpression", "a = :v", given={":v": nested(32)})


@pytest.mark.parametrize(
    "faulty",
    [{"SS": []}, {"SS": ["a", "a"]}, {"N": "x"}, {"NULL": False}, {"M": {"": {"S": "x"}}}, {"N": "1e126"}],
)
def test_a_faulty_expression_value_is_refused(loose, table, faulty):
    with refused():
        ask(loose, table, "FilterExpression", "a = :v", given={":v": faulty})
