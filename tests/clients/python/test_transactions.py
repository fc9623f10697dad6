"""TransactGetItems and TransactWriteItems."""

import threading
import uuid

import pytest

from items import item, nested, value, values
from refusal import refused

FAILED = {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}
INNOCENT = {"Code": "None"}


def put(table, plain=None, **more):
    return {"Put": {"TableName": table, "Item": plain or item(), **more}}


def update(table, key, expression, **placeholders):
    action = {"TableName": table, "Key": key, "UpdateExpression": expression}
    if placeholders:
        action["ExpressionAttributeValues"] = values(**placeholders)
    return {"Update": action}


def delete(table, key, **more):
    return {"Delete": {"TableName": table, "Key": key, **more}}


def check(table, key, condition, **more):
    return {"ConditionCheck": {"TableName": table, "Key": key, "ConditionExpression": condition, **more}}


def get(table, key, **more):
    return {"Get": {"TableName": table, "Key": key, **more}}


def cancelled(client, *actions, **more):
    """The reasons that a transaction is cancelled for, and its message checked against them."""
    with pytest.raises(client.exceptions.TransactionCanceledException) as caught:
        client.transact_write_items(TransactItems=list(actions), **more)
    reasons = caught.value.response["CancellationReasons"]
    codes = ", ".join(reason["Code"] for reason in reasons)
    assert caught.value.response["Error"]["Message"] == (
        f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
    )
    assert len(reasons) == len(actions)
    return reasons


# All or nothing


def test_a_transaction_does_all_of_its_actions(client, make_table):
    one, two = make_table(), make_table(sort="sk")
    client.put_item(TableName=one, Item=item(pk="old"))
    client.put_item(TableName=one, Item=item(pk="counted", n=1))
    client.put_item(TableName=two, Item=item(sk="1"))
    client.transact_write_items(
        TransactItems=[
            put(one, item(pk="new")),
            update(one, item(pk="counted"), "ADD n :v", v=1),
            delete(one, item(pk="old")),
            check(two, item(sk="1"), "attribute_exists(pk)"),
            put(two, item(sk="2")),
        ]
    )
    found = sorted(client.scan(TableName=one)["Items"], key=str)
    assert found == sorted([item(pk="new"), item(pk="counted", n=2)], key=str)
    assert client.scan(TableName=two)["Count"] == 2


def test_a_cancelled_transaction_does_nothing(client, table):
    client.put_item(TableName=table, Item=item(pk="kept", n=1))
    reasons = cancelled(
        client,
        put(table, item(pk="new")),
        update(table, item(pk="kept"), "ADD n :v", v=1),
        check(table, item(pk="missing"), "attribute_exists(pk)"),
    )
    assert reasons == [INNOCENT, INNOCENT, FAILED]
    assert client.scan(TableName=table)["Items"] == [item(pk="kept", n=1)]


def test_a_transaction_keeps_indexes_in_step(client, make_table):
    table = make_table(indexes={"by-g": ("g", None, "ALL")})
    client.transact_write_items(TransactItems=[put(table, item(g="x")), put(table, item(pk="b"))])
    assert client.scan(TableName=table, IndexName="by-g")["Items"] == [item(g="x")]
    cancelled(
        client,
        delete(table, item()),
        check(table, item(pk="b"), "attribute_not_exists(pk)"),
    )
    assert client.scan(TableName=table, IndexName="by-g")["Items"] == [item(g="x")]


# Reasons


def test_every_failed_action_has_its_reason_in_its_place(client, table):
    client.put_item(TableName=table, Item=item(v=1))
    absent = {"ConditionExpression": "attribute_not_exists(pk)"}
    reasons = cancelled(
        client,
        put(table, item(v=2), **absent),
        put(table, item(pk="b")),
        check(table, item(pk="c"), "attribute_exists(pk)"),
    )
    assert reasons == [FAILED, INNOCENT, FAILED]


def test_a_reason_carries_the_item_when_asked(client, table):
    for key in "abcd":
        client.put_item(TableName=table, Item=item(pk=key, v=1))
    failing = {
        "ConditionExpression": "attribute_not_exists(pk)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    changed = update(table, item(pk="b"), "REMOVE v")
    changed["Update"].update(failing)
    checked = {"TableName": table, "Key": item(pk="d"), **failing}
    reasons = cancelled(
        client,
        put(table, item(pk="a"), **failing),
        changed,
        delete(table, item(pk="c"), **failing),
        {"ConditionCheck": checked},
    )
    assert reasons == [{**FAILED, "Item": item(pk=key, v=1)} for key in "abcd"]


def test_a_reason_carries_no_item_when_there_is_none(client, table):
    missing = check(table, item(), "attribute_exists(pk)", ReturnValuesOnConditionCheckFailure="ALL_OLD")
    assert cancelled(client, missing) == [FAILED]


def test_a_key_that_does_not_fit_cancels(client, table):
    [reason] = cancelled(client, delete(table, item(pk=1)))
    assert reason["Code"] == "ValidationError"
    assert reason["Message"] == "The provided key element does not match the schema"


def test_an_item_whose_key_does_not_fit_cancels(client, table):
    [reason] = cancelled(client, put(table, item(pk=1)))
    assert reason["Code"] == "ValidationError"
    assert "Type mismatch for key" in reason["Message"]


def test_an_index_key_of_the_wrong_type_cancels(client, make_table):
    table = make_table(indexes={"by-g": ("g", None, "ALL")})
    [reason] = cancelled(client, put(table, item(g=1)))
    assert reason["Code"] == "ValidationError"
    [reason] = cancelled(client, update(table, item(), "SET g = :v", v=1))
    assert reason["Code"] == "ValidationError"


def test_an_update_that_nests_too_deep_cancels(client, table):
    client.put_item(TableName=table, Item={**item(), "v": nested(31)})
    path = ".".join(["v"] + ["m"] * 31)
    [reason] = cancelled(client, update(table, item(), f"SET {path} = :v", v={"deeper": 1}))
    assert reason["Code"] == "ValidationError"


def test_faults_are_found_before_conditions_are_asked(client, table):
    reasons = cancelled(
        client,
        check(table, item(pk="missing"), "attribute_exists(pk)"),
        delete(table, item(pk=1)),
    )
    assert [reason["Code"] for reason in reasons] == ["None", "ValidationError"]


def test_a_fault_of_evaluation_cancels(client, table):
    client.put_item(TableName=table, Item=item(s="text"))
    reasons = cancelled(client, put(table, item(pk="b")), update(table, item(), "SET s = s + :v", v=1))
    assert [reason["Code"] for reason in reasons] == ["None", "ValidationError"]


# Refused up front


def test_an_element_has_one_action(loose, table):
    expected = "TransactItems can only contain one of Check, Put, Update or Delete"
    with refused(containing=expected):
        loose.transact_write_items(TransactItems=[{**put(table), **delete(table, item(pk="b"))}])
    with refused():
        loose.transact_write_items(TransactItems=[{}])


def test_an_item_has_one_action(client, table):
    expected = "Transaction request cannot include multiple operations on one item"
    for second in [put(table), delete(table, item()), check(table, item(), "attribute_exists(pk)")]:
        with refused(message=expected):
            client.transact_write_items(TransactItems=[put(table), second])


def test_an_item_has_one_action_however_its_key_is_spelled(client, make_table):
    table = make_table(types={"pk": "N"})
    keys = [{"pk": {"N": "10"}}, {"pk": {"N": "1e1"}}]
    with refused(containing="Transaction request cannot include multiple operations on one item"):
        client.transact_write_items(TransactItems=[put(table, key) for key in keys])


def test_an_item_is_one_whether_by_name_or_by_arn(client, table):
    arn = client.describe_table(TableName=table)["Table"]["TableArn"]
    with refused(containing="Transaction request cannot include multiple operations on one item"):
        client.transact_write_items(TransactItems=[put(table), put(arn)])


def test_a_transaction_has_1_to_100_actions(loose, table):
    puts = [put(table, item(pk=str(each))) for each in range(101)]
    loose.transact_write_items(TransactItems=puts[:100])
    gets = [get(table, item(pk=str(each))) for each in range(101)]
    assert len(loose.transact_get_items(TransactItems=gets[:100])["Responses"]) == 100
    for faulty in [[], puts]:
        with refused():
            loose.transact_write_items(TransactItems=faulty)
    for faulty in [[], gets]:
        with refused():
            loose.transact_get_items(TransactItems=faulty)


def test_a_transaction_writes_at_most_4_megabytes(client, table):
    def puts(count):
        return [put(table, item(pk=str(each), v="x" * 400_000)) for each in range(count)]

    client.transact_write_items(TransactItems=puts(10))
    with refused():
        client.transact_write_items(TransactItems=puts(11))


@pytest.mark.parametrize(
    "action",
    [
        put("?"),
        put("abc", item(pk="")),
        put("abc", {**item(), "v": nested(32)}),
        put("abc", ConditionExpression="a ="),
        put("abc", ConditionExpression="a = :v"),
        put("abc", ConditionExpression="attribute_exists(a)", ExpressionAttributeValues=values(v=1)),
        update("abc", item(), "SET a = "),
        update("abc", item(), "SET a = :v, a = :v", v=1),
        check("abc", item(), ""),
        {"ConditionCheck": {"TableName": "abc", "Key": item()}},
        {"Update": {"TableName": "abc", "Key": item()}},
        put("abc", ReturnValuesOnConditionCheckFailure="SOME"),
    ],
    ids=[
        "table name",
        "empty key",
        "nesting",
        "syntax",
        "undefined value",
        "unused value",
        "update syntax",
        "overlap",
        "empty condition",
        "no condition",
        "no update",
        "unknown return values",
    ],
)
def test_a_fault_of_the_request_is_no_cancellation(loose, make_table, action):
    [(kind, members)] = action.items()
    if members["TableName"] == "abc":
        members = {**members, "TableName": make_table()}
    with refused():
        loose.transact_write_items(TransactItems=[{kind: members}])


def test_a_missing_table_is_no_cancellation(client, table):
    with refused("ResourceNotFoundException"):
        client.transact_write_items(TransactItems=[put(table), put("no-such-table")])
    assert client.scan(TableName=table)["Count"] == 0
    with refused("ResourceNotFoundException"):
        client.transact_get_items(TransactItems=[get("no-such-table", item())])


# Reading


def test_replies_come_in_order_and_a_missing_item_is_empty(client, table):
    client.put_item(TableName=table, Item=item(pk="a", v=1))
    client.put_item(TableName=table, Item=item(pk="c", v=3))
    reply = client.transact_get_items(TransactItems=[get(table, item(pk=key)) for key in "cba"])
    assert reply["Responses"] == [{"Item": item(pk="c", v=3)}, {}, {"Item": item(pk="a", v=1)}]


def test_a_transactional_read_projects(client, table):
    client.put_item(TableName=table, Item=item(m={"x": 1, "y": 2}))
    reply = client.transact_get_items(TransactItems=[get(table, item(), ProjectionExpression="m.x")])
    assert reply["Responses"] == [{"Item": {"m": value({"x": 1})}}]


def test_a_key_that_does_not_fit_cancels_a_read(client, table):
    with pytest.raises(client.exceptions.TransactionCanceledException) as caught:
        client.transact_get_items(TransactItems=[get(table, item()), get(table, item(pk=1))])
    assert caught.value.response["CancellationReasons"] == [
        INNOCENT,
        {"Code": "ValidationError", "Message": "The provided key element does not match the schema"},
    ]


# Tokens


@pytest.fixture
def token():
    return str(uuid.uuid4())


def test_a_token_makes_a_transaction_happen_once(client, table, token):
    actions = [update(table, item(), "ADD n :v", v=1)]
    for _ in range(3):
        client.transact_write_items(TransactItems=actions, ClientRequestToken=token)
    assert client.get_item(TableName=table, Key=item())["Item"] == item(n=1)


def test_without_a_token_a_transaction_happens_again(client, table):
    for _ in range(2):
        client.transact_write_items(
            TransactItems=[update(table, item(), "ADD n :v", v=1)], ClientRequestToken=str(uuid.uuid4())
        )
    assert client.get_item(TableName=table, Key=item())["Item"] == item(n=2)


def test_a_token_for_something_else_is_refused(client, table, token):
    client.transact_write_items(TransactItems=[put(table, item(v=1))], ClientRequestToken=token)
    others = [
        [put(table, item(v=2))],
        [put(table, item(v=1)), put(table, item(pk="b"))],
        [put(table, item(v=1), ReturnValuesOnConditionCheckFailure="ALL_OLD")],
        [put(table, item(v=1), ConditionExpression="attribute_exists(pk)")],
    ]
    for other in others:
        with refused("IdempotentParameterMismatchException"):
            client.transact_write_items(TransactItems=other, ClientRequestToken=token)
    assert client.scan(TableName=table)["Items"] == [item(v=1)]


def test_what_a_token_stands_for_is_compared_by_value(wire, table, token):
    """The order of members and the spelling of the text are nothing."""
    bodies = [
        '{"ClientRequestToken":"%s","TransactItems":[{"Put":{"TableName":"%s",'
        '"Item":{"pk":{"S":"a"},"m":{"M":{"x":{"N":"1"},"y":{"N":"2"}}}}}}]}',
        '{ "TransactItems" : [ {"Put": {"Item": {"m": {"M": {"y": {"N":"2"}, "x": {"N":"1"}}},'
        '"pk": {"S": "\\u0061"}}, "TableName": "%s"}} ], "ClientRequestToken": "%s" }',
    ]
    assert wire.post("TransactWriteItems", (bodies[0] % (token, table)).encode()).status == 200
    assert wire.post("TransactWriteItems", (bodies[1] % (table, token)).encode()).status == 200


def test_a_cancelled_transaction_may_be_tried_again_with_its_token(client, table, token):
    """Only a success is remembered as one."""
    action = put(table, item(v=1), ConditionExpression="attribute_not_exists(pk)")
    client.put_item(TableName=table, Item=item())
    cancelled(client, action, ClientRequestToken=token)
    client.delete_item(TableName=table, Key=item())
    client.transact_write_items(TransactItems=[action], ClientRequestToken=token)
    assert client.get_item(TableName=table, Key=item())["Item"] == item(v=1)


@pytest.mark.parametrize("length", [1, 36])
def test_a_token_has_1_to_36_characters(loose, table, length):
    good = uuid.uuid4().hex[:length].ljust(length, "x") if length > 1 else uuid.uuid4().hex[0]
    action = [put(table)]
    try:
        loose.transact_write_items(TransactItems=action, ClientRequestToken=good)
    except loose.exceptions.IdempotentParameterMismatchException:
        assert length == 1, "a short token may have been used before"
    with refused():
        loose.transact_write_items(TransactItems=action, ClientRequestToken="x" * 37)


# Together with others


def test_transactions_on_the_same_items_never_mix(client, table):
    """Threads move units between two counters; their sum stays what it was."""
    client.put_item(TableName=table, Item=item(pk="left", n=500))
    client.put_item(TableName=table, Item=item(pk="right", n=500))
    moved = []

    def move(source, target):
        for _ in range(10):
            try:
                client.transact_write_items(
                    TransactItems=[
                        update(table, item(pk=source), "ADD n :v", v=-1),
                        update(table, item(pk=target), "ADD n :v", v=1),
                    ]
                )
                moved.append((source, target))
            except client.exceptions.TransactionCanceledException as error:
                codes = {reason["Code"] for reason in error.response["CancellationReasons"]}
                assert "TransactionConflict" in codes
                assert codes <= {"TransactionConflict", "None"}

    threads = [
        threading.Thread(target=move, args=pair) for pair in [("left", "right"), ("right", "left")] * 4
    ]
    for thread in threads:
        thread.start()
    sums = set()
    while any(thread.is_alive() for thread in threads):
        try:
            reply = client.transact_get_items(
                TransactItems=[get(table, item(pk=key)) for key in ["left", "right"]]
            )
            sums.add(sum(int(each["Item"]["n"]["N"]) for each in reply["Responses"]))
        except client.exceptions.TransactionCanceledException as error:
            assert "TransactionConflict" in str(error)
    for thread in threads:
        thread.join()
    assert sums <= {1000}
    left = client.get_item(TableName=table, Key=item(pk="left"))["Item"]["n"]["N"]
    right = client.get_item(TableName=table, Key=item(pk="right"))["Item"]["n"]["N"]
    assert int(left) + int(right) == 1000
    assert int(right) == 500 + moved.count(("left", "right")) - moved.count(("right", "left"))
