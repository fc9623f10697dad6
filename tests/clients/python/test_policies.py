"""Policies of users: each operation is done by who may do it, and by nobody else."""

import json
import re
import uuid
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from conftest import connect
from items import item, values
from refusal import refused
from tables import schema
from users import (
    ACCOUNT,
    FULL,
    IDENTITY_DENIES,
    READ_ONLY,
    allow,
    arn,
    client,
    denial,
    denied,
    deny,
    document,
    endpoint,
    make,
    pixii,
    root,
    table_arn,
)
from wire import ACCESS_KEY, SECRET, Wire

pytestmark = pytest.mark.usefixtures("own_server")

INDEXES = {"by-g": ("g", None, "ALL")}
STREAM = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}


@pytest.fixture
def user(root):
    """A user who may do nothing yet."""
    return make(root)


@pytest.fixture
def rows(make_table, client):
    """A table with an index and a row each of alice and bob."""
    table = make_table(sort="sk", indexes=INDEXES)
    for owner in ["alice", "bob"]:
        client.put_item(TableName=table, Item=item(pk=owner, sk="1", g=owner, shown="s", concealed="c"))
    return table


# Every kind of operation


@dataclass
class Case:
    """An operation, and all that it needs: actions on resources, in the order in which they are asked about."""

    operation: str
    needs: list
    parameters: dict
    service: str = "dynamodb"
    # What is answered to who may, where the operation cannot be done here.
    ends: str | None = None
    id: str = ""


def case(operation, *needs, ends=None, service="dynamodb", id="", **parameters):
    return Case(operation, list(needs), parameters, service, ends, id or operation)


KEY = {"pk": {"S": "a"}, "sk": {"S": "a"}}
CONDITION = {"KeyConditionExpression": "pk = :a", "ExpressionAttributeValues": {":a": {"S": "a"}}}
BY_INDEX = {**CONDITION, "IndexName": "by-g", "KeyConditionExpression": "g = :a"}
WRITING = ["BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem"]
REPLICA = "arn:aws:dynamodb:eu-west-1:123456789012:table/{table}"
GLOBAL = "arn:aws:dynamodb::123456789012:global-table/{table}"
EXPORT = "{table_arn}/export/01700000000000-0123abcd"
IMPORT = "{table_arn}/import/01700000000000-0123abcd"

ITEMS = [
    case("get_item", ("GetItem", "{table_arn}"), TableName="{table}", Key=KEY),
    case("put_item", ("PutItem", "{table_arn}"), TableName="{table}", Item=KEY),
    case("update_item", ("UpdateItem", "{table_arn}"), TableName="{table}", Key=KEY),
    case("delete_item", ("DeleteItem", "{table_arn}"), TableName="{table}", Key=KEY),
    case("query", ("Query", "{table_arn}"), TableName="{table}", **CONDITION),
    case("query", ("Query", "{table_arn}/index/by-g"), id="query of an index", TableName="{table}", **BY_INDEX),
    case("scan", ("Scan", "{table_arn}"), TableName="{table}"),
    case("scan", ("Scan", "{table_arn}/index/by-g"), id="scan of an index", TableName="{table}", IndexName="by-g"),
    case("get_item", ("GetItem", "{table_arn}"), id="get_item by ARN", TableName="{table_arn}", Key=KEY),
    case(
        "batch_get_item",
        ("BatchGetItem", "{table_arn}"),
        RequestItems={"{table}": {"Keys": [KEY]}},
    ),
    case(
        "batch_write_item",
        ("BatchWriteItem", "{table_arn}"),
        RequestItems={"{table}": [{"PutRequest": {"Item": KEY}}]},
    ),
    case(
        "transact_get_items",
        ("GetItem", "{table_arn}"),
        TransactItems=[{"Get": {"TableName": "{table}", "Key": KEY}}],
    ),
    case(
        "transact_write_items",
        ("PutItem", "{table_arn}"),
        ("UpdateItem", "{table_arn}"),
        ("DeleteItem", "{table_arn}"),
        ("ConditionCheckItem", "{table_arn}"),
        TransactItems=[
            {"Put": {"TableName": "{table}", "Item": {**KEY, "pk": {"S": "b"}}}},
            {
                "Update": {
                    "TableName": "{table}",
                    "Key": {**KEY, "pk": {"S": "c"}},
                    "UpdateExpression": "REMOVE x",
                }
            },
            {"Delete": {"TableName": "{table}", "Key": {**KEY, "pk": {"S": "d"}}}},
            {
                "ConditionCheck": {
                    "TableName": "{table}",
                    "Key": {**KEY, "pk": {"S": "e"}},
                    "ConditionExpression": "attribute_not_exists(pk)",
                }
            },
        ],
    ),
]

TABLES = [
    case("list_tables", ("ListTables", arn("table/*"))),
    case("describe_table", ("DescribeTable", "{table_arn}"), TableName="{table}"),
    case("create_table", ("CreateTable", "{table_arn}-new"), TableName="{table}-new", **schema()),
    case(
        "create_table",
        ("CreateTable", "{table_arn}-new"),
        ("TagResource", "{table_arn}-new"),
        id="create_table with tags",
        TableName="{table}-new",
        Tags=[{"Key": "team", "Value": "red"}],
        **schema(),
    ),
    case(
        "create_table",
        ("CreateTable", "{table_arn}-new"),
        ("PutResourcePolicy", "{table_arn}-new"),
        id="create_table with a policy",
        TableName="{table}-new",
        ResourcePolicy=document(allow("DescribeTable", to="*")),
        **schema(),
    ),
    case("update_table", ("UpdateTable", "{table_arn}"), TableName="{table}", DeletionProtectionEnabled=False),
    case(
        "update_table",
        ("UpdateTable", "{table_arn}"),
        ("CreateTableReplica", "{table_arn}"),
        *[(action, REPLICA) for action in ["CreateTableReplica", "CreateTable", *WRITING]],
        id="update_table with a replica",
        TableName="{table}",
        ReplicaUpdates=[{"Create": {"RegionName": "eu-west-1"}}],
    ),
    case("delete_table", ("DeleteTable", "{table_arn}"), TableName="{table}"),
    case("describe_limits", ("DescribeLimits", "*")),
    case("describe_endpoints", ("DescribeEndpoints", "*")),
    case("describe_time_to_live", ("DescribeTimeToLive", "{table_arn}"), TableName="{table}"),
    case(
        "update_time_to_live",
        ("UpdateTimeToLive", "{table_arn}"),
        TableName="{table}",
        TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"},
    ),
    case("list_tags_of_resource", ("ListTagsOfResource", "{table_arn}"), ResourceArn="{table_arn}"),
    case(
        "tag_resource",
        ("TagResource", "{table_arn}"),
        ResourceArn="{table_arn}",
        Tags=[{"Key": "team", "Value": "red"}],
    ),
    case("untag_resource", ("UntagResource", "{table_arn}"), ResourceArn="{table_arn}", TagKeys=["team"]),
    case(
        "get_resource_policy",
        ("GetResourcePolicy", "{table_arn}"),
        ends="PolicyNotFoundException",
        ResourceArn="{table_arn}",
    ),
    case(
        "put_resource_policy",
        ("PutResourcePolicy", "{table_arn}"),
        ResourceArn="{table_arn}",
        Policy=document(allow("DescribeTable", to="*")),
    ),
    case("delete_resource_policy", ("DeleteResourcePolicy", "{table_arn}"), ResourceArn="{table_arn}"),
    case(
        "describe_contributor_insights", ("DescribeContributorInsights", "{table_arn}"), TableName="{table}"
    ),
    case(
        "update_contributor_insights",
        ("UpdateContributorInsights", "{table_arn}/index/by-g"),
        TableName="{table}",
        IndexName="by-g",
        ContributorInsightsAction="ENABLE",
    ),
    case(
        "describe_kinesis_streaming_destination",
        ("DescribeKinesisStreamingDestination", "{table_arn}"),
        TableName="{table}",
    ),
    case("list_exports", ("ListExports", "*")),
    case("list_imports", ("ListImports", "*")),
    case("describe_export", ("DescribeExport", EXPORT), ends="ExportNotFoundException", ExportArn=EXPORT),
    case("describe_import", ("DescribeImport", IMPORT), ends="ImportNotFoundException", ImportArn=IMPORT),
    case(
        "describe_table_replica_auto_scaling",
        ("DescribeTableReplicaAutoScaling", "{table_arn}"),
        ends="*",
        TableName="{table}",
    ),
    case(
        "update_table_replica_auto_scaling",
        ("UpdateTableReplicaAutoScaling", "{table_arn}"),
        ends="*",
        TableName="{table}",
    ),
]

BACKUPS = [
    case("create_backup", ("CreateBackup", "{table_arn}"), TableName="{table}", BackupName="again"),
    case("describe_backup", ("DescribeBackup", "{backup}"), BackupArn="{backup}"),
    case("list_backups", ("ListBackups", "{table_arn}"), id="list_backups of a table", TableName="{table}"),
    case("delete_backup", ("DeleteBackup", "{backup}"), BackupArn="{backup}"),
    case(
        "restore_table_from_backup",
        ("RestoreTableFromBackup", "{backup}"),
        ("RestoreTableFromBackup", "{table_arn}-new"),
        *[(each, "{table_arn}-new") for each in WRITING],
        BackupArn="{backup}",
        TargetTableName="{table}-new",
    ),
    case(
        "describe_continuous_backups", ("DescribeContinuousBackups", "{table_arn}"), TableName="{table}"
    ),
    case(
        "update_continuous_backups",
        ("UpdateContinuousBackups", "{table_arn}"),
        TableName="{table}",
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
    ),
    case(
        "restore_table_to_point_in_time",
        ("RestoreTableToPointInTime", "{table_arn}"),
        ("RestoreTableToPointInTime", "{table_arn}-new"),
        *[(each, "{table_arn}-new") for each in WRITING],
        ends="PointInTimeRecoveryUnavailableException",
        SourceTableName="{table}",
        TargetTableName="{table}-new",
        UseLatestRestorableTime=True,
    ),
]

STREAMS = [
    case(
        "list_streams",
        ("ListStreams", "{table_arn}/stream/*"),
        service="dynamodbstreams",
        TableName="{table}",
    ),
    case(
        "list_streams",
        ("ListStreams", arn("table/*/stream/*")),
        id="list_streams of all tables",
        service="dynamodbstreams",
    ),
    case("describe_stream", ("DescribeStream", "{stream}"), service="dynamodbstreams", StreamArn="{stream}"),
    case(
        "get_shard_iterator",
        ("GetShardIterator", "{stream}"),
        service="dynamodbstreams",
        StreamArn="{stream}",
        ShardId="{shard}",
        ShardIteratorType="TRIM_HORIZON",
    ),
    case("get_records", ("GetRecords", "{stream}"), service="dynamodbstreams", ShardIterator="{iterator}"),
]

REPLICATION = [{"RegionName": "us-east-1"}]
GLOBAL_TABLES = [
    case(
        "create_global_table",
        ("CreateGlobalTable", GLOBAL),
        ("CreateGlobalTable", "{table_arn}"),
        ends="*",
        GlobalTableName="{table}",
        ReplicationGroup=REPLICATION,
    ),
    case(
        "update_global_table",
        ("UpdateGlobalTable", GLOBAL),
        ("UpdateGlobalTable", "{table_arn}"),
        ("UpdateGlobalTable", REPLICA),
        ends="*",
        GlobalTableName="{table}",
        ReplicaUpdates=[{"Create": {"RegionName": "eu-west-1"}}],
    ),
    case(
        "update_global_table_settings",
        ("UpdateGlobalTableSettings", GLOBAL),
        ("UpdateGlobalTableSettings", "{table_arn}"),
        ends="*",
        GlobalTableName="{table}",
        GlobalTableBillingMode="PAY_PER_REQUEST",
    ),
    case("describe_global_table", ("DescribeGlobalTable", GLOBAL), ends="*", GlobalTableName="{table}"),
    case(
        "describe_global_table_settings",
        ("DescribeGlobalTableSettings", GLOBAL),
        ends="*",
        GlobalTableName="{table}",
    ),
    case("list_global_tables", ("ListGlobalTables", "*")),
]

CASES = [*ITEMS, *TABLES, *BACKUPS, *STREAMS, *GLOBAL_TABLES]


@pytest.fixture
def names(client, endpoint, name):
    """What the placeholders of the cases stand for, made when it is asked for."""
    made = SimpleNamespace(table=name, table_arn=table_arn(name))
    created = client.create_table(
        TableName=name, **schema(sort="sk", indexes=INDEXES, StreamSpecification=STREAM)
    )
    made.stream = created["TableDescription"]["LatestStreamArn"]
    streams = connect(endpoint, "dynamodbstreams")
    described = streams.describe_stream(StreamArn=made.stream)["StreamDescription"]
    made.shard = described["Shards"][0]["ShardId"]
    made.iterator = streams.get_shard_iterator(
        StreamArn=made.stream, ShardId=made.shard, ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    backup = client.create_backup(TableName=name, BackupName="backup")["BackupDetails"]
    made.backup = backup["BackupArn"]
    return vars(made)


def filled(value, names):
    """The value with its placeholders replaced."""
    if isinstance(value, str):
        return re.sub(r"\{(\w+)\}", lambda found: names[found[1]], value)
    if isinstance(value, list):
        return [filled(each, names) for each in value]
    if isinstance(value, dict):
        return {filled(name, names): filled(each, names) for name, each in value.items()}
    return value


def run(case, client, names):
    return getattr(client, case.operation)(**filled(case.parameters, names))


def allowances(needs, names):
    return [allow(action, on=filled(resource, names)) for action, resource in needs]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_an_operation_is_done_with_what_it_needs_and_not_without(user, names, case):
    """Each need is taken away in its turn, and the denial names it."""
    client = user.client(case.service)
    for place, (action, resource) in enumerate(case.needs):
        rest = case.needs[:place] + case.needs[place + 1 :]
        user.may(*allowances(rest, names) or [allow("none:None")])
        with denied(user.arn, action, filled(resource, names)):
            run(case, client, names)
    user.may(*allowances(case.needs, names))
    try:
        run(case, client, names)
        assert case.ends in {None, "*"}
    except ClientError as error:
        code = error.response["Error"]["Code"]
        assert code != "AccessDeniedException", error
        assert case.ends in {code, "*"}, error


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_an_operation_is_denied_by_a_statement_on_what_it_needs(user, names, case):
    action, resource = case.needs[0]
    resource = filled(resource, names)
    user.may(allow("*"), deny(action, on=resource))
    with denied(user.arn, action, resource, IDENTITY_DENIES):
        run(case, user.client(case.service), names)


def test_every_operation_of_the_service_asks_what_the_caller_may(user):
    """None is done for who may nothing: it is denied, or found faulty before that."""
    wire = Wire(user.endpoint, access_key=user.key, secret=user.secret)
    client = user.client()
    for operation in client.meta.service_model.operation_names:
        assert wire.post(operation, {}).status != 200, operation


# Order of faults


def test_a_table_that_is_not_there_is_not_found_by_who_may_and_denied_to_who_may_not(user, name):
    client = user.client()
    with denied(user.arn, "GetItem", table_arn(name)):
        client.get_item(TableName=name, Key=item())
    user.may(allow("GetItem", on=table_arn(name)))
    with refused("ResourceNotFoundException"):
        client.get_item(TableName=name, Key=item())


def test_an_index_that_is_not_there_is_denied_to_who_may_not(user, rows):
    user.may(allow("Query", on=table_arn(rows)))
    with denied(user.arn, "Query", f"{table_arn(rows)}/index/none"):
        user.client().query(TableName=rows, **{**BY_INDEX, "IndexName": "none"})


@pytest.mark.parametrize(
    ("operation", "body", "code"),
    [
        ("GetItem", {"TableName": "x", "Key": {"pk": {"S": 1}}}, "SerializationException"),
        ("GetItem", {"TableName": "x"}, "ValidationException"),
        ("PutItem", {"TableName": "x", "Item": {}, "ReturnValues": "ALL_NEW"}, "ValidationException"),
        ("Query", {"TableName": "x"}, "ValidationException"),
        ("ListTables", {"Limit": 0}, "ValidationException"),
        ("UpdateItem", {"TableName": "x", "Key": {}, "UpdateExpression": "?"}, "ValidationException"),
    ],
)
def test_faults_of_a_requests_shape_come_before_denials(user, operation, body, code):
    wire = Wire(user.endpoint, access_key=user.key, secret=user.secret)
    assert wire.post(operation, body).error == code


def test_a_denial_comes_before_faults_that_the_table_shows(user, rows):
    with denied(user.arn, "PutItem", table_arn(rows)):
        user.client().put_item(TableName=rows, Item=item())


def test_the_message_of_a_denial_begins_with_a_capital_on_the_wire(user, rows):
    wire = Wire(user.endpoint, access_key=user.key, secret=user.secret)
    reply = wire.post("GetItem", {"TableName": rows, "Key": KEY})
    assert reply.status == 400
    assert reply.type == "com.amazon.coral.service#AccessDeniedException"
    assert reply.json["Message"] == denial(user.arn, "GetItem", table_arn(rows))
    assert reply.checksum_is_right


# Statements


@pytest.mark.parametrize(
    "actions", [["dynamodb:*"], ["*"], ["dynamodb:Get*"], ["DynamoDB:getitem"], ["dynamodb:?etItem"]]
)
def test_actions_have_wildcards_and_no_case(user, rows, actions):
    user.may(allow(*actions, on=table_arn(rows)))
    user.client().get_item(TableName=rows, Key=KEY)


@pytest.mark.parametrize(
    "resource", ["arn:aws:dynamodb:*:*:table/{}", "arn:aws:dynamodb:us-east-?:123456789012:table/t-*"]
)
def test_resources_have_wildcards(user, rows, resource):
    user.may(allow("GetItem", on=resource.format(rows)))
    user.client().get_item(TableName=rows, Key=KEY)


def test_a_table_is_another_resource_than_its_indexes(user, rows):
    client = user.client()
    user.may(allow("Query", on=f"{table_arn(rows)}/index/*"))
    assert client.query(TableName=rows, **BY_INDEX)["Count"] == 0
    with denied(user.arn, "Query", table_arn(rows)):
        client.query(TableName=rows, **CONDITION)


def test_a_resource_of_another_region_is_another(user, rows):
    user.may(allow("DescribeTable", on=arn(f"table/{rows}", region="eu-west-1")))
    with denied(user.arn, "DescribeTable", table_arn(rows)):
        user.client().describe_table(TableName=rows)
    with refused("ResourceNotFoundException"):
        user.client(region="eu-west-1").describe_table(TableName=rows)


def test_what_is_not_the_action_or_the_resource_may_be_denied(user, rows, make_table):
    other = make_table()
    client = user.client()
    nothing_else = {"Effect": "Deny", "NotAction": "dynamodb:GetItem", "Resource": "*"}
    nowhere_else = {"Effect": "Deny", "Action": "*", "NotResource": table_arn(rows)}
    user.may(allow("*"), nothing_else, nowhere_else)
    client.get_item(TableName=rows, Key=KEY)
    with denied(user.arn, "Scan", table_arn(rows), IDENTITY_DENIES):
        client.scan(TableName=rows)
    with denied(user.arn, "GetItem", table_arn(other), IDENTITY_DENIES):
        client.get_item(TableName=other, Key=item())


def test_a_denial_wins_whatever_allows(user, rows):
    user.may(allow("*"), policy="broad")
    user.may(deny("DeleteItem", on=table_arn(rows)), policy="narrow")
    client = user.client()
    client.put_item(TableName=rows, Item=KEY)
    with denied(user.arn, "DeleteItem", table_arn(rows), IDENTITY_DENIES):
        client.delete_item(TableName=rows, Key=KEY)
    assert client.get_item(TableName=rows, Key=KEY)["Item"] == KEY


def test_policies_add_up(user, rows):
    user.may(allow("GetItem", on=table_arn(rows)), policy="one")
    user.may(allow("PutItem", on=table_arn(rows)), policy="two")
    client = user.client()
    client.put_item(TableName=rows, Item=KEY)
    assert client.get_item(TableName=rows, Key=KEY)["Item"] == KEY


def test_a_change_of_a_policy_counts_at_once(user, rows):
    client = user.client()
    for _ in range(3):
        with denied(user.arn, "GetItem", table_arn(rows)):
            client.get_item(TableName=rows, Key=KEY)
        user.may(allow("GetItem", on=table_arn(rows)))
        client.get_item(TableName=rows, Key=KEY)
        user.may_no_more()


def test_policies_that_pixii_brings_do_as_aws_says(root, rows):
    reader = make(root, managed=[READ_ONLY])
    client = reader.client()
    assert client.scan(TableName=rows)["Count"] == 2
    client.describe_table(TableName=rows)
    assert rows in client.list_tables(ExclusiveStartTableName=rows[:-1])["TableNames"]
    for write in [
        lambda: client.put_item(TableName=rows, Item=KEY),
        lambda: client.delete_table(TableName=rows),
        lambda: client.create_table(TableName=f"{rows}-new", **schema()),
        lambda: client.tag_resource(ResourceArn=table_arn(rows), Tags=[{"Key": "a", "Value": "b"}]),
    ]:
        with denied():
            write()
    root("AttachUserPolicy", UserName=reader.name, PolicyArn=FULL)
    client.put_item(TableName=rows, Item=KEY)
    root("DetachUserPolicy", UserName=reader.name, PolicyArn=FULL)
    with denied(reader.arn, "PutItem", table_arn(rows)):
        client.put_item(TableName=rows, Item=KEY)


def test_a_batch_needs_every_table_it_touches(user, rows, make_table):
    other = make_table(sort="sk")
    client = user.client()
    user.may(allow("BatchGetItem", "BatchWriteItem", on=table_arn(rows)))
    with denied(user.arn, "BatchGetItem", table_arn(other)):
        client.batch_get_item(RequestItems={rows: {"Keys": [KEY]}, other: {"Keys": [KEY]}})
    put = [{"PutRequest": {"Item": KEY}}]
    with denied(user.arn, "BatchWriteItem", table_arn(other)):
        client.batch_write_item(RequestItems={rows: put, other: put})
    assert "Item" not in connect(user.endpoint).get_item(TableName=rows, Key=KEY), "nothing is done"


def test_a_batch_is_another_action_than_its_parts(user, rows):
    user.may(allow("GetItem", "PutItem", "DeleteItem", on=table_arn(rows)))
    client = user.client()
    with denied(user.arn, "BatchGetItem", table_arn(rows)):
        client.batch_get_item(RequestItems={rows: {"Keys": [KEY]}})
    with denied(user.arn, "BatchWriteItem", table_arn(rows)):
        client.batch_write_item(RequestItems={rows: [{"DeleteRequest": {"Key": KEY}}]})


@pytest.mark.parametrize(
    ("enclosing", "action", "parameters"),
    [
        ("TransactWriteItems", "PutItem", [{"Put": {"Item": KEY}}]),
        ("TransactGetItems", "GetItem", [{"Get": {"Key": KEY}}]),
    ],
)
def test_an_action_may_be_allowed_in_transactions_only(user, rows, enclosing, action, parameters):
    only = {"ForAnyValue:StringEquals": {"dynamodb:EnclosingOperation": [enclosing]}}
    user.may(allow(action, on=table_arn(rows), when=only))
    client = user.client()
    [(kind, part)] = parameters[0].items()
    members = [{kind: {"TableName": rows, **part}}]
    in_transaction = {"PutItem": client.transact_write_items, "GetItem": client.transact_get_items}
    alone = {"PutItem": client.put_item, "GetItem": client.get_item}
    in_transaction[action](TransactItems=members)
    with denied(user.arn, action, table_arn(rows)):
        alone[action](TableName=rows, **part)
    user.may(allow(action, on=table_arn(rows)), deny(action, when=only))
    alone[action](TableName=rows, **part)
    with denied(user.arn, action, table_arn(rows), IDENTITY_DENIES):
        in_transaction[action](TransactItems=members)


PARTITIONS = ["aws-cn", "awsx"]
ARNS = {"{table_arn}", "{backup}", "{stream}", "{iterator}"}
BY_ARN = [each for each in CASES if ARNS & set(map(str, each.parameters.values()))]


@pytest.mark.parametrize("partition", PARTITIONS)
@pytest.mark.parametrize("case", BY_ARN, ids=lambda case: case.id)
def test_a_denial_is_not_evaded_by_another_spelling_of_an_arn(user, names, case, partition):
    """Whatever partition an ARN says, the table is the same, and so are the statements about it."""
    denied_resources = [names["table_arn"], names["table_arn"] + "/*"]
    user.may(allow("*"), deny("*", on=denied_resources))
    names = {
        name: value.replace("arn:aws:", f"arn:{partition}:") if name != "table" else value
        for name, value in names.items()
    }
    with pytest.raises(ClientError):
        run(case, user.client(case.service), names)


# What is known of a request


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        ({"IpAddress": {"aws:SourceIp": "127.0.0.1"}}, True),
        ({"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "127.0.0.0/8"]}}, True),
        ({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, False),
        ({"NotIpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, False),
        ({"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, True),
        ({"IpAddress": {"aws:SourceIp": "2001:db8::/32"}}, False),
        ({"Bool": {"aws:SecureTransport": "true"}}, False),
        ({"Bool": {"aws:SecureTransport": "false"}}, True),
        ({"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, True),
        ({"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, False),
        ({"NumericGreaterThan": {"aws:EpochTime": 1577836800}}, True),
        ({"StringEquals": {"aws:username": "{name}"}}, True),
        ({"StringEquals": {"AWS:UserName": "{name}"}}, True),
        ({"StringNotEquals": {"aws:username": "{name}"}}, False),
        ({"StringLike": {"aws:userid": "AIDA*"}}, True),
        ({"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::123456789012:user/{name}"}}, True),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/u-*"}}, True),
        ({"StringEquals": {"aws:PrincipalAccount": "123456789012"}}, True),
        ({"StringEquals": {"aws:PrincipalType": "User"}}, True),
        ({"StringEquals": {"aws:ResourceAccount": "123456789012"}}, True),
        ({"StringEquals": {"aws:RequestedRegion": "us-east-1"}}, True),
        ({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}, False),
        ({"StringEquals": {"aws:PrincipalTag/team": "red"}}, True),
        ({"StringEquals": {"aws:PrincipalTag/team": "Red"}}, False),
        ({"StringEqualsIgnoreCase": {"aws:PrincipalTag/team": "RED"}}, True),
        ({"StringEquals": {"aws:PrincipalTag/other": "red"}}, False),
        ({"Null": {"aws:PrincipalTag/other": "true"}}, True),
        ({"Null": {"aws:PrincipalTag/team": True}}, False),
        ({"StringEqualsIfExists": {"aws:PrincipalTag/other": "red"}}, True),
        ({"StringLike": {"aws:UserAgent": "*Boto3/*"}}, True),
        ({"StringLike": {"aws:UserAgent": "aws-cli/*"}}, False),
        ({"Bool": {"aws:ViaAWSService": "false"}}, True),
        ({"Null": {"aws:TokenIssueTime": "true"}}, True),
        ({"Null": {"aws:Referer": "true"}}, True),
        (
            {
                "IpAddress": {"aws:SourceIp": "127.0.0.1"},
                "StringEquals": {"aws:PrincipalTag/team": "blue"},
            },
            False,
        ),
    ],
    ids=lambda value: json.dumps(value),
)
def test_a_statement_holds_under_its_condition(root, rows, when, holds):
    user = make(root, tags={"team": "red"})
    when = filled(when, {"name": user.name})
    client = user.client()
    user.may(allow("GetItem", on=table_arn(rows), when=when))
    if holds:
        client.get_item(TableName=rows, Key=KEY)
    else:
        with denied(user.arn, "GetItem", table_arn(rows)):
            client.get_item(TableName=rows, Key=KEY)
    user.may(allow("GetItem"), deny("GetItem", when=when))
    if holds:
        with denied(user.arn, "GetItem", table_arn(rows), IDENTITY_DENIES):
            client.get_item(TableName=rows, Key=KEY)
    else:
        client.get_item(TableName=rows, Key=KEY)


def test_a_session_tells_when_it_began(root, rows, endpoint):
    user = make(root, allow("GetItem", when={"Null": {"aws:TokenIssueTime": "false"}}))
    credentials = user.admin("GetSessionToken")["Credentials"]
    client = connect(
        endpoint,
        key=credentials["AccessKeyId"],
        secret=credentials["SecretAccessKey"],
        token=credentials["SessionToken"],
    )
    client.get_item(TableName=rows, Key=KEY)
    with denied():
        user.client().get_item(TableName=rows, Key=KEY)


def test_a_forwarded_address_is_not_believed(root, rows):
    user = make(root, allow("GetItem", when={"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}))
    wire = Wire(user.endpoint, access_key=user.key, secret=user.secret)
    headers = {"X-Forwarded-For": "192.0.2.1", "Forwarded": "for=192.0.2.1"}
    reply = wire.post("GetItem", {"TableName": rows, "Key": KEY}, headers)
    assert reply.error == "AccessDeniedException"


def test_a_users_name_may_be_a_part_of_a_tables(root, make_table):
    user = make(root, allow("dynamodb:*", on=arn("table/${aws:username}-*")))
    client = user.client()
    own = f"{user.name}-songs"
    client.create_table(TableName=own, **schema())
    client.put_item(TableName=own, Item=item())
    client.delete_table(TableName=own)
    for other in [make_table(), f"x{own}", user.name]:
        with denied(user.arn, "PutItem", table_arn(other)):
            client.put_item(TableName=other, Item=item())


def test_a_variable_with_a_default_stands_for_that_where_there_is_no_value(root, make_table):
    table = make_table()
    resource = arn("table/${aws:PrincipalTag/table, '" + table + "'}")
    user = make(root, allow("GetItem", on=resource))
    user.client().get_item(TableName=table, Key=item())
    root("TagUser", UserName=user.name, Tags=[{"Key": "table", "Value": "other"}])
    with denied():
        user.client().get_item(TableName=table, Key=item())


def test_a_variable_of_an_old_policy_is_plain_text(root, make_table):
    user = make(root)
    policy = {"Statement": [allow("GetItem", on=arn("table/${aws:username}"))]}
    root("PutUserPolicy", UserName=user.name, PolicyName="p", PolicyDocument=json.dumps(policy))
    with denied(user.arn, "GetItem", table_arn(user.name)):
        user.client().get_item(TableName=user.name, Key=item())


# Whose rows


LEADING = "ForAllValues:StringEquals"
OWN_ROWS = {LEADING: {"dynamodb:LeadingKeys": ["${aws:username}"]}}
ROW_ACTIONS = [
    "GetItem",
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "Query",
    "BatchGetItem",
    "BatchWriteItem",
    "ConditionCheckItem",
]


@pytest.fixture
def alice(root, rows):
    """A user who may do all to the rows that begin with her name, in the table and its index."""
    for user in root("ListUsers")["Users"]:
        if user["UserName"] == "alice":
            root("DeleteUser", UserName="alice")
    both = [table_arn(rows), f"{table_arn(rows)}/index/*"]
    return make(root, allow(*ROW_ACTIONS, on=both, when=OWN_ROWS), name="alice")


def row(owner, **more):
    return item(pk=owner, sk="1", **more)


def of_owner(table, owner, index=None):
    """The parameters of a Query."""
    where = {"IndexName": index} if index else {}
    attribute = "g" if index else "pk"
    return {
        "TableName": table,
        "KeyConditionExpression": f"{attribute} = :owner",
        "ExpressionAttributeValues": values(owner=owner),
        **where,
    }


def put(table, owner):
    return {"Put": {"TableName": table, "Item": row(owner)}}


def get(table, owner):
    return {"Get": {"TableName": table, "Key": row(owner)}}


ROW_CALLS = {
    "get_item": lambda client, table, owner: client.get_item(TableName=table, Key=row(owner)),
    "put_item": lambda client, table, owner: client.put_item(TableName=table, Item=row(owner)),
    "update_item": lambda client, table, owner: client.update_item(TableName=table, Key=row(owner)),
    "delete_item": lambda client, table, owner: client.delete_item(TableName=table, Key=row(owner)),
    "query": lambda client, table, owner: client.query(**of_owner(table, owner)),
    "query of an index": lambda client, table, owner: client.query(**of_owner(table, owner, "by-g")),
    "query with KeyConditions": lambda client, table, owner: client.query(
        TableName=table,
        KeyConditions={
            "pk": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": owner}]},
            "sk": {"ComparisonOperator": "GT", "AttributeValueList": [{"S": "0"}]},
        },
    ),
    "batch_get_item": lambda client, table, owner: client.batch_get_item(
        RequestItems={table: {"Keys": [row(owner)]}}
    ),
    "batch_write_item": lambda client, table, owner: client.batch_write_item(
        RequestItems={table: [{"PutRequest": {"Item": row(owner)}}]}
    ),
    "batch_write_item that deletes": lambda client, table, owner: client.batch_write_item(
        RequestItems={table: [{"DeleteRequest": {"Key": row(owner)}}]}
    ),
    "transact_get_items": lambda client, table, owner: client.transact_get_items(
        TransactItems=[get(table, owner)]
    ),
    "transact_write_items": lambda client, table, owner: client.transact_write_items(
        TransactItems=[put(table, owner)]
    ),
    "a condition check": lambda client, table, owner: client.transact_write_items(
        TransactItems=[
            {
                "ConditionCheck": {
                    "TableName": table,
                    "Key": row(owner),
                    "ConditionExpression": "attribute_exists(pk)",
                }
            }
        ]
    ),
}


@pytest.mark.parametrize("call", ROW_CALLS.values(), ids=ROW_CALLS)
def test_a_user_may_use_the_rows_of_its_own_name_and_no_others(alice, rows, call):
    client = alice.client()
    call(client, rows, "alice")
    with denied():
        call(client, rows, "bob")


def test_one_foreign_row_among_own_ones_denies_all(alice, rows, client):
    own = alice.client()
    both = [row("alice"), row("bob")]
    with denied(alice.arn, "BatchGetItem", table_arn(rows)):
        own.batch_get_item(RequestItems={rows: {"Keys": both}})
    with denied(alice.arn, "BatchWriteItem", table_arn(rows)):
        own.batch_write_item(RequestItems={rows: [{"DeleteRequest": {"Key": key}} for key in both]})
    with denied(alice.arn, "PutItem", table_arn(rows)):
        own.transact_write_items(TransactItems=[put(rows, "alice"), put(rows, "bob")])
    with denied(alice.arn, "GetItem", table_arn(rows)):
        own.transact_get_items(TransactItems=[get(rows, "alice"), get(rows, "bob")])
    assert client.scan(TableName=rows)["Count"] == 2, "nothing is done"


def test_an_index_leads_with_its_own_key(alice, rows, client):
    """A row of another partition that the index shows under one's name may be read there."""
    client.put_item(TableName=rows, Item=item(pk="bob", sk="2", g="alice"))
    assert alice.client().query(**of_owner(rows, "alice", "by-g"))["Count"] == 2


@pytest.mark.parametrize("kind", ["N", "B"])
def test_leading_keys_of_other_types_are_compared_as_text(root, make_table, kind):
    table = make_table(types={"pk": kind})
    own, other, text = {"N": ("7", "8", "7"), "B": (b"\x00\xff", b"x", "AP8=")}[kind]
    user = make(root, allow("GetItem", when={LEADING: {"dynamodb:LeadingKeys": [text]}}))
    client = user.client()
    client.get_item(TableName=table, Key={"pk": {kind: own}})
    if kind == "N":
        client.get_item(TableName=table, Key={"pk": {kind: "7.00"}})
    with denied():
        client.get_item(TableName=table, Key={"pk": {kind: other}})


def test_leading_keys_may_have_wildcards(root, rows):
    when = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["ali*"]}}
    client = make(root, allow("GetItem", on=table_arn(rows), when=when)).client()
    client.get_item(TableName=rows, Key=row("alice"))
    with denied():
        client.get_item(TableName=rows, Key=row("bob"))


def test_a_scan_says_nothing_of_leading_keys(root, rows):
    """AWS says so too: a policy that allows Scan allows all rows, unless it demands the key to be there."""
    demanding = {**OWN_ROWS, "Null": {"dynamodb:LeadingKeys": "false"}}
    user = make(root, allow("Scan", on=table_arn(rows), when=demanding))
    with denied(user.arn, "Scan", table_arn(rows)):
        user.client().scan(TableName=rows)
    user.may(allow("Scan", on=table_arn(rows), when={"ForAnyValue:StringEquals": OWN_ROWS[LEADING]}))
    with denied(user.arn, "Scan", table_arn(rows)):
        user.client().scan(TableName=rows)


# Which attributes


READS = ["GetItem", "BatchGetItem", "Query"]
WRITES = ["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"]
VISIBLE = ["pk", "sk", "shown"]
# As AWS documents it: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_dynamodb_attributes.html
SOME_ATTRIBUTES = {
    "ForAllValues:StringEquals": {"dynamodb:Attributes": VISIBLE},
    "StringEqualsIfExists": {
        "dynamodb:Select": "SPECIFIC_ATTRIBUTES",
        "dynamodb:ReturnValues": ["NONE", "UPDATED_OLD", "UPDATED_NEW"],
    },
}


@pytest.fixture
def reader(root, rows):
    """A user who may see and change some attributes only."""
    return make(root, allow(*READS, *WRITES, "Scan", on=table_arn(rows), when=SOME_ATTRIBUTES))


ALICE = {"pk": {"S": "alice"}, "sk": {"S": "1"}}
OF_ALICE = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": values(pk="alice")}
NAMED = {"ProjectionExpression": "#n", "ExpressionAttributeNames": {"#n": "concealed"}}


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("get_item", {"Key": ALICE, "ProjectionExpression": "pk, sk"}),
        ("query", {**OF_ALICE, "ProjectionExpression": "pk", "Select": "SPECIFIC_ATTRIBUTES"}),
        ("query", {**OF_ALICE, "ProjectionExpression": "pk"}),
        ("scan", {"ProjectionExpression": "pk, sk", "Select": "SPECIFIC_ATTRIBUTES"}),
        ("put_item", {"Item": item(pk="new", sk="1")}),
        (
            "put_item",
            {
                "Item": {**ALICE, "shown": {"S": "x"}},
                "ConditionExpression": "#o = :o",
                "ExpressionAttributeNames": {"#o": "shown"},
                "ExpressionAttributeValues": values(o="s"),
            },
        ),
        (
            "update_item",
            {
                "Key": ALICE,
                "UpdateExpression": "SET #o = :x",
                "ExpressionAttributeNames": {"#o": "shown"},
                "ExpressionAttributeValues": values(x="x"),
                "ReturnValues": "UPDATED_NEW",
            },
        ),
        ("delete_item", {"Key": ALICE, "ReturnValues": "NONE"}),
        ("get_item", {"Key": ALICE, "AttributesToGet": ["shown"]}),
    ],
)
def test_a_request_may_name_the_attributes_that_are_allowed(reader, rows, operation, parameters):
    getattr(reader.client(), operation)(TableName=rows, **parameters)


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("get_item", {"Key": ALICE, **NAMED}),
        ("get_item", {"Key": ALICE, "ProjectionExpression": "pk, concealed.a[0]"}),
        ("get_item", {"Key": ALICE, "AttributesToGet": ["concealed"]}),
        ("query", {**OF_ALICE, **NAMED, "Select": "SPECIFIC_ATTRIBUTES"}),
        ("query", {**OF_ALICE, "Select": "ALL_ATTRIBUTES"}),
        ("query", {**OF_ALICE, "Select": "COUNT"}),
        (
            "query",
            {
                **OF_ALICE,
                "ProjectionExpression": "pk",
                "FilterExpression": "attribute_exists(concealed)",
            },
        ),
        (
            "query",
            {
                "KeyConditions": {"pk": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "alice"}]}},
                "QueryFilter": {"concealed": {"ComparisonOperator": "NOT_NULL"}},
                "AttributesToGet": ["pk"],
            },
        ),
        ("scan", {"Select": "ALL_ATTRIBUTES"}),
        ("scan", {"ProjectionExpression": "pk", "FilterExpression": "attribute_exists(concealed)"}),
        ("put_item", {"Item": {**ALICE, "concealed": {"S": "x"}}}),
        ("put_item", {"Item": ALICE, "ReturnValues": "ALL_OLD"}),
        ("put_item", {"Item": ALICE, "ConditionExpression": "attribute_exists(concealed)"}),
        ("put_item", {"Item": ALICE, "Expected": {"concealed": {"Exists": False}}}),
        ("update_item", {"Key": ALICE, "UpdateExpression": "REMOVE concealed"}),
        ("update_item", {"Key": ALICE, "UpdateExpression": "SET shown = concealed"}),
        ("update_item", {"Key": ALICE, "AttributeUpdates": {"concealed": {"Action": "DELETE"}}}),
        ("update_item", {"Key": ALICE, "ReturnValues": "ALL_NEW"}),
        ("delete_item", {"Key": ALICE, "ReturnValues": "ALL_OLD"}),
        ("delete_item", {"Key": ALICE, "ConditionExpression": "attribute_exists(concealed)"}),
    ],
)
def test_a_request_that_names_or_returns_others_is_denied(reader, rows, operation, parameters):
    with denied():
        getattr(reader.client(), operation)(TableName=rows, **parameters)


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [("get_item", {"Key": ALICE}), ("query", OF_ALICE), ("scan", {})],
)
def test_a_read_that_names_no_attributes_returns_all_and_is_denied(reader, rows, operation, parameters):
    """Without Select and without a projection, the service selects all attributes."""
    with denied():
        getattr(reader.client(), operation)(TableName=rows, **parameters)


def test_a_batch_that_names_no_attributes_returns_all_and_is_denied(reader, rows):
    client = reader.client()
    client.batch_get_item(RequestItems={rows: {"Keys": [ALICE], "ProjectionExpression": "pk"}})
    with denied():
        client.batch_get_item(RequestItems={rows: {"Keys": [ALICE]}})


def test_a_failed_condition_does_not_show_what_the_caller_may_not_see(reader, rows):
    """ReturnValuesOnConditionCheckFailure returns an item as ReturnValues does."""
    parameters = {
        "TableName": rows,
        "Item": ALICE,
        "ConditionExpression": "attribute_not_exists(pk)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    with pytest.raises(ClientError) as caught:
        reader.client().put_item(**parameters)
    assert "concealed" not in json.dumps(caught.value.response.get("Item", {}))


def test_consumed_capacity_may_be_kept_from_a_caller(root, rows):
    when = {"StringEqualsIfExists": {"dynamodb:ReturnConsumedCapacity": "NONE"}}
    client = make(root, allow("GetItem", on=table_arn(rows), when=when)).client()
    client.get_item(TableName=rows, Key=ALICE)
    client.get_item(TableName=rows, Key=ALICE, ReturnConsumedCapacity="NONE")
    with denied():
        client.get_item(TableName=rows, Key=ALICE, ReturnConsumedCapacity="TOTAL")


# Tags


def tagged(client, table, **tags):
    tags = [{"Key": key, "Value": value} for key, value in tags.items()]
    client.tag_resource(ResourceArn=table_arn(table), Tags=tags)


def test_a_table_may_be_used_by_its_tags(root, rows, client):
    own = {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}
    user = make(root, allow("GetItem", "Query", when=own), tags={"team": "red"})
    with denied():
        user.client().get_item(TableName=rows, Key=ALICE)
    tagged(client, rows, team="red")
    user.client().get_item(TableName=rows, Key=ALICE)
    user.client().query(TableName=rows, **BY_INDEX)
    tagged(client, rows, team="blue")
    with denied():
        user.client().get_item(TableName=rows, Key=ALICE)
    root("TagUser", UserName=user.name, Tags=[{"Key": "team", "Value": "blue"}])
    user.client().get_item(TableName=rows, Key=ALICE)


def test_a_table_must_be_made_with_tags_where_policies_say_so(root, name):
    needed = {"StringEquals": {"aws:RequestTag/team": "red"}}
    only = {"ForAllValues:StringEquals": {"aws:TagKeys": ["team", "stage"]}}
    user = make(root, allow("CreateTable", "TagResource", "DeleteTable", when={**needed, **only}))
    client = user.client()
    for tags in [{}, {"team": "blue"}, {"stage": "test"}, {"team": "red", "other": "x"}]:
        with denied(user.arn, "CreateTable", table_arn(name)):
            client.create_table(
                TableName=name, Tags=[{"Key": key, "Value": value} for key, value in tags.items()], **schema()
            )
    tags = [{"Key": "team", "Value": "red"}, {"Key": "stage", "Value": "test"}]
    client.create_table(TableName=name, Tags=tags, **schema())


def test_tags_may_be_set_and_taken_away_as_policies_say(root, rows):
    only = {"ForAllValues:StringEquals": {"aws:TagKeys": ["stage"]}}
    user = make(root, allow("TagResource", "UntagResource", on=table_arn(rows), when=only))
    client = user.client()
    tagged(client, rows, stage="test")
    client.untag_resource(ResourceArn=table_arn(rows), TagKeys=["stage"])
    with denied(user.arn, "TagResource", table_arn(rows)):
        tagged(client, rows, team="red")
    with denied(user.arn, "UntagResource", table_arn(rows)):
        client.untag_resource(ResourceArn=table_arn(rows), TagKeys=["stage", "team"])


# What policies would decide


@pytest.fixture
def policy_file(tmp_path):
    """Writes policies to files."""

    def write(*statements):
        file = tmp_path / f"{uuid.uuid4().hex}.json"
        file.write_text(document(*statements))
        return file

    return write


ORDERS = table_arn("orders")


def simulate(*arguments, **environment):
    return pixii("policy", "simulate", *arguments, **environment)


def test_what_is_allowed_ends_with_status_zero_and_the_statement(policy_file):
    file = policy_file(allow("PutItem", on=ORDERS), allow("GetItem", on=ORDERS, sid="Reading"))
    done = simulate("--file", file, "--action", "dynamodb:GetItem", "--resource", ORDERS)
    assert (done.returncode, done.stderr) == (0, "")
    assert "allowed" in done.stdout
    assert "statement 2" in done.stdout
    assert "Reading" in done.stdout


def test_what_is_denied_ends_with_status_one_and_the_statement(policy_file):
    broad, narrow = policy_file(allow("*")), policy_file(allow("Scan"), deny("Get*", sid="Never"))
    done = simulate("--file", broad, "--file", narrow, "--action", "dynamodb:GetItem", "--resource", ORDERS)
    assert done.returncode == 1
    assert "denied" in done.stdout
    assert "statement 2" in done.stdout
    assert "Never" in done.stdout


def test_what_nothing_allows_ends_with_status_one(policy_file):
    done = simulate("--file", policy_file(allow("GetItem")), "--action", "dynamodb:PutItem", "--resource", ORDERS)
    assert done.returncode == 1
    assert "nothing allows" in done.stdout


def test_one_of_several_that_is_denied_ends_with_status_one(policy_file):
    arguments = ["--action", "dynamodb:GetItem", "--action", "dynamodb:PutItem", "--resource", ORDERS]
    done = simulate("--file", policy_file(allow("GetItem")), *arguments)
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 2


def test_what_cannot_be_told_ends_with_status_two(policy_file, tmp_path):
    action = ["--action", "dynamodb:GetItem", "--resource", ORDERS]
    faulty = tmp_path / "faulty.json"
    faulty.write_text('{"Statement": 1}')
    for arguments in [
        action,
        ["--file", tmp_path / "none.json", *action],
        ["--file", faulty, *action],
        ["--user", "nobody", "--endpoint", "http://127.0.0.1:1", *action],
        ["--file", policy_file(allow("*")), "--context", "no-pair", *action],
        ["--file", policy_file(allow("*"))],
    ]:
        done = simulate(*arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr


def test_an_action_without_its_service_cannot_be_told(policy_file):
    done = simulate("--file", policy_file(allow("*")), "--action", "GetItem", "--resource", ORDERS)
    assert done.returncode == 2
    assert "dynamodb:GetItem" in done.stderr


def test_conditions_are_told_what_they_ask(policy_file):
    when = {
        "IpAddress": {"aws:SourceIp": "192.0.2.0/24"},
        "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["a", "b"]},
    }
    file = policy_file(allow("GetItem", when=when))
    asked = ["--file", file, "--action", "dynamodb:GetItem", "--resource", ORDERS]
    address = ["--context", "aws:SourceIp=192.0.2.7"]
    keys = ["--context", "dynamodb:LeadingKeys=a", "--context", "dynamodb:LeadingKeys=b"]
    assert simulate(*asked, *address, *keys).returncode == 0
    assert simulate(*asked, *address, *keys, "--context", "dynamodb:LeadingKeys=c").returncode == 1
    assert simulate(*asked, "--context", "aws:SourceIp=198.51.100.7", *keys).returncode == 1
    assert simulate(*asked, *keys).returncode == 1


def test_the_policy_of_a_resource_counts(policy_file):
    to = {"AWS": ACCOUNT}
    identity = policy_file(allow("GetItem"))
    asked = ["--action", "dynamodb:GetItem", "--resource", ORDERS, "--output", "json"]
    denying = policy_file(deny("GetItem", on=ORDERS, to="*", sid="Closed"))
    done = simulate("--file", identity, "--resource-policy", denying, *asked)
    assert done.returncode == 1
    [result] = json.loads(done.stdout)["Results"]
    assert result["Decision"] == "explicitDeny"
    matched = result["MatchedStatement"]
    assert (matched["PolicyType"], matched["Sid"]) == ("resource", "Closed")
    elsewhere = ORDERS.replace(ACCOUNT, "210987654321")
    asked[3] = elsewhere
    assert simulate("--file", identity, *asked).returncode == 1
    sharing = policy_file(allow("GetItem", on=elsewhere, to=to))
    assert simulate("--file", identity, "--resource-policy", sharing, *asked).returncode == 0


def test_the_policies_of_a_user_are_asked_of_the_server(root, policy_file):
    user = make(root, allow("GetItem", on=ORDERS), managed=[READ_ONLY])
    at = ["--user", user.name, "--endpoint", user.endpoint, "--resource", ORDERS]
    who = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET}
    done = simulate(*at, "--action", "dynamodb:GetItem", **who)
    assert done.returncode == 0
    assert "own" in done.stdout
    done = simulate(*at, "--action", "dynamodb:Scan", **who)
    assert done.returncode == 0
    assert READ_ONLY in done.stdout
    assert simulate(*at, "--action", "dynamodb:PutItem", **who).returncode == 1
    # What is in files counts besides.
    file = policy_file(allow("PutItem"))
    assert simulate(*at, "--file", file, "--action", "dynamodb:PutItem", **who).returncode == 0
    nobody = simulate("--user", "nobody", *at[2:], "--action", "dynamodb:PutItem", **who)
    assert nobody.returncode == 2
    assert "NoSuchEntity" in nobody.stderr


def test_a_users_name_and_tags_are_known_to_its_simulation(root):
    own = {"StringEquals": {"aws:PrincipalTag/team": "red"}}
    user = make(root, allow("GetItem", on=arn("table/${aws:username}-*"), when=own), tags={"team": "red"})
    [result] = root(
        "SimulatePolicy",
        UserName=user.name,
        ActionNames=["dynamodb:GetItem"],
        ResourceArns=[table_arn(f"{user.name}-songs")],
    )["Results"]
    assert result["Decision"] == "allowed"


def test_the_command_tells_each_action_on_each_resource(root):
    results = root(
        "SimulatePolicy",
        PolicyDocuments=[document(allow("GetItem", on=ORDERS), deny("PutItem"))],
        ActionNames=["dynamodb:GetItem", "dynamodb:PutItem"],
        ResourceArns=[ORDERS, table_arn("other")],
    )["Results"]
    decisions = [(each["ActionName"], each["ResourceArn"], each["Decision"]) for each in results]
    assert decisions == [
        ("dynamodb:GetItem", ORDERS, "allowed"),
        ("dynamodb:GetItem", table_arn("other"), "implicitDeny"),
        ("dynamodb:PutItem", ORDERS, "explicitDeny"),
        ("dynamodb:PutItem", table_arn("other"), "explicitDeny"),
    ]
    assert "MatchedStatement" not in results[1]
    assert results[2]["MatchedStatement"]["Statement"] == 1


def test_simulating_is_an_action_of_its_own(root, user):
    asked = {"PolicyDocuments": [document(allow("*"))], "ActionNames": ["dynamodb:GetItem"]}
    with root.refuses(400, "AccessDeniedException", denial(user.arn, "iam:SimulateCustomPolicy", "*")):
        user.admin("SimulatePolicy", **asked)
    user.may(allow("iam:SimulateCustomPolicy"))
    assert user.admin("SimulatePolicy", **asked)["Results"]


def test_a_faulty_policy_is_malformed_in_a_simulation(root):
    with root.refuses(400, "MalformedPolicyDocument"):
        root("SimulatePolicy", PolicyDocuments=["{}"], ActionNames=["dynamodb:GetItem"])
