"""CreateTable, DescribeTable, ListTables, UpdateTable, DeleteTable."""

import datetime
import uuid

import pytest
from botocore.exceptions import ClientError

from conftest import connect
from items import item
from refusal import refused
from tables import schema


def described(client, table):
    return client.describe_table(TableName=table)["Table"]


def key(*names):
    kinds = ["HASH", "RANGE", "RANGE"]
    return [{"AttributeName": each, "KeyType": kind} for each, kind in zip(names, kinds)]


def definitions(**types):
    return [{"AttributeName": each, "AttributeType": kind} for each, kind in types.items()]


# Creating


def test_a_new_table_is_being_created_and_then_active(client, name):
    before = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=5)
    created = client.create_table(TableName=name, **schema(sort="sk"))["TableDescription"]
    assert created["TableStatus"] == "CREATING"
    assert created["TableName"] == name
    assert created["KeySchema"] == key("pk", "sk")
    assert (created["ItemCount"], created["TableSizeBytes"]) == (0, 0)
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    table = described(client, name)
    assert table["TableStatus"] == "ACTIVE"
    assert before < table["CreationDateTime"] < before + datetime.timedelta(minutes=1)
    client.delete_table(TableName=name)


def test_a_new_table_is_active_at_the_next_call(client, own_server, make_table, name):
    client.create_table(TableName=name, **schema())
    assert described(client, name)["TableStatus"] == "ACTIVE"
    client.delete_table(TableName=name)


@pytest.mark.parametrize("kind", ["S", "N", "B"])
def test_keys_have_three_types(client, make_table, kind):
    table = make_table(sort="sk", types={"pk": kind, "sk": kind})
    plain = {"S": "a", "N": "1", "B": b"a"}[kind]
    whole = {"pk": {kind: plain}, "sk": {kind: plain}}
    client.put_item(TableName=table, Item=whole)
    assert client.get_item(TableName=table, Key=whole)["Item"] == whole


def test_a_name_in_use_is_refused(client, table):
    with refused("ResourceInUseException"):
        client.create_table(TableName=table, **schema())


@pytest.mark.parametrize(
    "faulty",
    [
        {"AttributeDefinitions": definitions(pk="S", unused="S")},
        {"AttributeDefinitions": definitions(other="S")},
        {"AttributeDefinitions": definitions(pk="S") * 2},
        {"AttributeDefinitions": definitions(pk="SS")},
        {"AttributeDefinitions": definitions(pk="BOOL")},
        {"AttributeDefinitions": []},
        {"KeySchema": []},
        {"KeySchema": [{"AttributeName": "pk", "KeyType": "RANGE"}]},
        {"KeySchema": [{"AttributeName": "pk", "KeyType": "PRIMARY"}]},
        {"KeySchema": key("pk", "pk")},
        {"KeySchema": key("pk", "sk")[::-1], "AttributeDefinitions": definitions(pk="S", sk="S")},
        {"KeySchema": key("pk", "sk", "tk"), "AttributeDefinitions": definitions(pk="S", sk="S", tk="S")},
        {
            "KeySchema": [{"AttributeName": each, "KeyType": "HASH"} for each in ["pk", "sk"]],
            "AttributeDefinitions": definitions(pk="S", sk="S"),
        },
    ],
    ids=[
        "unused definition",
        "missing definition",
        "duplicate definition",
        "a set as key",
        "a boolean as key",
        "no definitions",
        "no key",
        "no partition key",
        "unknown kind of key",
        "one attribute twice",
        "sort key first",
        "three attributes",
        "two partition keys",
    ],
)
def test_a_faulty_key_schema_is_refused(loose, name, faulty):
    with refused():
        loose.create_table(TableName=name, **{**schema(), **faulty})
    with refused("ResourceNotFoundException"):
        loose.describe_table(TableName=name)


def local_index(index, *names):
    return {"IndexName": index, "KeySchema": key(*names), "Projection": {"ProjectionType": "ALL"}}


@pytest.mark.parametrize(
    ("options", "index"),
    [
        ({}, local_index("local", "pk", "l")),
        ({"sort": "sk"}, local_index("local", "l", "pk")),
        ({"sort": "sk"}, local_index("local", "pk")),
        ({"sort": "sk"}, local_index("local", "pk", "pk")),
        ({"sort": "sk"}, local_index("local", "pk", "undefined")),
    ],
    ids=[
        "no sort key",
        "another partition key",
        "no sort key of its own",
        "one attribute twice",
        "undefined",
    ],
)
def test_a_faulty_local_index_is_refused(loose, name, options, index):
    parameters = schema(**options)
    used = {each["AttributeName"] for each in index["KeySchema"]}
    if "l" in used:
        parameters["AttributeDefinitions"] += definitions(l="S")
    with refused():
        loose.create_table(TableName=name, **parameters, LocalSecondaryIndexes=[index])


def test_a_global_index_may_have_any_key(client, make_table):
    table = make_table(
        sort="sk",
        indexes={"swapped": ("sk", "pk", "ALL"), "same": ("pk", "sk", "ALL"), "alone": ("g", None, "ALL")},
    )
    client.put_item(TableName=table, Item=item(sk="1"))
    assert client.scan(TableName=table, IndexName="swapped")["Count"] == 1
    assert client.scan(TableName=table, IndexName="same")["Count"] == 1
    assert client.scan(TableName=table, IndexName="alone")["Count"] == 0


def test_index_names_are_unique_over_all_kinds(loose, name):
    with refused():
        loose.create_table(
            TableName=name,
            **schema(sort="sk", local={"index": ("l", "ALL")}, indexes={"index": ("g", None, "ALL")}),
        )


def test_identical_indexes_may_have_different_names(client, make_table):
    table = make_table(indexes={"one": ("g", None, "ALL"), "two": ("g", None, "ALL")})
    client.put_item(TableName=table, Item=item(g="x"))
    assert client.scan(TableName=table, IndexName="one")["Count"] == 1
    assert client.scan(TableName=table, IndexName="two")["Count"] == 1


def test_an_empty_list_of_indexes_is_refused(loose, name):
    with refused():
        loose.create_table(TableName=name, **schema(), GlobalSecondaryIndexes=[])
    with refused():
        loose.create_table(TableName=name, **schema(sort="sk"), LocalSecondaryIndexes=[])


# Billing


UNITS = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 6}


def unbilled(**options):
    parameters = schema(**options)
    parameters.pop("BillingMode")
    return parameters


def test_a_table_is_provisioned_unless_it_says_otherwise(client, name):
    created = client.create_table(TableName=name, **unbilled(), ProvisionedThroughput=UNITS)
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    for table in [created["TableDescription"], described(client, name)]:
        throughput = table["ProvisionedThroughput"]
        assert throughput["ReadCapacityUnits"] == 5
        assert throughput["WriteCapacityUnits"] == 6
        assert throughput["NumberOfDecreasesToday"] == 0
        assert table.get("BillingModeSummary", {}).get("BillingMode") != "PAY_PER_REQUEST"
    client.delete_table(TableName=name)


@pytest.mark.parametrize(
    "faulty",
    [
        {},
        {"ProvisionedThroughput": {"ReadCapacityUnits": 0, "WriteCapacityUnits": 1}},
        {"ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 0}},
        {"ProvisionedThroughput": {"ReadCapacityUnits": 1}},
        {"ProvisionedThroughput": UNITS, "BillingMode": "PAY_PER_REQUEST"},
        {"BillingMode": "PROVISIONED"},
        {"BillingMode": "FREE"},
    ],
)
def test_throughput_goes_with_provisioned_tables_and_only_with_those(loose, name, faulty):
    with refused():
        loose.create_table(TableName=name, **unbilled(), **faulty)


def test_throughput_of_an_index_goes_with_provisioned_tables_and_only_with_those(loose, name):
    indexes = {"by-g": ("g", None, "ALL")}
    with refused():
        loose.create_table(
            TableName=name,
            **unbilled(indexes=indexes),
            BillingMode="PROVISIONED",
            ProvisionedThroughput=UNITS,
        )
    parameters = schema(indexes=indexes)
    parameters["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"] = UNITS
    with refused():
        loose.create_table(TableName=name, **parameters)


def test_an_on_demand_table_shows_no_throughput(client, table):
    shown = described(client, table)
    throughput = shown["ProvisionedThroughput"]
    assert throughput["ReadCapacityUnits"] == 0
    assert throughput["WriteCapacityUnits"] == 0
    assert throughput["NumberOfDecreasesToday"] == 0
    assert shown["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert "LastUpdateToPayPerRequestDateTime" in shown["BillingModeSummary"]


def test_a_stream_that_is_off_has_no_view(loose, name):
    with refused():
        loose.create_table(
            TableName=name,
            **schema(),
            StreamSpecification={"StreamEnabled": False, "StreamViewType": "KEYS_ONLY"},
        )


@pytest.mark.parametrize(
    ("member", "given", "shown"),
    [
        (
            "StreamSpecification",
            {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
            "StreamSpecification",
        ),
    ],
)
def test_a_setting_is_kept_or_refused_but_never_ignored(loose, name, member, given, shown):
    try:
        loose.create_table(TableName=name, **schema(), **{member: given})
    except ClientError as error:
        assert error.response["Error"]["Code"] == "ValidationException"
        return
    assert shown in described(loose, name)
    loose.delete_table(TableName=name)


# Describing


def test_what_is_unset_is_not_described(client, table):
    absent = ["SSEDescription", "StreamSpecification", "LatestStreamArn", "RestoreSummary", "Replicas"]
    absent += ["GlobalSecondaryIndexes", "LocalSecondaryIndexes", "ArchivalSummary"]
    assert not set(absent) & set(described(client, table))


def test_a_table_is_described_as_it_was_made(client, make_table):
    table = make_table(
        sort="sk",
        types={"sk": "N", "h": "B"},
        local={"by-l": ("l", ["p"])},
        indexes={"by-g": ("g", "h", "KEYS_ONLY")},
        DeletionProtectionEnabled=False,
        TableClass="STANDARD_INFREQUENT_ACCESS",
    )
    shown = described(client, table)
    assert sorted(shown["AttributeDefinitions"], key=str) == sorted(
        definitions(pk="S", sk="N", l="S", g="S", h="B"), key=str
    )
    assert shown["KeySchema"] == key("pk", "sk")
    assert shown["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    assert shown["DeletionProtectionEnabled"] is False
    [index] = shown["GlobalSecondaryIndexes"]
    assert index["IndexName"] == "by-g"
    assert index["KeySchema"] == key("g", "h")
    assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}
    assert index["IndexStatus"] == "ACTIVE"
    assert "Backfilling" not in index
    [index] = shown["LocalSecondaryIndexes"]
    assert index["KeySchema"] == key("pk", "l")
    assert index["Projection"] == {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["p"]}
    assert "IndexStatus" not in index


def test_warm_throughput_has_a_status(client, table):
    assert described(client, table)["WarmThroughput"]["Status"] == "ACTIVE"


def test_counts_and_sizes_are_those_of_the_items(client, own_server, make_table):
    """An item's size is that of its names and values."""
    table = make_table(indexes={"by-g": ("g", None, "KEYS_ONLY")})
    client.put_item(TableName=table, Item=item(g="xy", v="12345"))
    client.put_item(TableName=table, Item=item(pk="b"))
    shown = described(client, table)
    assert (shown["ItemCount"], shown["TableSizeBytes"]) == (2, 12 + 3)
    [index] = shown["GlobalSecondaryIndexes"]
    assert index["ItemCount"] == 1
    assert index["IndexSizeBytes"] > 0
    client.delete_item(TableName=table, Key=item())
    shown = described(client, table)
    assert (shown["ItemCount"], shown["TableSizeBytes"]) == (1, 3)
    assert shown["GlobalSecondaryIndexes"][0]["ItemCount"] == 0
    assert shown["GlobalSecondaryIndexes"][0]["IndexSizeBytes"] == 0


def test_a_missing_table_is_not_found(client):
    with refused("ResourceNotFoundException", containing="Requested resource not found"):
        client.describe_table(TableName="no-such-table")


# Listing


def test_tables_are_listed_in_order_and_page_by_page(client, make_table):
    prefix = f"list-{uuid.uuid4().hex}"
    for each in "bca":
        make_table(name=f"{prefix}-{each}")
    names = [f"{prefix}-{each}" for each in "abc"]
    reply = client.list_tables(ExclusiveStartTableName=prefix, Limit=2)
    assert reply["TableNames"] == names[:2]
    assert reply["LastEvaluatedTableName"] == names[1]
    reply = client.list_tables(ExclusiveStartTableName=names[1], Limit=1)
    assert reply["TableNames"] == names[2:]


def test_a_list_that_reached_its_end_says_so(client, make_table):
    """The name is after all others, and the start need not be a table."""
    last = make_table(name=f"zzz{uuid.uuid4().hex}")
    reply = client.list_tables(ExclusiveStartTableName=last[:-1], Limit=100)
    assert last in reply["TableNames"]
    reply = client.list_tables(ExclusiveStartTableName=last)
    assert reply["TableNames"] == []
    assert "LastEvaluatedTableName" not in reply


def test_a_page_lists_at_most_100_tables(client, make_table):
    prefix = f"many-{uuid.uuid4().hex}"
    made = sorted(make_table(name=f"{prefix}-{each:03}") for each in range(101))
    reply = client.list_tables(ExclusiveStartTableName=prefix)
    assert reply["TableNames"] == made[:100]
    assert reply["LastEvaluatedTableName"] == made[99]
    paginator = client.get_paginator("list_tables")
    listed = [each for page in paginator.paginate() for each in page["TableNames"]]
    assert listed == sorted(listed)
    assert set(made) <= set(listed)


@pytest.mark.parametrize("limit", [0, 101])
def test_a_page_of_another_size_is_refused(loose, limit):
    with refused():
        loose.list_tables(Limit=limit)


def test_regions_have_tables_of_their_own(client, endpoint, own_server, table):
    elsewhere = connect(endpoint, region="eu-west-1")
    assert table in client.list_tables(ExclusiveStartTableName=table[:-1])["TableNames"]
    with refused("ResourceNotFoundException"):
        elsewhere.describe_table(TableName=table)


# Updating


def updated(client, table, **changes):
    reply = client.update_table(TableName=table, **changes)["TableDescription"]
    assert reply["TableStatus"] in {"UPDATING", "ACTIVE"}
    client.get_waiter("table_exists").wait(TableName=table, WaiterConfig={"Delay": 1})
    return described(client, table)


def test_throughput_changes(client, make_table):
    table = make_table(units=(5, 5))
    shown = updated(client, table, ProvisionedThroughput={"ReadCapacityUnits": 7, "WriteCapacityUnits": 8})
    assert shown["ProvisionedThroughput"]["ReadCapacityUnits"] == 7
    assert shown["ProvisionedThroughput"]["WriteCapacityUnits"] == 8
    assert "LastIncreaseDateTime" in shown["ProvisionedThroughput"]
    assert shown["ProvisionedThroughput"]["NumberOfDecreasesToday"] == 0
    shown = updated(client, table, ProvisionedThroughput={"ReadCapacityUnits": 3, "WriteCapacityUnits": 3})
    assert shown["ProvisionedThroughput"]["NumberOfDecreasesToday"] == 1
    assert "LastDecreaseDateTime" in shown["ProvisionedThroughput"]


def test_the_same_throughput_again_is_refused(client, make_table):
    table = make_table(units=(5, 5))
    with refused():
        client.update_table(
            TableName=table, ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
        )


def test_a_table_may_become_on_demand_and_go_back(client, make_table):
    table = make_table(units=(5, 5))
    shown = updated(client, table, BillingMode="PAY_PER_REQUEST")
    assert shown["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert "LastUpdateToPayPerRequestDateTime" in shown["BillingModeSummary"]
    assert shown["ProvisionedThroughput"]["ReadCapacityUnits"] == 0
    shown = updated(
        client,
        table,
        BillingMode="PROVISIONED",
        ProvisionedThroughput={"ReadCapacityUnits": 2, "WriteCapacityUnits": 2},
    )
    assert shown["BillingModeSummary"]["BillingMode"] == "PROVISIONED"
    assert shown["ProvisionedThroughput"]["ReadCapacityUnits"] == 2


def test_an_on_demand_table_may_become_on_demand(client, table):
    shown = updated(client, table, BillingMode="PAY_PER_REQUEST")
    assert shown["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"


def test_billing_needs_its_throughput_and_no_other(loose, table):
    with refused():
        loose.update_table(TableName=table, BillingMode="PROVISIONED")
    with refused():
        loose.update_table(TableName=table, BillingMode="PAY_PER_REQUEST", ProvisionedThroughput=UNITS)
    with refused():
        loose.update_table(TableName=table, ProvisionedThroughput=UNITS)


def test_the_class_of_a_table_changes(client, table):
    shown = updated(client, table, TableClass="STANDARD_INFREQUENT_ACCESS")
    assert shown["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    shown = updated(client, table, TableClass="STANDARD")
    assert shown["TableClassSummary"]["TableClass"] == "STANDARD"


def test_an_update_without_a_change_is_refused(loose, table):
    with refused():
        loose.update_table(TableName=table)


def test_an_update_of_a_missing_table_is_refused(loose):
    with refused("ResourceNotFoundException"):
        loose.update_table(TableName="no-such-table", BillingMode="PAY_PER_REQUEST")


def test_a_table_serves_items_while_it_is_updated(client, table):
    client.update_table(TableName=table, TableClass="STANDARD_INFREQUENT_ACCESS")
    client.put_item(TableName=table, Item=item())
    assert client.get_item(TableName=table, Key=item())["Item"] == item()


# Deleting


def test_a_deleted_table_is_gone_with_its_items(client, name):
    client.create_table(TableName=name, **schema(sort="sk"))
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    client.put_item(TableName=name, Item=item(sk="1"))
    deleted = client.delete_table(TableName=name)["TableDescription"]
    assert deleted["TableName"] == name
    assert deleted["TableStatus"] == "DELETING"
    assert "TableArn" in deleted
    assert "KeySchema" not in deleted
    assert "AttributeDefinitions" not in deleted
    client.get_waiter("table_not_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    assert name not in client.list_tables(ExclusiveStartTableName=name[:-1]).get("TableNames", [])
    with refused("ResourceNotFoundException"):
        client.get_item(TableName=name, Key=item(sk="1"))
    client.create_table(TableName=name, **schema(sort="sk"))
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    assert client.scan(TableName=name)["Count"] == 0
    client.delete_table(TableName=name)


def test_a_missing_table_cannot_be_deleted(client):
    with refused("ResourceNotFoundException"):
        client.delete_table(TableName="no-such-table")


def test_a_protected_table_cannot_be_deleted(client, make_table):
    table = make_table(DeletionProtectionEnabled=True)
    assert described(client, table)["DeletionProtectionEnabled"] is True
    with refused("ValidationException"):
        client.delete_table(TableName=table)
    assert described(client, table)["TableStatus"] == "ACTIVE"
    shown = updated(client, table, DeletionProtectionEnabled=False)
    assert shown["DeletionProtectionEnabled"] is False
    client.delete_table(TableName=table)


# The account


def test_the_endpoint_is_described(client, endpoint):
    [described] = client.describe_endpoints()["Endpoints"]
    assert described["Address"]
    assert described["CachePeriodInMinutes"] >= 1
