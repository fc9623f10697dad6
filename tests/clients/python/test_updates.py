"""Update expressions: what they do, in which order, and what they refuse."""

import pytest

from items import Typed, binaries, item, number, numbers, strings, value, values
from refusal import refused

INVALID_PATH = "The document path provided in the update expression is invalid for update"
MISSING_OPERAND = "The provided expression refers to an attribute that does not exist in the item"


@pytest.fixture
def put(client, table):
    def put(**attributes):
        client.put_item(TableName=table, Item=item(**attributes))

    return put


@pytest.fixture
def update(client, table):
    """Updates the item and gives what it is then, without its key."""

    def update(expression, names=None, **placeholders):
        request = {"TableName": table, "Key": item(), "UpdateExpression": expression}
        if names:
            request["ExpressionAttributeNames"] = names
        if placeholders:
            request["ExpressionAttributeValues"] = values(**placeholders)
        after = client.update_item(**request, ReturnValues="ALL_NEW").get("Attributes", {})
        after.pop("pk", None)
        return after

    return update


def attributes(**plain):
    return {name: value(each) for name, each in plain.items()}


# Clauses


def test_an_update_without_an_expression_makes_the_bare_item(client, table):
    client.update_item(TableName=table, Key=item())
    assert client.get_item(TableName=table, Key=item())["Item"] == item()


def test_all_clauses_come_in_any_order_and_any_case(put, update):
    put(r=1, n=1, s=strings("a", "b"))
    after = update("delete s :d ADD n :n Remove r SET x = :x", d=strings("a"), n=2, x="new")
    assert after == attributes(s=strings("b"), n=3, x="new")


@pytest.mark.parametrize(
    "text",
    ["SET a = :v SET b = :v", "REMOVE a REMOVE b", "ADD a :v ADD b :v", "SET a = :v REMOVE c SET b = :v"],
)
def test_each_clause_comes_at_most_once(update, text):
    with refused():
        update(text, **({"v": 1} if ":v" in text else {}))


@pytest.mark.parametrize(
    "text",
    [
        "SET",
        "SET a",
        "SET a = ",
        "SET a :v",
        "REMOVE",
        "REMOVE a,",
        "ADD a",
        "ADD a = :v",
        "DELETE a",
        "a = :v",
        "SET :v = a",
    ],
)
def test_a_clause_that_is_cut_short_is_refused(update, text):
    with refused(containing="Invalid UpdateExpression: Syntax error; "):
        update(text, **({"v": 1} if ":v" in text else {}))


# SET


def test_set_takes_values_paths_sums_and_differences(put, update):
    put(a=5, m={"x": [10]})
    after = update("SET b = a, c = a + :one, d = m.x[0] - a, e = :one - :one, m.y = :one", one=1)
    assert after == attributes(a=5, b=5, c=6, d=5, e=0, m={"x": [10], "y": 1})


def test_set_takes_an_operation_in_parentheses(put, update):
    put(c=5)
    assert update("SET c = (c - :v)", v=2) == attributes(c=3)


@pytest.mark.parametrize(
    "text",
    [
        "SET a = b + c + :v",
        "SET a = b * :v",
        "SET a = :v - b + c",
        "SET a = -b",
        "SET a = if_not_exists(b, b + :v)",
        "SET a = list_append(b + :v, c)",
    ],
)
def test_set_takes_one_operator_and_none_within_a_function(update, text):
    with refused(containing="Invalid UpdateExpression: Syntax error; "):
        update(text, **({"v": 1} if ":v" in text else {}))


def test_if_not_exists_keeps_what_is_there(put, update):
    put(a=1, m={"x": 2})
    after = update("SET a = if_not_exists(a, :v), b = if_not_exists(b, :v), c = if_not_exists(m.x, :v)", v=9)
    assert after == attributes(a=1, b=9, c=2, m={"x": 2})


def test_if_not_exists_counts_from_nothing(update):
    assert update("SET n = if_not_exists(n, :zero) + :one", zero=0, one=1) == attributes(n=1)
    assert update("SET n = if_not_exists(n, :zero) + :one", zero=0, one=1) == attributes(n=2)


def test_list_append_joins_two_lists(put, update):
    put(l=[1])
    assert update("SET l = list_append(l, :v)", v=[2, 3])["l"] == value([1, 2, 3])
    assert update("SET l = list_append(:v, l)", v=[0])["l"] == value([0, 1, 2, 3])
    assert update("SET l = list_append(:v, :w)", v=[], w=["x"])["l"] == value(["x"])


def test_functions_nest(put, update):
    put()
    after = update("SET l = list_append(if_not_exists(l, if_not_exists(k, :none)), :a)", none=[], a=[1])
    assert after == attributes(l=[1])


def test_set_replaces_a_value_of_another_type(put, update):
    put(a="text")
    assert update("SET a = :v", v={"x": [1]}) == attributes(a={"x": [1]})


def test_everything_sees_the_item_as_it_was(put, update):
    put(a=1, b=2, c=3)
    after = update("SET a = b, b = a, d = c REMOVE c")
    assert after == attributes(a=2, b=1, d=3)


# Lists


@pytest.mark.parametrize(
    ("before", "text", "placeholders", "after"),
    [
        (["a", "b", "c"], "REMOVE l[0], l[1]", {}, ["c"]),
        (["a", "b", "c"], "REMOVE l[1]", {}, ["a", "c"]),
        (["a", "b", "c"], "REMOVE l[7]", {}, ["a", "b", "c"]),
        (["a", "b", "c"], "REMOVE l[0] SET l[1] = :x", {"x": "X"}, ["X", "c"]),
        (["a", "b", "c"], "SET l[1] = l[0]", {}, ["a", "a", "c"]),
        (["z"], "SET l[9] = :b, l[5] = :a", {"a": "A", "b": "B"}, ["z", "A", "B"]),
        (["z"], "SET l[1] = :a", {"a": "A"}, ["z", "A"]),
        ([], "SET l[0] = :a", {"a": "A"}, ["A"]),
        (["a", "b"], "REMOVE l[0] SET l[2] = :a", {"a": "A"}, ["b", "A"]),
        ([["a", "b"], ["c"]], "REMOVE l[0][1] SET l[1][0] = :a", {"a": "A"}, [["a"], ["A"]]),
    ],
)
def test_indexes_mean_the_list_as_it_was(put, update, before, text, placeholders, after):
    put(l=before)
    assert update(text, **placeholders)["l"] == value(after)


# Paths


@pytest.mark.parametrize(
    ("text", "one", "two"),
    [
        ("SET a = :v, a.b = :v", "[a]", "[a, b]"),
        ("SET a.b = :v, a = :v", "[a, b]", "[a]"),
        ("SET a = :v REMOVE a", "[a]", "[a]"),
        ("SET a[0] = :v, a[0].b = :v", "[a, [0]]", "[a, [0], b]"),
        ("REMOVE a.b SET a.b = :v", "[a, b]", "[a, b]"),
        ("ADD a :v SET a = :v", "[a]", "[a]"),
    ],
)
def test_paths_may_not_overlap(update, text, one, two):
    expected = (
        "Invalid UpdateExpression: Two document paths overlap with each other; "
        "must remove or rewrite one of these paths; path one: "
    )
    with refused(containing=expected) as caught:
        update(text, v=1)
    assert {one, two} == set(
        caught.value.response["Error"]["Message"].split("path one: ")[1].split(", path two: ")
    )


def test_overlapping_paths_are_listed_in_the_order_of_the_request(update):
    expected = (
        "Invalid UpdateExpression: Two document paths overlap with each other; "
        "must remove or rewrite one of these paths; path one: [a], path two: [a, b]"
    )
    with refused(message=expected):
        update("SET a = :v, a.b = :v", v=1)


def test_paths_overlap_behind_their_aliases(update):
    with refused(containing="Two document paths overlap with each other"):
        update("SET #x = :v REMOVE #y", {"#x": "a", "#y": "a"}, v=1)


@pytest.mark.parametrize("text", ["SET a.b = :v, a[0] = :v", "SET a[0] = :v REMOVE a.b.c"])
def test_a_parent_is_no_map_and_list_at_once(update, text):
    with refused(containing="conflict with each other"):
        update(text, v=1)


def test_paths_that_only_share_a_parent_are_fine(put, update):
    put(a={"x": 1, "l": [1, 2]})
    after = update("SET a.x = :v, a.l[0] = :v REMOVE a.l[1]", v=9)
    assert after == attributes(a={"x": 9, "l": [9]})


def test_overlaps_are_found_in_transactions_too(client, table):
    update = {
        "TableName": table,
        "Key": item(),
        "UpdateExpression": "SET a = :v, a.b = :v",
        "ExpressionAttributeValues": values(v=1),
    }
    with refused(containing="Two document paths overlap with each other"):
        client.transact_write_items(TransactItems=[{"Update": update}])


@pytest.mark.parametrize(
    "text",
    [
        "SET nothing.x = :v",
        "SET m.nothing.x = :v",
        "SET s.x = :v",
        "SET l.x = :v",
        "SET m[0] = :v",
        "SET s[0] = :v",
        "SET l[5].x = :v",
        "SET nothing[0] = :v",
    ],
)
def test_a_parent_that_is_missing_or_of_the_wrong_kind_is_refused(put, update, text):
    put(s="text", m={"x": 1}, l=[1])
    with refused(message=INVALID_PATH):
        update(text, v=1)


@pytest.mark.parametrize("text", ["REMOVE nothing.x", "REMOVE s.x", "REMOVE m[0]", "REMOVE l.x"])
def test_removing_below_a_faulty_parent_is_refused_when_there_is_an_item(client, table, put, update, text):
    client.update_item(TableName=table, Key=item(), UpdateExpression=text)
    put(s="text", m={"x": 1}, l=[1])
    with refused(message=INVALID_PATH):
        update(text)


def test_removing_what_is_not_there_is_fine(put, update):
    put(m={"x": 1})
    assert update("REMOVE nothing, m.nothing") == attributes(m={"x": 1})


# Operands


@pytest.mark.parametrize(
    "text",
    [
        "SET a = nothing",
        "SET a = nothing + :v",
        "SET a = :v - m.nothing",
        "SET a = if_not_exists(nothing, nowhere) REMOVE x",
    ],
)
def test_reading_a_missing_attribute_is_refused(put, update, text):
    put(m={}, x=1)
    with refused(message=MISSING_OPERAND):
        update(text, **({"v": 1} if ":v" in text else {}))


def test_list_append_to_a_missing_attribute_is_refused(put, update):
    put()
    with refused(message=MISSING_OPERAND):
        update("SET l = list_append(l, :v)", v=[1])


@pytest.mark.parametrize("stored", ["text", [1], numbers(1), None])
def test_arithmetic_needs_numbers(put, update, stored):
    put(a=stored)
    with refused():
        update("SET b = a + :v", v=1)


@pytest.mark.parametrize("stored", ["text", 1, strings("a"), {"x": 1}])
def test_list_append_needs_lists(put, update, stored):
    put(a=stored)
    with refused():
        update("SET b = list_append(a, :v)", v=[1])


@pytest.mark.parametrize(
    ("text", "given", "named"),
    [
        ("SET a = a + :v", "x", "operand type: S"),
        ("SET a = a - :v", True, "operand type: BOOL"),
        ("SET a = list_append(a, :v)", 1, "operand type: N"),
        ("SET a = list_append(:v, a)", {"x": 1}, "operand type: M"),
        ("ADD a :v", "x", "operand type: STRING"),
        ("ADD a :v", [1], "operand type: LIST"),
        ("ADD a :v", None, "operand type: NULL"),
        ("DELETE a :v", 1, "operand type: NUMBER"),
        ("DELETE a :v", {"x": 1}, "operand type: MAP"),
    ],
)
def test_a_literal_of_the_wrong_type_is_named(update, text, given, named):
    """SET speaks in short codes, ADD and DELETE in long names."""
    with refused(
        containing=["Invalid UpdateExpression: Incorrect operand type for operator or function;", named]
    ):
        update(text, v=given)


# ADD and DELETE


def test_add_counts_from_nothing(update):
    assert update("ADD n :v", v=5) == attributes(n=5)
    assert update("ADD n :v", v=-7) == attributes(n=-2)


def test_add_joins_sets(put, update):
    put(s=strings("a", "b"), m={"n": numbers(1)})
    after = update("ADD s :s, m.n :n, b :b", s=strings("b", "c"), n=numbers(2, "1.0"), b=binaries(b"x"))
    assert after == attributes(s=strings("a", "b", "c"), m={"n": numbers(1, 2)}, b=binaries(b"x"))


def test_add_works_on_nested_numbers(put, update):
    put(m={"x": [1]})
    assert update("ADD m.x[0] :v, m.y :v", v=2) == attributes(m={"x": [3], "y": 2})


@pytest.mark.parametrize(
    ("stored", "given"), [("text", 1), (1, strings("a")), (strings("a"), numbers(1)), ([1], 1), ({}, 1)]
)
def test_add_needs_its_own_type(put, update, stored, given):
    put(a=stored)
    with refused():
        update("ADD a :v", v=given)


def test_delete_takes_members_out(put, update):
    put(s=strings("a", "b", "c"))
    assert update("DELETE s :v", v=strings("a", "x")) == attributes(s=strings("b", "c"))


def test_an_emptied_set_removes_its_attribute(put, update):
    put(s=strings("a"), m={"s": numbers(1), "x": 1})
    assert update("DELETE s :s, m.s :n", s=strings("a"), n=numbers("1.0")) == attributes(m={"x": 1})


def test_an_emptied_set_removes_its_element(put, update):
    put(l=[strings("a"), strings("b"), "c"])
    assert update("DELETE l[0] :v SET l[2] = :x", v=strings("a"), x="X")["l"] == value([strings("b"), "X"])


def test_deleting_from_nothing_is_fine(put, update):
    put(x=1)
    assert update("DELETE s :v", v=strings("a")) == attributes(x=1)


@pytest.mark.parametrize(
    ("stored", "given"), [("text", strings("a")), (numbers(1), strings("a")), ([1], numbers(1))]
)
def test_delete_needs_a_set_of_its_own_type(put, update, stored, given):
    put(a=stored)
    with refused():
        update("DELETE a :v", v=given)


# Keys


@pytest.mark.parametrize("text", ["SET sk = :v", "REMOVE sk", "ADD sk :v", "SET pk = :v", "SET #k = :v"])
def test_a_key_attribute_is_no_target(client, sorted_table, text):
    request = {"TableName": sorted_table, "Key": item(sk="1"), "UpdateExpression": text}
    if ":v" in text:
        request["ExpressionAttributeValues"] = values(v=1)
    if "#k" in text:
        request["ExpressionAttributeNames"] = {"#k": "sk"}
    name = "pk" if "pk" in text else "sk"
    expected = (
        f"One or more parameter values were invalid: Cannot update attribute {name}. "
        "This attribute is part of the key"
    )
    with refused(message=expected):
        client.update_item(**request)


def test_an_index_key_may_be_updated(client, make_table):
    table = make_table(indexes={"by-g": ("g", None, "ALL")})
    client.put_item(TableName=table, Item=item(g="x"))
    client.update_item(
        TableName=table, Key=item(), UpdateExpression="SET g = :v", ExpressionAttributeValues=values(v="y")
    )
    assert client.scan(TableName=table, IndexName="by-g")["Items"] == [item(g="y")]
    client.update_item(TableName=table, Key=item(), UpdateExpression="REMOVE g")
    assert client.scan(TableName=table, IndexName="by-g")["Items"] == []


def test_an_index_key_is_a_scalar(client, make_table):
    table = make_table(indexes={"by-g": ("g", None, "ALL")})
    client.put_item(TableName=table, Item=item(g="x"))
    for text in ["SET g.x = :v", "SET g[0] = :v"]:
        with refused():
            client.update_item(
                TableName=table, Key=item(), UpdateExpression=text, ExpressionAttributeValues=values(v="y")
            )


# Items that are not there


def test_only_removing_from_a_missing_item_makes_none(client, table, update):
    assert update("REMOVE a") == {}
    assert update("DELETE s :v", v=strings("a")) == {}
    assert "Item" not in client.get_item(TableName=table, Key=item())


@pytest.mark.parametrize(("text", "given"), [("SET a = :v", 1), ("ADD a :v", 1), ("ADD a :v", strings("x"))])
def test_setting_or_adding_makes_an_item(client, table, update, text, given):
    update(text, v=given)
    assert client.get_item(TableName=table, Key=item())["Item"] == item(a=given)


def test_a_failed_update_changes_nothing(client, table, put, update):
    put(a=1, s="text")
    with refused():
        update("SET a = :v, b = s + :v", v=1)
    assert client.get_item(TableName=table, Key=item())["Item"] == item(a=1, s="text")


def test_numbers_are_normalised_by_updates_too(update):
    assert update("SET a = :v, s = :s", v=number("1.50e1"), s=Typed(NS=["1e1", "05"])) == {
        "a": {"N": "15"},
        "s": {"NS": ["5", "10"]},
    }
