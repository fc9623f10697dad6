"""What a write gives back."""

import pytest

from items import item, strings, value, values
from refusal import refused


def updated(client, table, which, expression, **placeholders):
    """The Attributes of the reply, or None."""
    request = {"TableName": table, "Key": item(), "UpdateExpression": expression, "ReturnValues": which}
    if placeholders:
        request["ExpressionAttributeValues"] = values(**placeholders)
    return client.update_item(**request).get("Attributes")


def bare(reply):
    """The reply without what the SDK adds."""
    return {name: member for name, member in reply.items() if name != "ResponseMetadata"}


def test_a_plain_success_says_nothing(client, table):
    assert bare(client.put_item(TableName=table, Item=item(v=1))) == {}
    assert bare(client.put_item(TableName=table, Item=item(v=2), ReturnValues="NONE")) == {}
    assert bare(client.update_item(TableName=table, Key=item())) == {}
    assert bare(client.delete_item(TableName=table, Key=item())) == {}
    assert bare(client.get_item(TableName=table, Key=item())) == {}


def test_put_and_delete_give_the_old_item(client, table):
    first = client.put_item(TableName=table, Item=item(v=1), ReturnValues="ALL_OLD")
    assert "Attributes" not in first
    second = client.put_item(TableName=table, Item=item(w=2), ReturnValues="ALL_OLD")
    assert second["Attributes"] == item(v=1)
    third = client.delete_item(TableName=table, Key=item(), ReturnValues="ALL_OLD")
    assert third["Attributes"] == item(w=2)
    fourth = client.delete_item(TableName=table, Key=item(), ReturnValues="ALL_OLD")
    assert "Attributes" not in fourth


@pytest.mark.parametrize("which", ["ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"])
def test_put_and_delete_give_nothing_else(client, table, which):
    expected = "ReturnValues can only be ALL_OLD or NONE"
    with refused(message=expected):
        client.put_item(TableName=table, Item=item(), ReturnValues=which)
    with refused(message=expected):
        client.delete_item(TableName=table, Key=item(), ReturnValues=which)


@pytest.mark.parametrize("which", ["", "all_old", "EVERYTHING"])
def test_an_unknown_form_is_refused(loose, table, which):
    with refused():
        loose.update_item(TableName=table, Key=item(), ReturnValues=which)
    with refused():
        loose.put_item(TableName=table, Item=item(), ReturnValues=which)


@pytest.mark.parametrize(
    ("which", "expected"),
    [
        ("NONE", None),
        ("ALL_OLD", item(a=1, b=2, r=3)),
        ("ALL_NEW", item(a=10, b=2, n=5)),
        ("UPDATED_OLD", {"a": value(1), "r": value(3)}),
        ("UPDATED_NEW", {"a": value(10), "n": value(5)}),
    ],
)
def test_update_gives_all_five_forms(client, table, which, expected):
    client.put_item(TableName=table, Item=item(a=1, b=2, r=3))
    assert updated(client, table, which, "SET a = :a, n = :n REMOVE r", a=10, n=5) == expected


def test_nothing_to_give_means_no_member(client, table):
    assert updated(client, table, "ALL_OLD", "SET a = :a", a=1) is None
    assert updated(client, table, "UPDATED_OLD", "SET b = :b", b=1) is None
    assert updated(client, table, "UPDATED_NEW", "REMOVE b") is None


def test_an_update_that_made_nothing_gives_nothing(client, table):
    assert updated(client, table, "ALL_NEW", "REMOVE a") is None
    assert updated(client, table, "UPDATED_NEW", "DELETE s :v", v=strings("a")) is None


def test_only_the_touched_paths_come_back_in_their_places(client, table):
    client.put_item(TableName=table, Item=item(m={"x": 1, "y": 2, "z": {"p": 3, "q": 4}}))
    new = updated(client, table, "UPDATED_NEW", "SET m.x = :v, m.z.p = :v", v=9)
    assert new == {"m": value({"x": 9, "z": {"p": 9}})}
    old = updated(client, table, "UPDATED_OLD", "SET m.y = :v REMOVE m.z.q", v=8)
    assert old == {"m": value({"y": 2, "z": {"q": 4}})}


def test_touched_elements_of_a_list_are_packed(client, table):
    client.put_item(TableName=table, Item=item(l=["a", "b", "c", "d"]))
    assert updated(client, table, "UPDATED_OLD", "SET l[3] = :x, l[1] = :y", x="D", y="B") == {
        "l": value(["b", "d"])
    }
    assert updated(client, table, "UPDATED_NEW", "SET l[2] = :x, l[0] = :y", x="C", y="A") == {
        "l": value(["A", "C"])
    }


def test_what_was_removed_is_in_the_old_values_only(client, table):
    client.put_item(TableName=table, Item=item(a=1, b=2))
    assert updated(client, table, "UPDATED_NEW", "SET a = :v REMOVE b", v=3) == {"a": value(3)}
    client.put_item(TableName=table, Item=item(a=1, b=2))
    assert updated(client, table, "UPDATED_OLD", "SET a = :v, c = :v REMOVE b", v=3) == {
        "a": value(1),
        "b": value(2),
    }


def test_an_element_beyond_the_end_is_not_among_the_new_values(client, table):
    client.put_item(TableName=table, Item=item(l=["a"]))
    assert not updated(client, table, "UPDATED_NEW", "SET l[9] = :v", v="b")
    assert client.get_item(TableName=table, Key=item())["Item"]["l"] == value(["a", "b"])


def test_a_removed_element_gives_the_one_that_took_its_place(client, table):
    client.put_item(TableName=table, Item=item(l=["a", "b", "c"]))
    assert updated(client, table, "UPDATED_NEW", "REMOVE l[1]") == {"l": value(["c"])}


def test_adding_and_deleting_give_their_paths(client, table):
    client.put_item(TableName=table, Item=item(n=1, s=strings("a", "b")))
    new = updated(client, table, "UPDATED_NEW", "ADD n :n DELETE s :s", n=2, s=strings("a"))
    assert new == {"n": value(3), "s": {"SS": ["b"]}}


# Failed conditions


def failing_writes(client, table, **more):
    condition = {"ConditionExpression": "v = :v", "ExpressionAttributeValues": values(v="no"), **more}
    return [
        lambda: client.put_item(TableName=table, Item=item(), **condition),
        lambda: client.update_item(TableName=table, Key=item(), **condition),
        lambda: client.delete_item(TableName=table, Key=item(), **condition),
    ]


def test_a_failed_condition_returns_the_item_when_asked(client, table):
    client.put_item(TableName=table, Item=item(v="yes", w=1))
    for write in failing_writes(client, table, ReturnValuesOnConditionCheckFailure="ALL_OLD"):
        with refused("ConditionalCheckFailedException") as caught:
            write()
        assert caught.value.response["Item"] == item(v="yes", w=1)


def test_a_failed_condition_returns_no_item_unasked(client, table):
    client.put_item(TableName=table, Item=item(v="yes"))
    for more in [{}, {"ReturnValuesOnConditionCheckFailure": "NONE"}]:
        for write in failing_writes(client, table, **more):
            with refused("ConditionalCheckFailedException") as caught:
                write()
            assert "Item" not in caught.value.response


def test_a_failed_condition_returns_no_item_when_there_is_none(client, table):
    for write in failing_writes(client, table, ReturnValuesOnConditionCheckFailure="ALL_OLD"):
        with refused("ConditionalCheckFailedException") as caught:
            write()
        assert "Item" not in caught.value.response


@pytest.mark.parametrize("which", ["ALL_NEW", "UPDATED_OLD", "", "x"])
def test_another_value_on_failure_is_refused(loose, table, which):
    for write in failing_writes(loose, table, ReturnValuesOnConditionCheckFailure=which):
        with refused():
            write()


# Item collections


def test_the_size_of_an_item_collection_is_told_where_there_is_a_local_index(client, make_table):
    table = make_table(sort="sk", local={"by-l": ("l", "ALL")})
    expected = {"ItemCollectionKey": {"pk": {"S": "a"}}, "SizeEstimateRangeGB": [0.0, 1.0]}
    one = item(sk="1")
    size = {"ReturnItemCollectionMetrics": "SIZE"}
    assert client.put_item(TableName=table, Item=one, **size)["ItemCollectionMetrics"] == expected
    assert client.update_item(TableName=table, Key=one, **size)["ItemCollectionMetrics"] == expected
    assert client.delete_item(TableName=table, Key=one, **size)["ItemCollectionMetrics"] == expected
    batch = {table: [{"PutRequest": {"Item": one}}]}
    reply = client.batch_write_item(RequestItems=batch, **size)
    assert reply["ItemCollectionMetrics"] == {table: [expected]}
    put = {"Put": {"TableName": table, "Item": one}}
    reply = client.transact_write_items(TransactItems=[put], **size)
    assert reply["ItemCollectionMetrics"] == {table: [expected]}
    assert "ItemCollectionMetrics" not in client.put_item(TableName=table, Item=one)


def test_without_a_local_index_there_is_no_size_of_an_item_collection(client, make_table):
    table = make_table(sort="sk", indexes={"by-g": ("g", None, "ALL")})
    reply = client.put_item(TableName=table, Item=item(sk="1"), ReturnItemCollectionMetrics="SIZE")
    assert "ItemCollectionMetrics" not in reply


# Reads that match nothing


def test_a_projection_that_matches_nothing_gives_an_empty_item(client, table):
    client.put_item(TableName=table, Item=item(v=1))
    nothing = {"ProjectionExpression": "nothing"}
    assert client.get_item(TableName=table, Key=item(), **nothing)["Item"] == {}
    assert client.scan(TableName=table, **nothing)["Items"] == [{}]
    batch = {table: {"Keys": [item()], **nothing}}
    assert client.batch_get_item(RequestItems=batch)["Responses"] == {table: [{}]}
    query = {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": values(p="a")}
    assert client.query(TableName=table, **query, **nothing)["Items"] == [{}]


def test_a_projection_that_matches_nothing_gives_no_item_in_a_transaction(client, table):
    client.put_item(TableName=table, Item=item(v=1))
    get = {"TableName": table, "Key": item(), "ProjectionExpression": "nothing"}
    assert client.transact_get_items(TransactItems=[{"Get": get}])["Responses"] == [{}]
