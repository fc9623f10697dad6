"""Policies of tables and streams: kept with them, and heeded for everybody."""

import json

import pytest
from botocore.exceptions import ClientError

from conftest import connect
from items import item, values
from refusal import refused
from server import Server
from tables import schema
from waiting import wait_until
from users import (
    ACCOUNT,
    FULL,
    NO_RESOURCE,
    OTHER_ACCOUNT,
    RESOURCE_DENIES,
    allow,
    client,
    denied,
    deny,
    document,
    endpoint,
    make,
    root,
    table_arn,
)
from wire import ACCESS_KEY, SECRET

pytestmark = pytest.mark.usefixtures("own_server")

POLICY = document(allow("DescribeTable", to="*"))
OTHER_POLICY = document(allow("GetItem", to="*"))
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
INDEXES = {"by-g": ("g", None, "ALL")}
KEY = {"pk": {"S": "a"}}
BYTES_MAX = 20 * 1024


@pytest.fixture(scope="module")
def other_root(endpoint):
    """A client of the root of the other account."""
    return connect(endpoint, key=OTHER_ACCOUNT)


@pytest.fixture(scope="module")
def loose(endpoint):
    return connect(endpoint, parameter_validation=False)


@pytest.fixture
def user(root):
    """A user who may do nothing yet."""
    return make(root)


@pytest.fixture
def guest(root):
    """A user of the other account who may do all that is left to it."""
    return make(root, account=OTHER_ACCOUNT, managed=[FULL])


@pytest.fixture
def shared(make_table, client):
    """A table with an index and an item, to be shared."""
    table = make_table(indexes=INDEXES)
    client.put_item(TableName=table, Item=item(g="x"))
    return table


def put(client, arn, *statements, **more):
    """Gives a resource a policy, and gives the number of that."""
    policy = document(*statements) if statements else POLICY
    return client.put_resource_policy(ResourceArn=arn, Policy=policy, **more)["RevisionId"]


def get(client, arn):
    return client.get_resource_policy(ResourceArn=arn)


# Kept


def test_a_policy_is_kept_with_its_table_as_it_was_put(client, table):
    arn = table_arn(table)
    spaced = json.dumps(json.loads(POLICY), indent=2)
    revision = client.put_resource_policy(ResourceArn=arn, Policy=spaced)["RevisionId"]
    shown = get(client, arn)
    assert (shown["Policy"], shown["RevisionId"]) == (spaced, revision)


def test_each_policy_has_a_revision_and_the_same_again_keeps_it(client, table):
    arn = table_arn(table)
    first = put(client, arn)
    assert put(client, arn) == first
    second = client.put_resource_policy(ResourceArn=arn, Policy=OTHER_POLICY)["RevisionId"]
    assert second != first
    assert get(client, arn)["RevisionId"] == second
    assert put(client, arn) not in {first, second}


def test_a_deleted_policy_is_gone(client, table):
    arn = table_arn(table)
    revision = put(client, arn)
    assert client.delete_resource_policy(ResourceArn=arn)["RevisionId"] == revision
    with refused("PolicyNotFoundException", containing=arn):
        get(client, arn)
    assert "RevisionId" not in client.delete_resource_policy(ResourceArn=arn)
    assert put(client, arn) != revision


def test_a_table_without_a_policy_has_none_to_get(client, table):
    with refused("PolicyNotFoundException", containing=table_arn(table)):
        get(client, table_arn(table))


def test_a_policy_may_be_put_where_there_is_none_only(client, table):
    arn = table_arn(table)
    revision = put(client, arn, ExpectedRevisionId="NO_POLICY")
    with refused("PolicyNotFoundException"):
        client.put_resource_policy(ResourceArn=arn, Policy=OTHER_POLICY, ExpectedRevisionId="NO_POLICY")
    assert get(client, arn)["RevisionId"] == revision


def test_a_policy_may_be_put_in_the_place_of_a_known_one_only(client, table):
    arn = table_arn(table)
    first = put(client, arn)
    other = {"ResourceArn": arn, "Policy": OTHER_POLICY}
    second = client.put_resource_policy(**other, ExpectedRevisionId=first)["RevisionId"]
    for unexpected in [first, "1", "something"]:
        with refused("PolicyNotFoundException"):
            client.put_resource_policy(**other, ExpectedRevisionId=unexpected)
        with refused("PolicyNotFoundException"):
            client.delete_resource_policy(ResourceArn=arn, ExpectedRevisionId=unexpected)
    client.delete_resource_policy(ResourceArn=arn, ExpectedRevisionId=second)
    with refused("PolicyNotFoundException"):
        client.put_resource_policy(**other, ExpectedRevisionId=second)
    with refused("PolicyNotFoundException"):
        client.delete_resource_policy(ResourceArn=arn, ExpectedRevisionId=second)


def test_an_expected_revision_has_one_to_255_characters(loose, table):
    for revision in ["", "1" * 256]:
        with refused():
            loose.put_resource_policy(
                ResourceArn=table_arn(table), Policy=POLICY, ExpectedRevisionId=revision
            )
        with refused():
            loose.delete_resource_policy(ResourceArn=table_arn(table), ExpectedRevisionId=revision)


def faulty(**changes):
    return json.dumps({"Version": "2012-10-17", "Statement": [{**allow("GetItem", to="*"), **changes}]})


@pytest.mark.parametrize(
    "policy",
    [
        "",
        "{",
        "[]",
        "{}",
        '"x"',
        '{"Version":"2012-10-17"}',
        '{"Version":"2012-10-17","Statement":[]}',
        document(allow("GetItem")),
        faulty(Principal="everybody"),
        faulty(Principal={"AWS": "arn:aws:iam::1:user/x"}),
        faulty(Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:user/*"}),
        faulty(Effect="Permit"),
        faulty(Action="GetItem"),
        faulty(Resource="orders"),
        faulty(Condition={"StringIs": {"aws:username": "a"}}),
        faulty(Unknown=1),
    ],
)
def test_a_faulty_document_is_refused_and_not_kept(loose, table, policy):
    arn = table_arn(table)
    with refused("ValidationException"):
        loose.put_resource_policy(ResourceArn=arn, Policy=policy)
    with refused("PolicyNotFoundException"):
        get(loose, arn)


def test_a_fault_is_named(client, table):
    with refused("ValidationException", containing="Statement[0].Effect"):
        client.put_resource_policy(ResourceArn=table_arn(table), Policy=faulty(Effect="Permit"))


def padded(size):
    """A policy of so many bytes."""
    return POLICY[:-1] + " " * (size - len(POLICY)) + POLICY[-1:]


def test_a_policy_has_twenty_kilobytes_at_most_with_its_white_space(client, table):
    arn = table_arn(table)
    client.put_resource_policy(ResourceArn=arn, Policy=padded(BYTES_MAX))
    with refused("ValidationException", containing="20480"):
        client.put_resource_policy(ResourceArn=arn, Policy=padded(BYTES_MAX + 1))
    assert len(get(client, arn)["Policy"]) == BYTES_MAX


@pytest.mark.parametrize("operation", ["get", "put", "delete"])
def test_a_table_that_is_not_there_has_no_policy(client, name, operation):
    more = {"Policy": POLICY} if operation == "put" else {}
    with refused("ResourceNotFoundException", containing=table_arn(name)):
        getattr(client, f"{operation}_resource_policy")(ResourceArn=table_arn(name), **more)


@pytest.mark.parametrize("operation", ["get", "put", "delete"])
@pytest.mark.parametrize(
    "arn",
    [
        "orders",
        "arn:aws:s3:::bucket",
        "arn:aws:dynamodb:us-east-1:123456789012:orders",
        table_arn("orders/index/by-g"),
        table_arn("orders/backup/01700000000000-0123abcd"),
        table_arn("orders/export/01700000000000-0123abcd"),
    ],
)
def test_nothing_but_tables_and_streams_has_a_policy(client, operation, arn):
    more = {"Policy": POLICY} if operation == "put" else {}
    with refused("ValidationException"):
        getattr(client, f"{operation}_resource_policy")(ResourceArn=arn, **more)


@pytest.fixture
def stream(make_table, client):
    """A table with a stream, and the stream's ARN."""
    view = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    table = make_table(StreamSpecification=view)
    return table, client.describe_table(TableName=table)["Table"]["LatestStreamArn"]


def test_a_stream_has_a_policy_of_its_own(client, stream):
    table, arn = stream
    of_stream, of_table = put(client, arn), put(client, table_arn(table), allow("GetItem", to="*"))
    assert of_stream != of_table
    assert (get(client, arn)["Policy"], get(client, arn)["RevisionId"]) == (POLICY, of_stream)
    client.delete_resource_policy(ResourceArn=table_arn(table))
    assert get(client, arn)["RevisionId"] == of_stream
    client.delete_resource_policy(ResourceArn=arn)
    with refused("PolicyNotFoundException"):
        get(client, arn)


def test_a_stream_that_is_not_there_has_no_policy(client, stream):
    _, arn = stream
    with refused("ResourceNotFoundException"):
        put(client, arn[:-1] + "9x")


def test_a_table_may_be_made_with_a_policy(client, name):
    client.create_table(TableName=name, ResourcePolicy=POLICY, **schema())
    shown = get(client, table_arn(name))
    assert shown["Policy"] == POLICY
    assert shown["RevisionId"]
    client.delete_table(TableName=name)


def test_a_table_with_a_faulty_policy_is_not_made(client, name):
    for policy in ["{", "{}", document(allow("GetItem")), padded(BYTES_MAX + 1)]:
        with refused("ValidationException"):
            client.create_table(TableName=name, ResourcePolicy=policy, **schema())
    with refused("ResourceNotFoundException"):
        client.describe_table(TableName=name)


def test_a_policy_goes_with_its_table(client, name):
    client.create_table(TableName=name, ResourcePolicy=POLICY, **schema())
    client.delete_table(TableName=name)
    client.get_waiter("table_not_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    with refused("ResourceNotFoundException"):
        get(client, table_arn(name))
    client.create_table(TableName=name, **schema())
    with refused("PolicyNotFoundException"):
        get(client, table_arn(name))
    client.delete_table(TableName=name)


def test_a_policy_of_a_stream_goes_with_its_table(client, name):
    view = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    client.create_table(TableName=name, **schema(StreamSpecification=view))
    arn = client.describe_table(TableName=name)["Table"]["LatestStreamArn"]
    put(client, arn)
    client.delete_table(TableName=name)
    client.create_table(TableName=name, **schema(StreamSpecification=view))
    new = client.describe_table(TableName=name)["Table"]["LatestStreamArn"]
    with refused("PolicyNotFoundException"):
        get(client, new)
    client.delete_table(TableName=name)


def is_available(client, backup):
    described = client.describe_backup(BackupArn=backup)["BackupDescription"]
    return described["BackupDetails"]["BackupStatus"] == "AVAILABLE"


def test_a_restored_table_has_no_policy(client, shared, name):
    put(client, table_arn(shared))
    backup = client.create_backup(TableName=shared, BackupName="backup")["BackupDetails"]["BackupArn"]
    wait_until(lambda: is_available(client, backup), "the backup is there")
    client.restore_table_from_backup(BackupArn=backup, TargetTableName=name)
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    with refused("PolicyNotFoundException"):
        get(client, table_arn(name))
    client.delete_table(TableName=name)


# Heeded: in the account


def test_a_tables_policy_allows_a_user_what_its_own_does_not(client, user, shared):
    arn = table_arn(shared)
    with denied(user.arn, "GetItem", arn):
        user.client().get_item(TableName=shared, Key=KEY)
    put(client, arn, allow("GetItem", on=arn, to={"AWS": user.arn}))
    user.client().get_item(TableName=shared, Key=KEY)
    with denied(user.arn, "PutItem", arn):
        user.client().put_item(TableName=shared, Item=KEY)
    client.delete_resource_policy(ResourceArn=arn)
    with denied(user.arn, "GetItem", arn):
        user.client().get_item(TableName=shared, Key=KEY)


def test_a_tables_policy_that_names_the_account_leaves_it_to_the_users_own(client, user, shared):
    arn = table_arn(shared)
    put(client, arn, allow("GetItem", on=arn, to={"AWS": ROOT}))
    with denied(user.arn, "GetItem", arn):
        user.client().get_item(TableName=shared, Key=KEY)
    user.may(allow("GetItem"))
    user.client().get_item(TableName=shared, Key=KEY)


def test_a_tables_policy_for_another_user_is_nothing_to_this_one(root, client, user, shared):
    arn = table_arn(shared)
    put(client, arn, allow("GetItem", on=arn, to={"AWS": make(root).arn}))
    with denied(user.arn, "GetItem", arn):
        user.client().get_item(TableName=shared, Key=KEY)


def test_a_tables_policy_allows_what_is_named_by_its_resource_only(client, user, shared):
    arn = table_arn(shared)
    put(client, arn, allow("GetItem", on=table_arn("another"), to="*"))
    with denied(user.arn, "GetItem", arn):
        user.client().get_item(TableName=shared, Key=KEY)


def test_a_tables_policy_denies_a_user_what_its_own_allows(root, client, shared):
    arn = table_arn(shared)
    user = make(root, managed=[FULL])
    put(client, arn, deny("GetItem", on=arn, to={"AWS": user.arn}))
    with denied(user.arn, "GetItem", arn, RESOURCE_DENIES):
        user.client().get_item(TableName=shared, Key=KEY)
    user.client().put_item(TableName=shared, Item=KEY)
    make(root, managed=[FULL]).client().get_item(TableName=shared, Key=KEY)


def test_a_tables_policy_denies_root_too_but_not_the_policy_itself(client, shared):
    arn = table_arn(shared)
    revision = put(client, arn, deny("dynamodb:*", on=arn, to="*"))
    for refuse in [
        lambda: client.get_item(TableName=shared, Key=KEY),
        lambda: client.describe_table(TableName=shared),
        lambda: client.delete_table(TableName=shared),
        lambda: client.transact_get_items(TransactItems=[{"Get": {"TableName": shared, "Key": KEY}}]),
    ]:
        with refused("AccessDeniedException", containing=[ROOT, RESOURCE_DENIES]):
            refuse()
    assert get(client, arn)["RevisionId"] == revision
    put(client, arn, deny("GetItem", on=arn, to="*"))
    client.delete_resource_policy(ResourceArn=arn)
    assert client.get_item(TableName=shared, Key=KEY)["Item"] == item(g="x")


@pytest.mark.parametrize("partition", ["aws-cn", "awsx"])
def test_a_tables_policy_is_not_evaded_by_another_spelling_of_its_arn(root, client, shared, partition):
    arn = table_arn(shared)
    user = make(root, managed=[FULL])
    put(client, arn, deny("*", on=arn, to={"AWS": user.arn}))
    other = arn.replace("arn:aws:", f"arn:{partition}:")
    for evade in [
        lambda: user.client().list_tags_of_resource(ResourceArn=other),
        lambda: user.client().tag_resource(ResourceArn=other, Tags=[{"Key": "a", "Value": "b"}]),
        lambda: put(user.client(), other),
        lambda: user.client().delete_resource_policy(ResourceArn=other),
    ]:
        with pytest.raises(ClientError):
            evade()
    assert client.list_tags_of_resource(ResourceArn=arn)["Tags"] == []
    assert "Deny" in get(client, arn)["Policy"]


def test_all_but_those_named_may_be_denied(root, client, shared):
    arn = table_arn(shared)
    kept, other = make(root, managed=[FULL]), make(root, managed=[FULL])
    others = {"NotPrincipal": {"AWS": [kept.arn, ROOT]}}
    excluding = {"Effect": "Deny", "Action": "dynamodb:*", "Resource": arn, **others}
    put(client, arn, excluding)
    kept.client().get_item(TableName=shared, Key=KEY)
    client.get_item(TableName=shared, Key=KEY)
    with denied(other.arn, "GetItem", arn, RESOURCE_DENIES):
        other.client().get_item(TableName=shared, Key=KEY)


def test_an_address_may_be_all_that_a_tables_policy_lets_in(client, shared):
    arn = table_arn(shared)
    outside = {"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
    put(client, arn, deny("GetItem", on=arn, to="*", when=outside))
    with denied(ROOT, "GetItem", arn, RESOURCE_DENIES):
        client.get_item(TableName=shared, Key=KEY)
    here = {"NotIpAddress": {"aws:SourceIp": ["192.0.2.0/24", "127.0.0.0/8"]}}
    put(client, arn, deny("GetItem", on=arn, to="*", when=here))
    client.get_item(TableName=shared, Key=KEY)


def test_a_tables_policy_may_ask_for_tags_of_the_caller_and_of_the_table(root, client, shared):
    arn = table_arn(shared)
    user = make(root, tags={"team": "red"})
    same = {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}
    put(client, arn, allow("GetItem", on=arn, to={"AWS": user.arn}, when=same))
    with denied():
        user.client().get_item(TableName=shared, Key=KEY)
    client.tag_resource(ResourceArn=arn, Tags=[{"Key": "team", "Value": "red"}])
    user.client().get_item(TableName=shared, Key=KEY)


def test_an_index_is_covered_by_its_tables_policy(client, user, shared):
    arn = table_arn(shared)
    query = {
        "TableName": shared,
        "IndexName": "by-g",
        "KeyConditionExpression": "g = :g",
        "ExpressionAttributeValues": values(g="x"),
    }
    put(client, arn, allow("Query", on=arn, to={"AWS": user.arn}))
    with denied(user.arn, "Query", f"{arn}/index/by-g"):
        user.client().query(**query)
    put(client, arn, allow("Query", on=f"{arn}/index/*", to={"AWS": user.arn}))
    assert user.client().query(**query)["Count"] == 1


def test_a_streams_policy_is_heeded_and_its_tables_is_not(endpoint, client, user, stream):
    table, arn = stream
    streams = user.client("dynamodbstreams")
    put(client, table_arn(table), allow("DescribeStream", on="*", to={"AWS": user.arn}))
    with denied(user.arn, "DescribeStream", arn):
        streams.describe_stream(StreamArn=arn)
    put(client, arn, allow("DescribeStream", on=arn, to={"AWS": user.arn}))
    streams.describe_stream(StreamArn=arn)
    put(client, arn, deny("DescribeStream", on=arn, to="*"))
    with denied(ROOT, "DescribeStream", arn, RESOURCE_DENIES):
        connect(endpoint, "dynamodbstreams").describe_stream(StreamArn=arn)


def test_a_policy_that_a_table_is_made_with_counts_at_once(client, user, name):
    arn = table_arn(name)
    policy = document(allow("DescribeTable", on=arn, to={"AWS": user.arn}))
    client.create_table(TableName=name, ResourcePolicy=policy, **schema())
    user.client().describe_table(TableName=name)
    client.delete_table(TableName=name)
    client.create_table(TableName=name, **schema())
    with denied(user.arn, "DescribeTable", arn):
        user.client().describe_table(TableName=name)
    client.delete_table(TableName=name)


def test_a_session_is_allowed_what_a_tables_policy_allows_its_user(endpoint, client, user, shared):
    arn = table_arn(shared)
    put(client, arn, allow("GetItem", on=arn, to={"AWS": user.arn}))
    credentials = user.admin("GetSessionToken")["Credentials"]
    names = {"key": "AccessKeyId", "secret": "SecretAccessKey", "token": "SessionToken"}
    session = connect(endpoint, **{name: credentials[member] for name, member in names.items()})
    session.get_item(TableName=shared, Key=KEY)


# Who may change it


POLICY_ACTIONS = ["GetResourcePolicy", "PutResourcePolicy", "DeleteResourcePolicy"]


def test_a_user_may_not_shut_itself_out_unless_it_says_so(root, client, shared):
    arn = table_arn(shared)
    user = make(root, allow(*POLICY_ACTIONS, on=arn))
    shutting = [deny("PutResourcePolicy", on=arn, to={"AWS": user.arn})]
    with refused("ValidationException", containing="ConfirmRemoveSelfResourceAccess"):
        put(user.client(), arn, *shutting)
    with refused("PolicyNotFoundException"):
        get(client, arn)
    put(user.client(), arn, *shutting, ConfirmRemoveSelfResourceAccess=True)
    with denied(user.arn, "PutResourcePolicy", arn, RESOURCE_DENIES):
        put(user.client(), arn)
    client.delete_resource_policy(ResourceArn=arn)
    put(user.client(), arn)


def test_a_user_may_be_let_change_the_policy_by_the_policy(client, user, shared):
    arn = table_arn(shared)
    put(client, arn, allow(*POLICY_ACTIONS, on=arn, to={"AWS": user.arn}))
    assert get(user.client(), arn)["RevisionId"]
    # Taking that permission away from oneself is being shut out as well.
    with refused("ValidationException", containing="ConfirmRemoveSelfResourceAccess"):
        put(user.client(), arn, allow("GetItem", on=arn, to="*"))
    put(user.client(), arn, allow("GetItem", on=arn, to="*"), ConfirmRemoveSelfResourceAccess=True)
    with denied(user.arn, "GetResourcePolicy", arn):
        get(user.client(), arn)


def test_who_may_not_put_a_policy_does_not_learn_what_is_wrong_with_it(user, shared):
    with denied(user.arn, "PutResourcePolicy", table_arn(shared)):
        user.client().put_resource_policy(ResourceArn=table_arn(shared), Policy=document(allow("GetItem")))


# Heeded: between accounts


def test_a_guest_needs_the_tables_policy(guest, shared):
    arn = table_arn(shared)
    with denied(guest.arn, "GetItem", arn, NO_RESOURCE):
        guest.client().get_item(TableName=arn, Key=KEY)
    with denied(guest.arn, "GetItem", table_arn("none"), NO_RESOURCE):
        guest.client().get_item(TableName=table_arn("none"), Key=KEY)


def test_a_guest_needs_its_own_policy_too(root, client, shared):
    arn = table_arn(shared)
    guest = make(root, account=OTHER_ACCOUNT)
    put(client, arn, allow("GetItem", on=arn, to={"AWS": guest.arn}))
    with denied(guest.arn, "GetItem", arn):
        guest.client().get_item(TableName=arn, Key=KEY)
    guest.may(allow("GetItem", on=arn))
    assert guest.client().get_item(TableName=arn, Key=KEY)["Item"] == item(g="x")


@pytest.mark.parametrize("to", ["arn", "account", "root", "everybody"])
def test_a_guest_is_let_in_by_its_name_its_account_or_as_anybody(client, guest, shared, to):
    arn = table_arn(shared)
    principals = {
        "arn": {"AWS": guest.arn},
        "account": {"AWS": OTHER_ACCOUNT},
        "root": {"AWS": [f"arn:aws:iam::{OTHER_ACCOUNT}:root"]},
        "everybody": "*",
    }
    put(client, arn, allow("GetItem", on=arn, to=principals[to]))
    assert guest.client().get_item(TableName=arn, Key=KEY)["Item"] == item(g="x")


ACTIONS = ["GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan", "BatchGetItem", "BatchWriteItem"]


def test_a_guest_uses_the_table_by_its_arn(client, guest, shared):
    arn = table_arn(shared)
    both = [arn, f"{arn}/index/*"]
    actions = [*ACTIONS, "DescribeTable", "ConditionCheckItem"]
    put(client, arn, allow(*actions, on=both, to={"AWS": guest.arn}))
    there = guest.client()
    there.put_item(TableName=arn, Item=item(pk="of the guest", g="y"))
    assert client.get_item(TableName=shared, Key=item(pk="of the guest"))["Item"]["g"] == {"S": "y"}
    assert there.scan(TableName=arn)["Count"] == 2
    for where, attribute, value in [({}, "pk", "a"), ({"IndexName": "by-g"}, "g", "y")]:
        queried = there.query(
            TableName=arn,
            KeyConditionExpression=f"{attribute} = :v",
            ExpressionAttributeValues=values(v=value),
            ReturnConsumedCapacity="TOTAL",
            **where,
        )
        assert queried["Count"] == 1
        assert queried["ConsumedCapacity"]["TableName"] in {arn, shared}
    got = there.batch_get_item(RequestItems={arn: {"Keys": [KEY]}})["Responses"]
    assert got == {arn: [item(g="x")]}
    there.batch_write_item(RequestItems={arn: [{"DeleteRequest": {"Key": item(pk="of the guest")}}]})
    there.update_item(
        TableName=arn,
        Key=KEY,
        UpdateExpression="SET g = :g",
        ExpressionAttributeValues=values(g="z"),
    )
    there.transact_write_items(TransactItems=[{"Put": {"TableName": arn, "Item": item(pk="t", g="t")}}])
    members = [{"Get": {"TableName": arn, "Key": item(pk=key)}} for key in ["a", "t"]]
    found = there.transact_get_items(TransactItems=members)["Responses"]
    assert [each["Item"]["g"]["S"] for each in found] == ["z", "t"]
    assert there.describe_table(TableName=arn)["Table"]["TableArn"] == arn
    there.delete_item(TableName=arn, Key=KEY)
    assert client.scan(TableName=shared)["Count"] == 1


def test_a_guest_has_a_table_of_the_same_name_for_itself(client, guest, shared):
    arn = table_arn(shared)
    there = guest.client()
    there.create_table(TableName=shared, **schema())
    put(client, arn, allow("Scan", "PutItem", on=arn, to="*"))
    assert there.scan(TableName=shared)["Count"] == 0
    assert there.scan(TableName=table_arn(shared, OTHER_ACCOUNT))["Count"] == 0
    assert there.scan(TableName=arn)["Count"] == 1
    there.delete_table(TableName=shared)


def test_a_request_is_about_tables_of_one_account(client, guest, shared):
    """Whatever policies allow: the service says so of transactions, and Pixii keeps batches to it too."""
    arn = table_arn(shared)
    there = guest.client()
    there.create_table(TableName=shared, **schema())
    keys = {"Keys": [KEY]}
    gets = [{"Get": {"TableName": each, "Key": KEY}} for each in [shared, arn]]
    for _ in range(2):
        with refused("AccessDeniedException"):
            there.batch_get_item(RequestItems={shared: keys, arn: keys})
        with refused("AccessDeniedException"):
            there.transact_get_items(TransactItems=gets)
        put(client, arn, allow("BatchGetItem", "GetItem", on=arn, to={"AWS": guest.arn}))
    there.delete_table(TableName=shared)


def test_the_root_of_another_account_is_a_guest(client, other_root, shared):
    arn = table_arn(shared)
    root_there = f"arn:aws:iam::{OTHER_ACCOUNT}:root"
    with denied(root_there, "GetItem", arn, NO_RESOURCE):
        other_root.get_item(TableName=arn, Key=KEY)
    put(client, arn, allow("GetItem", on=arn, to={"AWS": OTHER_ACCOUNT}))
    assert other_root.get_item(TableName=arn, Key=KEY)["Item"] == item(g="x")


def test_a_guest_may_not_touch_the_policy(client, guest, shared):
    arn = table_arn(shared)
    put(client, arn, allow("GetItem", on=arn, to={"AWS": guest.arn}))
    with denied(guest.arn, "GetResourcePolicy", arn, NO_RESOURCE):
        get(guest.client(), arn)
    with denied(guest.arn, "PutResourcePolicy", arn, NO_RESOURCE):
        put(guest.client(), arn, allow("dynamodb:*", on=arn, to="*"))
    with denied(guest.arn, "DeleteResourcePolicy", arn, NO_RESOURCE):
        guest.client().delete_resource_policy(ResourceArn=arn)


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("delete_table", {"TableName": "{arn}"}),
        ("list_tags_of_resource", {"ResourceArn": "{arn}"}),
        ("create_backup", {"TableName": "{arn}", "BackupName": "backup"}),
        ("describe_time_to_live", {"TableName": "{arn}"}),
    ],
)
def test_what_a_policy_does_not_share_is_denied_to_a_guest(client, guest, shared, operation, parameters):
    arn = table_arn(shared)
    put(client, arn, allow("GetItem", on=arn, to={"AWS": guest.arn}))
    given = {name: value.format(arn=arn) for name, value in parameters.items()}
    with refused("AccessDeniedException"):
        getattr(guest.client(), operation)(**given)
    client.describe_table(TableName=shared)


def test_a_guest_reads_a_stream_that_is_shared(client, guest, stream):
    table, arn = stream
    client.put_item(TableName=table, Item=item())
    there = guest.client("dynamodbstreams")
    with denied(guest.arn, "DescribeStream", arn, NO_RESOURCE):
        there.describe_stream(StreamArn=arn)
    reading = ["DescribeStream", "GetShardIterator", "GetRecords"]
    put(client, arn, allow(*reading, on=arn, to={"AWS": guest.arn}))
    [shard] = there.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    iterator = there.get_shard_iterator(
        StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    [record] = there.get_records(ShardIterator=iterator)["Records"]
    assert record["dynamodb"]["Keys"] == KEY
    client.delete_resource_policy(ResourceArn=arn)
    with denied(guest.arn, "GetRecords", arn, NO_RESOURCE):
        there.get_records(ShardIterator=iterator)


# On disk


@pytest.mark.parametrize("ends", ["end", "kill"])
def test_policies_survive_the_end_of_the_server(tmp_path, ends):
    arguments = ("--data", str(tmp_path / "data"), "--credentials", f"{ACCESS_KEY}:{SECRET}")
    server = Server(*arguments)
    client = connect(server.endpoint)
    client.create_table(TableName="songs", **schema())
    arn = table_arn("songs")
    revision = put(client, arn, deny("GetItem", on=arn, to="*"))
    getattr(server, ends)()
    server = Server(*arguments)
    try:
        client = connect(server.endpoint)
        with denied(ROOT, "GetItem", arn, RESOURCE_DENIES):
            client.get_item(TableName="songs", Key=KEY)
        assert get(client, arn)["RevisionId"] == revision
    finally:
        server.end()


def test_an_open_server_heeds_policies_too(tmp_path):
    server = Server("--in-memory")
    try:
        client = connect(server.endpoint)
        client.create_table(TableName="songs", **schema())
        arn = table_arn("songs")
        put(client, arn, deny("PutItem", on=arn, to="*"))
        with denied(ROOT, "PutItem", arn, RESOURCE_DENIES):
            client.put_item(TableName="songs", Item=KEY)
        there = connect(server.endpoint, key=OTHER_ACCOUNT)
        with denied(f"arn:aws:iam::{OTHER_ACCOUNT}:root", "GetItem", arn, NO_RESOURCE):
            there.get_item(TableName=arn, Key=KEY)
    finally:
        server.end()
