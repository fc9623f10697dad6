"""Global tables of both versions, with all Regions in one server."""

import contextlib
import functools
import threading
import time
import uuid

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from conftest import connect
from items import item, values
from refusal import refused
from server import Server
from tables import schema
from waiting import wait_for_expiry, wait_for_index, wait_until

HOME, AWAY, THIRD = REGIONS = ["us-east-1", "eu-west-1", "ap-northeast-1"]
OLD, NEW = "2017.11.29", "2019.11.21"
STREAM = {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}}
IN_USE = "because one or more replicas already existed as tables."
NO_MEMBER = (
    "Update global table operation failed because one or more replicas were not part of the global table. "
    "Please retry the request without these replicas: "
)


# Asking


def described(client, table):
    return client.describe_table(TableName=table)["Table"]


def exists(client, table):
    try:
        return described(client, table)["TableStatus"] != "DELETING"
    except client.exceptions.ResourceNotFoundException:
        return False


def replicas(client, table):
    """The entries of the other Regions, by Region."""
    return {each["RegionName"]: each for each in described(client, table).get("Replicas", [])}


def without_marks(stored):
    """The item as it was written: replicas of the older version may show whose write it was, and when."""
    return {name: each for name, each in stored.items() if not name.startswith("aws:rep:")}


def get(client, table, key):
    """The item, or None."""
    found = client.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
    return without_marks(found) if found else None


def scan(client, table, **more):
    """All items, in the order of their keys."""
    pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead="IndexName" not in more, **more)
    items = [without_marks(each) for page in pages for each in page["Items"]]
    return sorted(items, key=lambda each: (each["pk"]["S"], each.get("sk", {"S": ""})["S"]))


def records(streams, client, table):
    """All records of the table's stream, those of one item in their order."""
    arn = described(client, table)["LatestStreamArn"]
    shards, start = [], {}
    while True:
        page = streams.describe_stream(StreamArn=arn, **start)["StreamDescription"]
        shards += page["Shards"]
        if "LastEvaluatedShardId" not in page:
            break
        start = {"ExclusiveStartShardId": page["LastEvaluatedShardId"]}
    found = []
    for shard in shards:
        iterator = streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        while iterator:
            page = streams.get_records(ShardIterator=iterator)
            found += page["Records"]
            iterator = page.get("NextShardIterator") if page["Records"] else None
    return found


def history(streams, client, table, key):
    """The (event, new image) of each record of one item."""
    mine = [each for each in records(streams, client, table) if each["dynamodb"]["Keys"] == key]
    images = [each["dynamodb"].get("NewImage") for each in mine]
    return [
        (each["eventName"], without_marks(image) if image else None)
        for each, image in zip(mine, images, strict=True)
    ]


# Waiting


def wait_for_group(clients, table, regions):
    """Waits until exactly these Regions have a replica, and all say so."""

    def is_whole():
        for region in regions:
            try:
                shown = described(clients[region], table)
            except clients[region].exceptions.ResourceNotFoundException:
                return False
            entries = shown.get("Replicas", [])
            states = {each["RegionName"]: each["ReplicaStatus"] for each in entries}
            if shown["TableStatus"] != "ACTIVE" or states != dict.fromkeys(set(regions) - {region}, "ACTIVE"):
                return False
        return True

    wait_until(is_whole, f"{table} has replicas in {regions}")


def hear(client, table, other):
    """Waits until a replica knows how things were in another one: what it is told, it is told in order."""
    key = item(pk=f"heard-{uuid.uuid4()}")
    other.put_item(TableName=table, Item=key)
    wait_until(lambda: "Item" in client.get_item(TableName=table, Key=key), "the replica hears of the other")


def wait_for_old_group(clients, table, regions):
    def is_whole():
        for region in regions:
            shown = clients[region].describe_global_table(GlobalTableName=table)["GlobalTableDescription"]
            if shown["GlobalTableStatus"] != "ACTIVE" or members(shown) != set(regions):
                return False
        return True

    wait_until(is_whole, f"the global table {table} is ACTIVE in {regions}")


def members(shown):
    return {each["RegionName"] for each in shown["ReplicationGroup"]}


def wait_for_item(clients, table, key, expected):
    """Waits until every Region has this item; None means that it is absent."""
    for region, client in clients.items():
        wait_until(lambda: get(client, table, key) == expected, f"{region} has {expected} at {key}")


def wait_until_equal(clients, table):
    """Waits until all replicas hold the same items, and gives those."""

    def are_equal():
        first, *others = [scan(client, table) for client in clients.values()]
        return all(each == first for each in others)

    wait_until(are_equal, f"the replicas of {table} are equal")
    return scan(next(iter(clients.values())), table)


# Making


def add(client, table, region, **settings):
    updates = [{"Create": {"RegionName": region, **settings}}]
    return client.update_table(TableName=table, ReplicaUpdates=updates)["TableDescription"]


def change(client, table, region, **settings):
    updates = [{"Update": {"RegionName": region, **settings}}]
    return client.update_table(TableName=table, ReplicaUpdates=updates)["TableDescription"]


def remove(client, table, region):
    updates = [{"Delete": {"RegionName": region}}]
    return client.update_table(TableName=table, ReplicaUpdates=updates)["TableDescription"]


def create(client, table, **options):
    client.create_table(TableName=table, **schema(**options))
    client.get_waiter("table_exists").wait(TableName=table, WaiterConfig={"Delay": 1})


def create_group(clients, table, version=NEW, **options):
    """Makes a global table with a replica in every Region of the clients."""
    regions = list(clients)
    first = clients[regions[0]]
    if version == OLD:
        for client in clients.values():
            create(client, table, **STREAM, **options)
        first.create_global_table(
            GlobalTableName=table, ReplicationGroup=[{"RegionName": each} for each in regions]
        )
        wait_for_old_group(clients, table, regions)
        return
    create(first, table, **options)
    for count, region in enumerate(regions[1:], start=2):
        add(first, table, region)
        wait_for_group(clients, table, regions[:count])


def make_index(clients, table, region, count):
    """Makes an index in one Region, and waits until it has so many items in all of them."""
    clients[region].update_table(
        TableName=table,
        AttributeDefinitions=[{"AttributeName": "g", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[
            {
                "Create": {
                    "IndexName": "by-g",
                    "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            }
        ],
    )
    for where, client in clients.items():
        wait_until(lambda: described(client, table).get("GlobalSecondaryIndexes"), f"{where} has the index")
        wait_for_index(client, table, "by-g")
        wait_until(lambda: len(scan(client, table, IndexName="by-g")) == count, f"{where} has filled the index")


def delete_everywhere(clients, table):
    """Takes apart whatever a test has left."""

    def is_gone(client):
        if not exists(client, table):
            return True
        # A table may be in use while its replicas change, and then must be asked again.
        with contextlib.suppress(ClientError):
            client.delete_table(TableName=table)
        return False

    # The first Region is the one that others were copied from, which may have to be the last to go.
    for client in reversed(clients.values()):
        with contextlib.suppress(ClientError):
            client.update_table(TableName=table, DeletionProtectionEnabled=False)
        with contextlib.suppress(BotoCoreError):
            wait_until(functools.partial(is_gone, client), f"{table} is gone")


@pytest.fixture(scope="module")
def clients(endpoint):
    """A client for each Region."""
    return {region: connect(endpoint, region=region) for region in REGIONS}


@pytest.fixture(scope="module")
def streams(endpoint):
    return {region: connect(endpoint, "dynamodbstreams", region=region) for region in REGIONS}


@pytest.fixture
def name(clients, name):
    """A table name that is free in every Region, and is again when the test ends."""
    yield name
    delete_everywhere(clients, name)


def some(clients, *regions):
    return {region: clients[region] for region in regions}


# Version 2019.11.21: making and describing


def test_the_first_replica_makes_a_table_global(clients, name):
    create(clients[HOME], name, indexes={"by-g": ("g", None, "ALL")}, sort="sk")
    before = described(clients[HOME], name)
    assert not {"Replicas", "GlobalTableVersion", "GlobalTableSettingsReplicationMode"} & set(before)
    reply = add(clients[HOME], name, AWAY)
    assert reply["TableStatus"] == "UPDATING"
    assert reply["GlobalTableVersion"] == NEW
    assert reply["StreamSpecification"] == STREAM["StreamSpecification"]
    wait_for_group(clients, name, [HOME, AWAY])
    for here, there in [(HOME, AWAY), (AWAY, HOME)]:
        shown = described(clients[here], name)
        assert shown["GlobalTableVersion"] == NEW
        assert shown["GlobalTableSettingsReplicationMode"] == "ENABLED_WITH_OVERRIDES"
        assert "MultiRegionConsistency" not in shown
        [entry] = shown["Replicas"]
        [index] = entry.pop("GlobalSecondaryIndexes")
        assert set(index) == {"IndexName", "WarmThroughput"}
        assert index["IndexName"] == "by-g"
        assert set(entry) == {
            "RegionName",
            "ReplicaStatus",
            "WarmThroughput",
            "GlobalTableSettingsReplicationMode",
        }
        assert entry["RegionName"] == there
        assert entry["GlobalTableSettingsReplicationMode"] == "ENABLED_WITH_OVERRIDES"
        assert entry["WarmThroughput"] == shown["WarmThroughput"]


def test_a_replica_has_the_definitions_of_its_source_and_an_identity_of_its_own(clients, name):
    options = {"indexes": {"by-g": (["g", "h"], "r", ["p"])}, "local": {"by-l": ("l", "KEYS_ONLY")}, "sort": "sk"}
    create(clients[HOME], name, types={"r": "N"}, **options)
    add(clients[HOME], name, AWAY)
    wait_for_group(clients, name, [HOME, AWAY])
    home, away = described(clients[HOME], name), described(clients[AWAY], name)
    for member in ["TableName", "KeySchema", "StreamSpecification", "WarmThroughput", "ItemCount"]:
        assert away[member] == home[member], member
    for member in ["TableId", "TableArn", "LatestStreamArn"]:
        assert away[member] != home[member], member
    assert away["TableArn"] == home["TableArn"].replace(HOME, AWAY)
    assert away["LatestStreamArn"].startswith(away["TableArn"])
    assert away["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"

    def definitions(shown):
        return sorted(shown["AttributeDefinitions"], key=lambda each: each["AttributeName"])

    def indexes(shown, kind):
        return [{part: each[part] for part in ["IndexName", "KeySchema", "Projection"]} for each in shown[kind]]

    assert definitions(away) == definitions(home)
    for kind in ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"]:
        assert indexes(away, kind) == indexes(home, kind)


@pytest.mark.parametrize("view", ["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE"])
def test_a_stream_that_is_there_stays_as_it_is_and_does_for_replication(clients, name, view):
    specification = {"StreamEnabled": True, "StreamViewType": view}
    create(clients[HOME], name, StreamSpecification=specification)
    before = described(clients[HOME], name)
    add(clients[HOME], name, AWAY)
    wait_for_group(clients, name, [HOME, AWAY])
    for region in [HOME, AWAY]:
        assert described(clients[region], name)["StreamSpecification"] == specification
    assert described(clients[HOME], name)["LatestStreamArn"] == before["LatestStreamArn"]
    written = item(g="x", n=1)
    clients[AWAY].put_item(TableName=name, Item=written)
    wait_for_item(some(clients, HOME, AWAY), name, item(), written)


def test_any_replica_adds_another(clients, name):
    create_group(some(clients, HOME, AWAY), name)
    clients[HOME].put_item(TableName=name, Item=item(pk="early"))
    add(clients[AWAY], name, THIRD)
    wait_for_group(clients, name, REGIONS)
    for region in REGIONS:
        assert region not in replicas(clients[region], name)
    wait_for_item(clients, name, item(pk="early"), item(pk="early"))
    clients[THIRD].put_item(TableName=name, Item=item(pk="late"))
    wait_for_item(clients, name, item(pk="late"), item(pk="late"))


def test_the_same_replica_twice_in_a_request_is_one(clients, name):
    create(clients[HOME], name)
    twice = [{"Create": {"RegionName": AWAY}}] * 2
    clients[HOME].update_table(TableName=name, ReplicaUpdates=twice)
    wait_for_group(clients, name, [HOME, AWAY])


def test_a_table_of_the_name_of_a_replica_is_not_made(clients, name):
    create_group(some(clients, HOME, AWAY), name)
    with refused("ResourceInUseException", f"Table already exists: {name}"):
        clients[AWAY].create_table(TableName=name, **schema())


# Version 2019.11.21: refusals


@pytest.mark.parametrize(
    ("updates", "message"),
    [
        (
            [{"Create": {"RegionName": HOME}}],
            "Cannot add or delete the local region through ReplicaUpdates. "
            "Use CreateTable, DeleteTable, or UpdateTable as required.",
        ),
        (
            [{"Delete": {"RegionName": HOME}}],
            "Cannot add or delete the local region through ReplicaUpdates. "
            "Use CreateTable, DeleteTable, or UpdateTable as required.",
        ),
        ([{"Create": {"RegionName": "us-fake-1"}}], "Region us-fake-1 is not supported."),
        ([{"Create": {"RegionName": "EU-WEST-1"}}], "Region EU-WEST-1 is not supported."),
        ([{"Create": {"RegionName": AWAY}}], IN_USE),
        ([{"Delete": {"RegionName": THIRD}}], f"{NO_MEMBER}[{THIRD}]."),
        (
            [{"Update": {"RegionName": THIRD, "TableClassOverride": "STANDARD"}}],
            f"{NO_MEMBER}[{THIRD}].",
        ),
        ([{}], "There are no actions specified in the Replica Update Action of the request."),
        (
            [{"Update": {"RegionName": AWAY}}],
            "There are no actions specified in the Replica Update Action of the request.",
        ),
        (
            [{"Create": {"RegionName": THIRD}, "Delete": {"RegionName": AWAY}}],
            "Update table operation with more than one type of replica actions not allowed.",
        ),
        (
            [{"Create": {"RegionName": THIRD}}, {"Create": {"RegionName": "eu-central-1"}}],
            "Update table operation with more than one create or delete replica actions not allowed",
        ),
        (
            [{"Update": {"RegionName": AWAY, "ProvisionedThroughputOverride": {"ReadCapacityUnits": 5}}}],
            "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST",
        ),
        (
            [{"Update": {"RegionName": AWAY, "KMSMasterKeyId": "alias/aws/dynamodb"}}],
            "KMSMasterKeyId must be specified for each replica.",
        ),
    ],
)
def test_a_faulty_change_of_replicas_is_refused(clients, name, updates, message):
    create_group(some(clients, HOME, AWAY), name)
    with refused(containing=message):
        clients[HOME].update_table(TableName=name, ReplicaUpdates=updates)
    assert set(replicas(clients[HOME], name)) == {AWAY}


def test_an_empty_list_of_changes_of_replicas_is_refused(wire, clients, name):
    create(clients[HOME], name)
    reply = wire.post("UpdateTable", {"TableName": name, "ReplicaUpdates": []})
    assert reply.status == 400
    assert reply.error == "ValidationException"


@pytest.mark.parametrize(
    "other",
    [
        {"DeletionProtectionEnabled": True},
        {"TableClass": "STANDARD_INFREQUENT_ACCESS"},
        {"SSESpecification": {"Enabled": True}},
        STREAM,
        {
            "BillingMode": "PROVISIONED",
            "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
        },
    ],
    ids=lambda other: next(iter(other)),
)
def test_a_change_of_replicas_must_be_the_only_one(clients, name, other):
    create(clients[HOME], name)
    with refused(containing="Replica modification must be the only operation in the request"):
        clients[HOME].update_table(
            TableName=name, ReplicaUpdates=[{"Create": {"RegionName": AWAY}}], **other
        )
    assert not exists(clients[AWAY], name)


def test_a_replica_does_not_take_the_place_of_a_table(clients, name):
    create(clients[HOME], name)
    create(clients[AWAY], name)
    clients[AWAY].put_item(TableName=name, Item=item())
    with refused(containing=IN_USE):
        add(clients[HOME], name, AWAY)
    assert get(clients[AWAY], name, item()) == item()
    assert "GlobalTableVersion" not in described(clients[HOME], name)


def test_a_provisioned_table_becomes_global_only_with_scaled_writes(clients, name):
    create(clients[HOME], name, units=(5, 5))
    with refused(message="Table write capacity should either be Pay-Per-Request or AutoScaled."):
        add(clients[HOME], name, AWAY)


def test_the_stream_of_a_replica_stays(clients, name):
    create_group(some(clients, HOME, AWAY), name)
    for region in [HOME, AWAY]:
        with refused(containing="Disabling Stream is not allowed for a Global Table replica."):
            clients[region].update_table(TableName=name, StreamSpecification={"StreamEnabled": False})
        for view in ["NEW_AND_OLD_IMAGES", "KEYS_ONLY"]:
            specification = {"StreamEnabled": True, "StreamViewType": view}
            with refused(message=f"Table already has an enabled stream: TableName: {name}"):
                clients[region].update_table(TableName=name, StreamSpecification=specification)


NOTHING_TO_DO = "At least one of ProvisionedThroughput, BillingMode, "
WITNESS = {"GlobalTableWitnessUpdates": [{"Create": {"RegionName": "us-east-2"}}]}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"MultiRegionConsistency": "STRONG"}, NOTHING_TO_DO),
        (WITNESS, NOTHING_TO_DO),
        (
            {"MultiRegionConsistency": "STRONG", "ReplicaUpdates": [{"Create": {"RegionName": AWAY}}]},
            "Unsupported replica count for global tables with MultiRegionConsistency set to STRONG.",
        ),
        (
            {"ReplicaUpdates": [{"Create": {"RegionName": AWAY}}], **WITNESS},
            "MultiRegionConsistency must be set as STRONG when GlobalTableWitnessUpdates parameter is present.",
        ),
        (
            {
                "MultiRegionConsistency": "STRONG",
                "ReplicaUpdates": [{"Create": {"RegionName": each}} for each in [AWAY, THIRD]],
            },
            "with MultiRegionConsistency set to STRONG",
        ),
        (
            {"GlobalTableSettingsReplicationMode": "ENABLED_WITH_OVERRIDES"},
            "Only ENABLED and DISABLED settings replication are supported for a Regional Table.",
        ),
    ],
)
def test_consistency_over_regions_is_refused(clients, name, changes, message):
    create(clients[HOME], name)
    with refused(containing=message):
        clients[HOME].update_table(TableName=name, **changes)
    assert "GlobalTableVersion" not in described(clients[HOME], name)
    assert not exists(clients[AWAY], name)


def test_eventual_consistency_may_be_named(clients, name):
    create(clients[HOME], name)
    clients[HOME].update_table(
        TableName=name,
        MultiRegionConsistency="EVENTUAL",
        ReplicaUpdates=[{"Create": {"RegionName": AWAY}}],
    )
    wait_for_group(clients, name, [HOME, AWAY])
    assert "MultiRegionConsistency" not in described(clients[HOME], name)


# Version 2019.11.21: removing


def test_a_removed_replica_is_deleted_and_the_rest_goes_on(clients, name):
    create_group(clients, name)
    clients[THIRD].put_item(TableName=name, Item=item(pk="before"))
    wait_for_item(clients, name, item(pk="before"), item(pk="before"))
    assert remove(clients[HOME], name, THIRD)["TableStatus"] == "UPDATING"
    wait_for_group(clients, name, [HOME, AWAY])
    wait_until(lambda: not exists(clients[THIRD], name), "the removed table is gone")
    clients[AWAY].put_item(TableName=name, Item=item(pk="after"))
    wait_for_item(some(clients, HOME, AWAY), name, item(pk="after"), item(pk="after"))
    assert get(clients[HOME], name, item(pk="before"))


def test_a_table_without_its_last_replica_is_as_before_but_for_its_stream(clients, name):
    create_group(some(clients, HOME, AWAY), name)
    clients[AWAY].put_item(TableName=name, Item=item())
    wait_for_item(some(clients, HOME), name, item(), item())
    remove(clients[AWAY], name, HOME)
    wait_until(lambda: "Replicas" not in described(clients[AWAY], name), "the last replica is gone")
    shown = described(clients[AWAY], name)
    assert not {"GlobalTableVersion", "GlobalTableSettingsReplicationMode"} & set(shown)
    assert shown["StreamSpecification"] == STREAM["StreamSpecification"]
    assert get(clients[AWAY], name, item()) == item()
    clients[AWAY].update_table(TableName=name, StreamSpecification={"StreamEnabled": False})


def test_a_removed_replica_comes_back_with_all_there_is(clients, name):
    both = some(clients, HOME, AWAY)
    create_group(both, name)
    for number in range(20):
        clients[HOME].put_item(TableName=name, Item=item(pk=f"p{number}", version=1))
    wait_until_equal(both, name)
    remove(clients[HOME], name, AWAY)
    wait_until(lambda: "Replicas" not in described(clients[HOME], name), "the replica is gone")
    wait_until(lambda: not exists(clients[AWAY], name), "its table is gone")
    # What is deleted meanwhile must not come back either.
    clients[HOME].delete_item(TableName=name, Key=item(pk="p0"))
    clients[HOME].put_item(TableName=name, Item=item(pk="p1", version=2))

    def comes_back():
        try:
            return add(clients[HOME], name, AWAY)
        except ClientError as error:
            assert IN_USE in error.response["Error"]["Message"]

    wait_until(comes_back, "the Region takes a replica again")
    wait_for_group(clients, name, [HOME, AWAY])
    found = wait_until_equal(both, name)
    assert len(found) == 19
    assert item(pk="p1", version=2) in found


@pytest.mark.parametrize("region", REGIONS)
def test_deleting_a_replica_leaves_the_others(clients, name, region):
    """Also that of the Region which the others were copied from: there is no first among them."""
    create_group(clients, name)
    clients[region].put_item(TableName=name, Item=item(pk="before"))
    wait_for_item(clients, name, item(pk="before"), item(pk="before"))
    reply = clients[region].delete_table(TableName=name)["TableDescription"]
    assert reply["TableStatus"] == "DELETING"
    others = [each for each in REGIONS if each != region]
    wait_for_group(clients, name, others)
    clients[others[0]].put_item(TableName=name, Item=item(pk="after"))
    assert len(wait_until_equal(some(clients, *others), name)) == 2


def test_a_source_stays_for_a_day_where_quotas_are_enforced(own_server, name):
    server = Server("--in-memory", "--enforce-quotas")
    try:
        both = {region: connect(server.endpoint, region=region) for region in [HOME, AWAY]}
        create_group(both, name)
        text = "it has acted as a source region for new replica(s) being added to the table in the last 24 hours."
        with refused(containing=text):
            both[HOME].delete_table(TableName=name)
        with refused(containing=text):
            remove(both[AWAY], name, HOME)
        remove(both[HOME], name, AWAY)
        wait_until(lambda: "Replicas" not in described(both[HOME], name), "the replica is gone")
        both[HOME].delete_table(TableName=name)
    finally:
        server.end()


def test_a_protected_replica_is_not_removed(clients, name):
    create_group(some(clients, HOME, AWAY), name)
    clients[AWAY].update_table(TableName=name, DeletionProtectionEnabled=True)
    hear(clients[HOME], name, clients[AWAY])
    assert described(clients[HOME], name)["DeletionProtectionEnabled"] is False
    text = f"Cannot delete table {name} in region {AWAY} because it has deletion protection enabled."
    with refused(containing=text):
        remove(clients[HOME], name, AWAY)
    with refused():
        clients[AWAY].delete_table(TableName=name)
    clients[AWAY].update_table(TableName=name, DeletionProtectionEnabled=False)
    hear(clients[HOME], name, clients[AWAY])
    remove(clients[HOME], name, AWAY)
    wait_until(lambda: not exists(clients[AWAY], name), "the replica is gone")


# Version 2019.11.21: settings


def expiry(client, table):
    return client.describe_time_to_live(TableName=table)["TimeToLiveDescription"]


def switch_expiry(client, table, is_on):
    client.update_time_to_live(
        TableName=table, TimeToLiveSpecification={"Enabled": is_on, "AttributeName": "until"}
    )


def test_expiry_is_one_setting_of_all_replicas(clients, name):
    create(clients[HOME], name)
    switch_expiry(clients[HOME], name, True)
    add(clients[HOME], name, AWAY)
    wait_for_group(clients, name, [HOME, AWAY])
    wait_for_expiry(clients[AWAY], name)
    assert expiry(clients[AWAY], name) == {"TimeToLiveStatus": "ENABLED", "AttributeName": "until"}
    switch_expiry(clients[AWAY], name, False)
    wait_until(
        lambda: expiry(clients[HOME], name) == {"TimeToLiveStatus": "DISABLED"}, "expiry is off in all Regions"
    )


def test_an_index_comes_and_goes_in_all_replicas(clients, name):
    create_group(clients, name)
    written = [item(pk=f"p{number}", g="x") for number in range(50)]
    for each in written:
        clients[HOME].put_item(TableName=name, Item=each)
    make_index(clients, name, AWAY, 50)
    wait_for_group(clients, name, REGIONS)
    clients[THIRD].put_item(TableName=name, Item=item(pk="later", g="y"))
    for region, client in clients.items():
        wait_until(lambda: len(scan(client, name, IndexName="by-g")) == 51, f"{region} keeps the index")
    clients[HOME].update_table(
        TableName=name, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-g"}}]
    )
    for region, client in clients.items():
        wait_until(lambda: "GlobalSecondaryIndexes" not in described(client, name), f"{region} drops the index")


def test_capacity_is_the_same_in_all_replicas_unless_reads_are_overridden(clients, name):
    create_group(some(clients, HOME, AWAY), name)

    def units(region):
        shown = described(clients[region], name)["ProvisionedThroughput"]
        return shown["ReadCapacityUnits"], shown["WriteCapacityUnits"]

    def provision(region, read, write, **more):
        throughput = {"ReadCapacityUnits": read, "WriteCapacityUnits": write}
        clients[region].update_table(TableName=name, ProvisionedThroughput=throughput, **more)
        wait_until(lambda: units(HOME) == units(AWAY) == (read, write), "all Regions have the units")
        wait_for_group(clients, name, [HOME, AWAY])

    provision(HOME, 5, 10, BillingMode="PROVISIONED")
    provision(AWAY, 7, 20)
    change(clients[HOME], name, AWAY, ProvisionedThroughputOverride={"ReadCapacityUnits": 9})
    wait_until(lambda: units(AWAY) == (9, 20), "the reads of one Region are overridden")
    wait_for_group(clients, name, [HOME, AWAY])
    assert units(HOME) == (7, 20)
    entry = replicas(clients[HOME], name)[AWAY]
    assert entry["ProvisionedThroughputOverride"] == {"ReadCapacityUnits": 9}
    change(clients[HOME], name, AWAY, ProvisionedThroughputOverride={"ReadCapacityUnits": 7})
    wait_until(lambda: units(AWAY) == (7, 20), "the override is as the rest")
    wait_for_group(clients, name, [HOME, AWAY])
    assert "ProvisionedThroughputOverride" not in replicas(clients[HOME], name)[AWAY]
    with refused(containing="cannot be specified when the table BillingMode is PROVISIONED"):
        change(clients[HOME], name, AWAY, OnDemandThroughputOverride={"MaxReadRequestUnits": 100})
    clients[AWAY].update_table(TableName=name, BillingMode="PAY_PER_REQUEST")

    def mode(region):
        return described(clients[region], name).get("BillingModeSummary", {}).get("BillingMode")

    wait_until(lambda: mode(HOME) == mode(AWAY) == "PAY_PER_REQUEST", "both Regions are on demand")


def test_limits_on_demand_are_in_sync_but_for_overridden_reads(clients, name):
    create_group(some(clients, HOME, AWAY), name)
    limits = {"MaxReadRequestUnits": 50, "MaxWriteRequestUnits": 60}
    clients[HOME].update_table(TableName=name, OnDemandThroughput=limits)
    wait_until(
        lambda: described(clients[AWAY], name).get("OnDemandThroughput") == limits, "both Regions have the limits"
    )
    wait_for_group(clients, name, [HOME, AWAY])
    change(clients[HOME], name, AWAY, OnDemandThroughputOverride={"MaxReadRequestUnits": 70})
    expected = {"MaxReadRequestUnits": 70, "MaxWriteRequestUnits": 60}
    wait_until(
        lambda: described(clients[AWAY], name)["OnDemandThroughput"] == expected, "one Region has its own limit"
    )
    wait_for_group(clients, name, [HOME, AWAY])
    assert described(clients[HOME], name)["OnDemandThroughput"] == limits
    entry = replicas(clients[HOME], name)[AWAY]
    assert entry["OnDemandThroughputOverride"] == {"MaxReadRequestUnits": 70}


def test_a_replica_has_a_table_class_of_its_own(clients, name):
    create_group(some(clients, HOME, AWAY), name)
    change(clients[HOME], name, AWAY, TableClassOverride="STANDARD_INFREQUENT_ACCESS")

    def shown():
        return replicas(clients[HOME], name)[AWAY].get("ReplicaTableClassSummary", {}).get("TableClass")

    wait_until(lambda: shown() == "STANDARD_INFREQUENT_ACCESS", "the class is changed")
    wait_for_group(clients, name, [HOME, AWAY])
    away = described(clients[AWAY], name)["TableClassSummary"]["TableClass"]
    assert away == "STANDARD_INFREQUENT_ACCESS"
    home = described(clients[HOME], name).get("TableClassSummary", {"TableClass": "STANDARD"})
    assert home["TableClass"] == "STANDARD"


def test_encryption_is_of_one_kind_and_keys_are_of_each_region(clients, name):
    create_group(some(clients, HOME, AWAY), name)
    clients[HOME].update_table(TableName=name, SSESpecification={"Enabled": True, "SSEType": "KMS"})
    for region in [HOME, AWAY]:
        wait_until(
            lambda: described(clients[region], name).get("SSEDescription", {}).get("Status") == "ENABLED",
            f"{region} is encrypted",
        )
        key = described(clients[region], name)["SSEDescription"]["KMSMasterKeyArn"]
        assert key.startswith(f"arn:aws:kms:{region}:")

    def told():
        return replicas(clients[HOME], name)[AWAY].get("KMSMasterKeyId", "")

    wait_until(lambda: told().startswith(f"arn:aws:kms:{AWAY}:"), "one Region is told the other's key")


def test_tags_and_protection_are_of_one_region(clients, name):
    create(clients[HOME], name, Tags=[{"Key": "k", "Value": "v"}], DeletionProtectionEnabled=True)
    add(clients[HOME], name, AWAY)
    wait_for_group(clients, name, [HOME, AWAY])
    away = described(clients[AWAY], name)
    assert away["DeletionProtectionEnabled"] is False
    assert clients[AWAY].list_tags_of_resource(ResourceArn=away["TableArn"])["Tags"] == []


# Version 2019.11.21: auto scaling


SCALING = {
    "MinimumUnits": 5,
    "MaximumUnits": 50,
    "ScalingPolicyUpdate": {"TargetTrackingScalingPolicyConfiguration": {"TargetValue": 70.0}},
}
UNSCALED = {"AutoScalingDisabled": True, "ScalingPolicies": []}
WRITE = "ProvisionedWriteCapacityAutoScalingUpdate"


def scaling(client, table):
    """The settings of all replicas, in their order."""
    shown = client.describe_table_replica_auto_scaling(TableName=table)["TableAutoScalingDescription"]
    assert shown["TableName"] == table
    return shown["Replicas"]


def scale(client, table, **changes):
    client.update_table_replica_auto_scaling(TableName=table, **changes)


def scale_reads(client, table, region, settings):
    updates = [{"RegionName": region, "ReplicaProvisionedReadCapacityAutoScalingUpdate": settings}]
    scale(client, table, ReplicaUpdates=updates)


def test_only_global_tables_have_scaling_of_replicas(clients, name):
    text = f"Global table with name: '{name}' does not exist."
    for _ in range(2):
        with refused("ResourceNotFoundException", text):
            scaling(clients[HOME], name)
        with refused("ResourceNotFoundException", text):
            scale(clients[HOME], name, **{WRITE: SCALING})
        if not exists(clients[HOME], name):
            create(clients[HOME], name)


def test_scaling_is_off_until_it_is_set(clients, name):
    create_group(clients, name)
    for region in REGIONS:
        shown = scaling(clients[region], name)
        assert [each["RegionName"] for each in shown] == sorted(REGIONS)
        for each in shown:
            assert each["ReplicaStatus"] == "ACTIVE"
            assert each["GlobalSecondaryIndexes"] == []
            assert each["ReplicaProvisionedReadCapacityAutoScalingSettings"] == UNSCALED
            assert each["ReplicaProvisionedWriteCapacityAutoScalingSettings"] == UNSCALED


def test_nothing_scales_on_demand(clients, name):
    create_group(some(clients, HOME, AWAY), name)
    text = "BillingMode is PayPerRequest. You must convert table's BillingMode to PROVISIONED to set parameters: "
    with refused(containing=[text, "'GlobalTableProvisionedWriteCapacityAutoScalingSettingsUpdate'."]):
        scale(clients[HOME], name, **{WRITE: SCALING})
    with refused(containing=[text, "'ReplicaProvisionedReadCapacityAutoScalingSettingsUpdate'."]):
        scale_reads(clients[HOME], name, AWAY, SCALING)
    scale(clients[HOME], name, **{WRITE: {"AutoScalingDisabled": True}})


@pytest.fixture
def provisioned(clients, name):
    """A global table of two Regions with provisioned capacity."""
    create_group(some(clients, HOME, AWAY), name)
    clients[HOME].update_table(
        TableName=name,
        BillingMode="PROVISIONED",
        ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
    )
    wait_for_group(clients, name, [HOME, AWAY])
    return name


def test_writes_scale_alike_and_reads_as_each_region_says(clients, provisioned):
    home = clients[HOME]
    scale(home, provisioned, **{WRITE: SCALING})
    scale_reads(home, provisioned, AWAY, {**SCALING, "MaximumUnits": 99})

    def policy(kind):
        return {
            "PolicyName": f"DynamoDB{kind}CapacityUtilization:table/{provisioned}",
            "TargetTrackingScalingPolicyConfiguration": {"TargetValue": 70.0},
        }

    def is_set():
        shown = {each["RegionName"]: each for each in scaling(home, provisioned)}
        reads = shown[AWAY]["ReplicaProvisionedReadCapacityAutoScalingSettings"]
        return shown if reads.get("MaximumUnits") == 99 else None

    shown = wait_until(is_set, "the settings are shown")
    for region in [HOME, AWAY]:
        writes = shown[region]["ReplicaProvisionedWriteCapacityAutoScalingSettings"]
        assert (writes["MinimumUnits"], writes["MaximumUnits"]) == (5, 50)
        assert writes["ScalingPolicies"] == [policy("Write")]
        assert "AutoScalingDisabled" not in writes
        assert writes["AutoScalingRoleArn"].endswith("AWSServiceRoleForApplicationAutoScaling_DynamoDBTable")
    reads = shown[AWAY]["ReplicaProvisionedReadCapacityAutoScalingSettings"]
    assert reads["ScalingPolicies"] == [policy("Read")]
    assert shown[HOME]["ReplicaProvisionedReadCapacityAutoScalingSettings"] == UNSCALED
    scale_reads(home, provisioned, AWAY, {"AutoScalingDisabled": True})

    def is_off():
        return all(
            each["ReplicaProvisionedReadCapacityAutoScalingSettings"] == UNSCALED
            for each in scaling(home, provisioned)
        )

    wait_until(is_off, "reads no longer scale")


def test_a_minimum_that_is_higher_is_provisioned(clients, provisioned):
    scale_reads(clients[HOME], provisioned, AWAY, {**SCALING, "MinimumUnits": 20})

    def units(region):
        return described(clients[region], provisioned)["ProvisionedThroughput"]["ReadCapacityUnits"]

    wait_until(lambda: units(AWAY) == 20, "the minimum is provisioned")
    assert units(HOME) == 5


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "Parameters 'MaximumUnits', 'ScalingPolicyUpdate', 'MinimumUnits' are required unless"),
        (
            {"AutoScalingDisabled": False},
            "Parameters 'MaximumUnits', 'ScalingPolicyUpdate', 'MinimumUnits' are required unless",
        ),
        ({"MinimumUnits": 1, "MaximumUnits": 9}, "Parameters 'ScalingPolicyUpdate' are required unless"),
        (
            {"ScalingPolicyUpdate": SCALING["ScalingPolicyUpdate"]},
            "Parameters 'MaximumUnits', 'MinimumUnits' are required unless",
        ),
        (
            {"AutoScalingDisabled": True, "MinimumUnits": 1, "MaximumUnits": 9},
            "Parameters 'MaximumUnits', 'MinimumUnits' must be left blank when disabling auto scaling.",
        ),
        ({**SCALING, "MinimumUnits": 51}, "Maximum capacity cannot be less than minimum capacity"),
        (
            {
                **SCALING,
                "ScalingPolicyUpdate": {"TargetTrackingScalingPolicyConfiguration": {"TargetValue": 90.1}},
            },
            "target value must be between '10.0' and '90.0', but was '90.1'.",
        ),
    ],
)
def test_faulty_scaling_is_refused(clients, provisioned, settings, message):
    with refused(containing=message):
        scale_reads(clients[HOME], provisioned, HOME, settings)


def test_scaling_of_nothing_is_refused(clients, provisioned):
    home = clients[HOME]
    with refused(containing="because at least one update parameter must be specified."):
        scale(home, provisioned)
    with refused(containing="because at least one update parameter must be specified for region:"):
        scale(home, provisioned, ReplicaUpdates=[{"RegionName": HOME}])
    twice = [{"RegionName": HOME, "ReplicaProvisionedReadCapacityAutoScalingUpdate": SCALING}] * 2
    with refused(containing="were specified more than once."):
        scale(home, provisioned, ReplicaUpdates=twice)
    with refused("ResourceNotFoundException"):
        scale_reads(home, provisioned, THIRD, SCALING)
    unknown = [{"IndexName": "nothing", WRITE: SCALING}]
    with refused("ResourceNotFoundException", containing="do not exist."):
        scale(home, provisioned, GlobalSecondaryIndexUpdates=unknown)


# Version 2017.11.29


def old_group(client, table, *regions):
    return client.create_global_table(
        GlobalTableName=table, ReplicationGroup=[{"RegionName": each} for each in regions]
    )["GlobalTableDescription"]


def update_old(client, table, *updates):
    return client.update_global_table(GlobalTableName=table, ReplicaUpdates=list(updates))[
        "GlobalTableDescription"
    ]


def no_global_table(table):
    return f"Global table with name: '{table}' does not exist."


def test_an_old_global_table_is_made_of_tables(clients, name):
    for region in [HOME, AWAY]:
        create(clients[region], name, **STREAM)
    reply = old_group(clients[HOME], name, HOME, AWAY)
    account = described(clients[HOME], name)["TableArn"].split(":")[4]
    assert reply["GlobalTableName"] == name
    assert reply["GlobalTableArn"] == f"arn:aws:dynamodb::{account}:global-table/{name}"
    assert reply["GlobalTableStatus"] in {"CREATING", "ACTIVE"}
    assert members(reply) == {HOME, AWAY}
    wait_for_old_group(some(clients, HOME, AWAY), name, [HOME, AWAY])
    for region in [HOME, AWAY]:
        shown = clients[region].describe_global_table(GlobalTableName=name)["GlobalTableDescription"]
        assert shown["CreationDateTime"] == reply["CreationDateTime"]
        assert not {"GlobalTableVersion", "Replicas"} & set(described(clients[region], name))


def test_old_global_tables_are_listed_by_region_and_in_pages(clients, name):
    create_group(some(clients, HOME, AWAY), name, OLD)

    def names(region, **more):
        listed = clients[HOME].list_global_tables(RegionName=region, **more)["GlobalTables"]
        return [each["GlobalTableName"] for each in listed]

    assert name in names(HOME)
    assert name in names(AWAY)
    assert name not in names(THIRD)
    listed = clients[AWAY].list_global_tables(RegionName=AWAY)["GlobalTables"]
    assert members(next(each for each in listed if each["GlobalTableName"] == name)) == {HOME, AWAY}
    found, start = [], {}
    while True:
        page = clients[HOME].list_global_tables(RegionName=HOME, Limit=1, **start)
        assert len(page["GlobalTables"]) <= 1
        found += [each["GlobalTableName"] for each in page["GlobalTables"]]
        if "LastEvaluatedGlobalTableName" not in page:
            break
        start = {"ExclusiveStartGlobalTableName": page["LastEvaluatedGlobalTableName"]}
    assert found == names(HOME)


def test_what_is_no_old_global_table_is_not_found(clients, name):
    """Also where there is a table, and where it is global in the newer way."""
    for _ in range(3):
        with refused("GlobalTableNotFoundException", f"Global table not found: {no_global_table(name)}"):
            clients[HOME].describe_global_table(GlobalTableName=name)
        with refused("GlobalTableNotFoundException", no_global_table(name)):
            clients[HOME].describe_global_table_settings(GlobalTableName=name)
        with refused("GlobalTableNotFoundException", no_global_table(name)):
            clients[HOME].update_global_table_settings(
                GlobalTableName=name, GlobalTableBillingMode="PAY_PER_REQUEST"
            )
        with refused("GlobalTableNotFoundException"):
            update_old(clients[HOME], name, {"Delete": {"RegionName": AWAY}})
        listed = clients[HOME].list_global_tables(RegionName=HOME)["GlobalTables"]
        assert name not in [each["GlobalTableName"] for each in listed]
        if not exists(clients[HOME], name):
            create(clients[HOME], name)
        elif not exists(clients[AWAY], name):
            add(clients[HOME], name, AWAY)
            wait_for_group(clients, name, [HOME, AWAY])


def test_an_old_global_table_needs_all_its_tables(clients, name):
    create(clients[HOME], name, **STREAM)
    with refused("TableNotFoundException"):
        old_group(clients[HOME], name, HOME, AWAY)
    with refused("GlobalTableNotFoundException"):
        clients[HOME].describe_global_table(GlobalTableName=name)


def test_an_old_global_table_is_made_once(clients, name):
    create_group(some(clients, HOME, AWAY), name, OLD)
    with refused("GlobalTableAlreadyExistsException"):
        old_group(clients[HOME], name, HOME, AWAY)


def test_an_old_global_table_has_a_replica(loose, name):
    with refused(containing="Global table must have atleast one replica"):
        loose.create_global_table(GlobalTableName=name, ReplicationGroup=[])


INDEX = {"by-g": ("g", None, "ALL")}


@pytest.mark.parametrize(
    ("home", "away"),
    [
        (STREAM, {}),
        ({"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}}, STREAM),
        (STREAM, {**STREAM, "sort": "sk"}),
        (STREAM, {**STREAM, "types": {"pk": "N"}}),
        (STREAM, {**STREAM, "indexes": INDEX}),
        ({**STREAM, "indexes": INDEX}, {**STREAM, "indexes": {"by-h": ("g", None, "ALL")}}),
        ({**STREAM, "indexes": INDEX}, {**STREAM, "indexes": {"by-g": ("h", None, "ALL")}}),
        (
            {**STREAM, "sort": "sk", "local": {"by-l": ("l", "ALL")}},
            {**STREAM, "sort": "sk", "local": {"by-l": ("m", "ALL")}},
        ),
        ({**STREAM, "units": (5, 5)}, {**STREAM, "units": (5, 6)}),
        ({**STREAM, "units": (5, 5)}, STREAM),
    ],
    ids=[
        "no stream",
        "another view of the stream",
        "another sort key",
        "another type of key",
        "an index more",
        "an index of another name",
        "an index of another key",
        "a local index of another key",
        "other units to write",
        "another billing mode",
    ],
)
def test_tables_that_differ_are_not_joined(clients, name, home, away):
    create(clients[HOME], name, **home)
    create(clients[AWAY], name, **away)
    with refused():
        old_group(clients[HOME], name, HOME, AWAY)
    with refused("GlobalTableNotFoundException"):
        clients[HOME].describe_global_table(GlobalTableName=name)


def test_tables_may_differ_in_what_they_read(clients, name):
    create(clients[HOME], name, **STREAM, units=(5, 5))
    create(clients[AWAY], name, **STREAM, units=(7, 5))
    old_group(clients[HOME], name, HOME, AWAY)
    wait_for_old_group(some(clients, HOME, AWAY), name, [HOME, AWAY])


@pytest.mark.parametrize("region", [HOME, AWAY])
def test_tables_that_hold_items_are_not_joined(clients, name, region):
    for each in [HOME, AWAY]:
        create(clients[each], name, **STREAM)
    clients[region].put_item(TableName=name, Item=item())
    with refused():
        old_group(clients[HOME], name, HOME, AWAY)
    clients[region].delete_item(TableName=name, Key=item())
    old_group(clients[HOME], name, HOME, AWAY)
    wait_for_old_group(some(clients, HOME, AWAY), name, [HOME, AWAY])


def test_an_old_global_table_grows_while_it_is_empty(clients, name):
    create_group(some(clients, HOME, AWAY), name, OLD)
    with refused("TableNotFoundException"):
        update_old(clients[HOME], name, {"Create": {"RegionName": THIRD}})
    create(clients[THIRD], name, **STREAM)
    clients[AWAY].put_item(TableName=name, Item=item())
    wait_for_item(some(clients, HOME, AWAY), name, item(), item())
    with refused():
        update_old(clients[HOME], name, {"Create": {"RegionName": THIRD}})
    clients[HOME].delete_item(TableName=name, Key=item())
    wait_for_item(some(clients, HOME, AWAY), name, item(), None)
    reply = update_old(clients[HOME], name, {"Create": {"RegionName": THIRD}})
    assert members(reply) == set(REGIONS)
    wait_for_old_group(clients, name, REGIONS)
    clients[THIRD].put_item(TableName=name, Item=item())
    wait_for_item(clients, name, item(), item())


@pytest.mark.parametrize(
    ("updates", "code", "message"),
    [
        ([{"Create": {"RegionName": AWAY}}], "ReplicaAlreadyExistsException", ""),
        ([{"Delete": {"RegionName": THIRD}}], "ReplicaNotFoundException", ""),
        (
            [{"Create": {"RegionName": THIRD}, "Delete": {"RegionName": AWAY}}],
            "ValidationException",
            "cannot contain both a create replica action and a delete replica action",
        ),
        ([{}], "ValidationException", "One or more parameter values were invalid"),
        ([], "ValidationException", "One or more parameter values were invalid"),
        ([{"Create": {"RegionName": "us-fake-1"}}], "ValidationException", "us-fake-1"),
    ],
)
def test_a_faulty_change_of_an_old_global_table_is_refused(clients, loose, name, updates, code, message):
    create_group(some(clients, HOME, AWAY), name, OLD)
    with refused(code, containing=message):
        loose.update_global_table(GlobalTableName=name, ReplicaUpdates=updates)
    shown = clients[HOME].describe_global_table(GlobalTableName=name)["GlobalTableDescription"]
    assert members(shown) == {HOME, AWAY}


def test_an_old_replica_that_is_removed_is_a_table_of_its_own(clients, name):
    create_group(clients, name, OLD)
    clients[HOME].put_item(TableName=name, Item=item(pk="before"))
    wait_for_item(clients, name, item(pk="before"), item(pk="before"))
    update_old(clients[HOME], name, {"Delete": {"RegionName": THIRD}})
    wait_for_old_group(some(clients, HOME, AWAY), name, [HOME, AWAY])
    clients[THIRD].put_item(TableName=name, Item=item(pk="alone"))
    clients[HOME].put_item(TableName=name, Item=item(pk="together"))
    wait_for_item(some(clients, HOME, AWAY), name, item(pk="together"), item(pk="together"))
    assert scan(clients[THIRD], name) == [item(pk="alone"), item(pk="before")]
    assert scan(clients[HOME], name) == [item(pk="before"), item(pk="together")]


def test_the_two_versions_do_not_mix(clients, name):
    create_group(some(clients, HOME, AWAY), name, OLD)
    with refused():
        add(clients[HOME], name, THIRD)
    assert not exists(clients[THIRD], name)


def settings(client, table):
    """The settings of an old global table, by Region."""
    shown = client.describe_global_table_settings(GlobalTableName=table)
    assert shown["GlobalTableName"] == table
    return {each["RegionName"]: each for each in shown["ReplicaSettings"]}


def test_settings_of_an_old_global_table_are_described(clients, name):
    create_group(some(clients, HOME, AWAY), name, OLD, units=(10, 5), indexes=INDEX)
    for region in [HOME, AWAY]:
        shown = settings(clients[region], name)
        assert set(shown) == {HOME, AWAY}
        for each in shown.values():
            assert each["ReplicaStatus"] == "ACTIVE"
            assert each["ReplicaProvisionedReadCapacityUnits"] == 10
            assert each["ReplicaProvisionedWriteCapacityUnits"] == 5
            for kind in ["Read", "Write"]:
                scaled = each[f"ReplicaProvisioned{kind}CapacityAutoScalingSettings"]
                assert scaled["AutoScalingDisabled"] is True
            [index] = each["ReplicaGlobalSecondaryIndexSettings"]
            assert (index["IndexName"], index["IndexStatus"]) == ("by-g", "ACTIVE")
            assert index["ProvisionedReadCapacityUnits"] == 10
            assert index["ProvisionedWriteCapacityUnits"] == 5


def test_settings_of_an_old_global_table_on_demand_say_so(clients, name):
    create_group(some(clients, HOME, AWAY), name, OLD)
    for each in settings(clients[HOME], name).values():
        assert each["ReplicaBillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"


def test_settings_of_an_old_global_table_change(clients, name):
    """Writes in all Regions together, reads in each."""
    create_group(some(clients, HOME, AWAY), name, OLD, units=(10, 5), indexes=INDEX)

    def units(region):
        shown = described(clients[region], name)["ProvisionedThroughput"]
        return shown["ReadCapacityUnits"], shown["WriteCapacityUnits"]

    reply = clients[AWAY].update_global_table_settings(
        GlobalTableName=name,
        GlobalTableProvisionedWriteCapacityUnits=7,
        GlobalTableGlobalSecondaryIndexSettingsUpdate=[
            {"IndexName": "by-g", "ProvisionedWriteCapacityUnits": 8}
        ],
        ReplicaSettingsUpdate=[{"RegionName": HOME, "ReplicaProvisionedReadCapacityUnits": 9}],
    )
    assert {each["RegionName"] for each in reply["ReplicaSettings"]} == {HOME, AWAY}
    wait_until(lambda: (units(HOME), units(AWAY)) == ((9, 7), (10, 7)), "the units are set")
    for region in [HOME, AWAY]:
        [index] = described(clients[region], name)["GlobalSecondaryIndexes"]
        assert index["ProvisionedThroughput"]["WriteCapacityUnits"] == 8
    shown = settings(clients[HOME], name)
    assert shown[HOME]["ReplicaProvisionedReadCapacityUnits"] == 9
    assert shown[AWAY]["ReplicaProvisionedWriteCapacityUnits"] == 7


def test_an_old_global_table_goes_on_demand_and_scales(clients, name):
    create_group(some(clients, HOME, AWAY), name, OLD, units=(10, 5))
    home = clients[HOME]
    home.update_global_table_settings(
        GlobalTableName=name, GlobalTableProvisionedWriteCapacityAutoScalingSettingsUpdate=SCALING
    )

    def scaled():
        shown = [
            each["ReplicaProvisionedWriteCapacityAutoScalingSettings"] for each in settings(home, name).values()
        ]
        return all((each.get("MinimumUnits"), each.get("MaximumUnits")) == (5, 50) for each in shown)

    wait_until(scaled, "writes scale in all Regions")
    home.update_global_table_settings(GlobalTableName=name, GlobalTableBillingMode="PAY_PER_REQUEST")

    def is_on_demand(region):
        return described(clients[region], name).get("BillingModeSummary", {}).get("BillingMode") == "PAY_PER_REQUEST"

    wait_until(lambda: is_on_demand(HOME) and is_on_demand(AWAY), "all Regions are on demand")


def test_settings_of_an_unknown_replica_or_index_are_refused(clients, name):
    create_group(some(clients, HOME, AWAY), name, OLD, units=(10, 5))
    with refused("ReplicaNotFoundException"):
        clients[HOME].update_global_table_settings(
            GlobalTableName=name,
            ReplicaSettingsUpdate=[{"RegionName": THIRD, "ReplicaProvisionedReadCapacityUnits": 9}],
        )
    with refused("IndexNotFoundException"):
        clients[HOME].update_global_table_settings(
            GlobalTableName=name,
            GlobalTableGlobalSecondaryIndexSettingsUpdate=[
                {"IndexName": "nothing", "ProvisionedWriteCapacityUnits": 8}
            ],
        )


# What is written


@pytest.fixture(params=[OLD, NEW])
def table(request, clients, name):
    """A table with an index and a replica in every Region, of either version."""
    create_group(clients, name, request.param, indexes=INDEX)
    return name


def test_a_write_in_any_region_is_seen_in_all(clients, table):
    for region, client in clients.items():
        key = item(pk=region)
        written = item(pk=region, g="x", m={"l": [1, True, None, b"\x00\xff"]}, n=1)
        client.put_item(TableName=table, Item=written)
        wait_for_item(clients, table, key, written)
        client.update_item(
            TableName=table,
            Key=key,
            UpdateExpression="SET g = :g REMOVE m ADD n :n",
            ExpressionAttributeValues=values(g="y", n=1),
        )
        wait_for_item(clients, table, key, item(pk=region, g="y", n=2))
        client.delete_item(TableName=table, Key=key)
        wait_for_item(clients, table, key, None)


def test_an_item_is_changed_by_turns(clients, table):
    """Each Region goes on from what another one left."""
    for number in range(12):
        region = REGIONS[number % 3]
        clients[region].update_item(
            TableName=table,
            Key=item(),
            UpdateExpression="ADD n :one SET seen = list_append(if_not_exists(seen, :none), :here)",
            ExpressionAttributeValues=values(one=1, none=[], here=[region]),
        )
        seen = [REGIONS[each % 3] for each in range(number + 1)]
        wait_for_item(clients, table, item(), item(n=number + 1, seen=seen))


def test_a_deleted_item_may_be_written_again_anywhere(clients, table):
    for number in range(9):
        client = clients[REGIONS[number % 3]]
        client.put_item(TableName=table, Item=item(n=number))
        wait_for_item(clients, table, item(), item(n=number))
        client = clients[REGIONS[(number + 1) % 3]]
        client.delete_item(TableName=table, Key=item())
        wait_for_item(clients, table, item(), None)


def test_batches_are_seen_in_all_regions(clients, table):
    for number, client in enumerate(clients.values()):
        puts = [{"PutRequest": {"Item": item(pk=f"{number}-{each}")}} for each in range(25)]
        client.batch_write_item(RequestItems={table: puts})
    assert len(wait_until_equal(clients, table)) == 75
    deletes = [{"DeleteRequest": {"Key": item(pk=f"0-{each}")}} for each in range(25)]
    clients[THIRD].batch_write_item(RequestItems={table: deletes})
    assert len(wait_until_equal(clients, table)) == 50


def test_transactions_are_seen_in_all_regions(clients, table):
    clients[HOME].put_item(TableName=table, Item=item(pk="old"))
    wait_for_item(clients, table, item(pk="old"), item(pk="old"))
    clients[AWAY].transact_write_items(
        TransactItems=[
            {"Put": {"TableName": table, "Item": item(pk="new")}},
            {"Delete": {"TableName": table, "Key": item(pk="old")}},
            {
                "Update": {
                    "TableName": table,
                    "Key": item(pk="updated"),
                    "UpdateExpression": "ADD n :one",
                    "ExpressionAttributeValues": values(one=1),
                }
            },
        ]
    )
    assert wait_until_equal(clients, table) == [item(pk="new"), item(pk="updated", n=1)]


def test_indexes_follow_in_all_regions(clients, table):
    clients[AWAY].put_item(TableName=table, Item=item(g="x"))
    wait_for_item(clients, table, item(), item(g="x"))
    clients[THIRD].put_item(TableName=table, Item=item(g="y"))
    wait_for_item(clients, table, item(), item(g="y"))
    for client in clients.values():
        assert scan(client, table, IndexName="by-g") == [item(g="y")]
        assert described(client, table)["ItemCount"] == 1
    clients[HOME].update_item(TableName=table, Key=item(), UpdateExpression="REMOVE g")
    wait_for_item(clients, table, item(), item())
    for client in clients.values():
        assert scan(client, table, IndexName="by-g") == []


def test_conditions_ask_the_item_of_their_region(clients, table):
    clients[HOME].put_item(TableName=table, Item=item(n=1))
    wait_for_item(clients, table, item(), item(n=1))
    with refused("ConditionalCheckFailedException"):
        clients[AWAY].put_item(
            TableName=table, Item=item(n=2), ConditionExpression="attribute_not_exists(pk)"
        )
    clients[AWAY].put_item(
        TableName=table,
        Item=item(n=2),
        ConditionExpression="n = :n",
        ExpressionAttributeValues=values(n=1),
    )
    wait_for_item(clients, table, item(), item(n=2))


def test_an_expired_item_goes_in_all_regions(clients, streams, name):
    create_group(clients, name)
    switch_expiry(clients[HOME], name, True)
    for client in clients.values():
        wait_for_expiry(client, name)
    due = {**item(pk="due"), "until": {"N": str(int(time.time()) + 3)}}
    kept = {**item(pk="kept"), "until": {"N": str(int(time.time()) + 10_000)}}
    clients[AWAY].put_item(TableName=name, Item=due)
    clients[AWAY].put_item(TableName=name, Item=kept)
    wait_for_item(clients, name, item(pk="kept"), kept)
    wait_for_item(clients, name, item(pk="due"), None)
    assert wait_until_equal(clients, name) == [kept]
    by_service = 0
    for region in REGIONS:
        found = records(streams[region], clients[region], name)
        events = [each for each in found if each["dynamodb"]["Keys"] == item(pk="due")]
        assert [each["eventName"] for each in events] == ["INSERT", "REMOVE"]
        who = events[1].get("userIdentity", {"PrincipalId": None})
        by_service += who["PrincipalId"] == "dynamodb.amazonaws.com"
    assert by_service >= 1


# Who wins


def write_until(is_over, client, table, writer, last):
    """Writes one item over and over, and notes what was acknowledged last."""
    number = 0
    while not is_over.is_set():
        number += 1
        if number % 7 == 0:
            client.delete_item(TableName=table, Key=item(pk="hot"))
            last[writer] = None
        elif number % 3 == 0:
            reply = client.update_item(
                TableName=table,
                Key=item(pk="hot"),
                UpdateExpression="SET writer = :w, n = :n, updated = :n",
                ExpressionAttributeValues=values(w=writer, n=number),
                ReturnValues="ALL_NEW",
            )
            last[writer] = without_marks(reply["Attributes"])
        else:
            written = item(pk="hot", writer=writer, n=number)
            client.put_item(TableName=table, Item=written)
            last[writer] = written


def run_all(works):
    """Runs each in a thread, gives the function that waits for them, which raises what they raised."""
    failures = []

    def guarded(work):
        try:
            work()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()

    def wait():
        for thread in threads:
            thread.join()
        assert not failures

    return wait


def test_the_last_of_many_writers_wins_everywhere(endpoint, clients, table):
    is_over, last = threading.Event(), {}

    def work(region, number):
        own = connect(endpoint, region=region)
        return lambda: write_until(is_over, own, table, f"{region}-{number}", last)

    wait = run_all([work(region, number) for region in REGIONS for number in range(2)])
    try:
        wait_until(lambda: have_written(last), "everybody has written often")
    finally:
        is_over.set()
        wait()
    found = wait_until_equal(clients, table)
    assert len(found) <= 1
    winner = found[0] if found else None
    assert winner in last.values()


def have_written(last):
    numbers = [int(each["n"]["N"]) for each in list(last.values()) if each]
    return len(last) == 6 and len(numbers) > 3 and min(numbers) > 20


# Streams


def test_each_stream_shows_each_change_once(clients, streams, table):
    """A change that came from another Region is not sent back, nor on."""
    count = 30
    for number in range(count):
        for region, client in clients.items():
            client.put_item(TableName=table, Item=item(pk=f"{region}-{number}"))
    wait_until_equal(clients, table)
    # Each Region ends with a write that is seen after all of its own.
    for region, client in clients.items():
        client.put_item(TableName=table, Item=item(pk=f"end-{region}"))
        wait_for_item(clients, table, item(pk=f"end-{region}"), item(pk=f"end-{region}"))
    expected = sorted(
        [f"{region}-{number}" for region in REGIONS for number in range(count)] + [f"end-{each}" for each in REGIONS]
    )
    for region in REGIONS:
        found = records(streams[region], clients[region], table)
        assert sorted(each["dynamodb"]["Keys"]["pk"]["S"] for each in found) == expected
        assert {each["eventName"] for each in found} == {"INSERT"}
        assert {each["awsRegion"] for each in found} == {region}
        assert len({each["eventID"] for each in found}) == len(found)


def test_a_stream_has_the_changes_of_an_item_in_their_order(clients, streams, table):
    """Changes that arrive together may have become one, but none comes twice or late."""
    for number in range(40):
        clients[AWAY].put_item(TableName=table, Item=item(n=number))
    wait_for_item(clients, table, item(), item(n=39))
    for region in REGIONS:
        events = history(streams[region], clients[region], table, item())
        numbers = [int(image["n"]["N"]) for _, image in events]
        assert numbers == sorted(set(numbers)), region
        assert numbers[-1] == 39
        assert [event for event, _ in events] == ["INSERT"] + ["MODIFY"] * (len(events) - 1)
    here = history(streams[AWAY], clients[AWAY], table, item())
    assert [int(image["n"]["N"]) for _, image in here] == list(range(40))


def test_a_write_that_changes_nothing_is_no_record_anywhere(clients, streams, table):
    for client in clients.values():
        client.put_item(TableName=table, Item=item(n=1))
        wait_for_item(clients, table, item(), item(n=1))
        client.delete_item(TableName=table, Key=item(pk="absent"))
    clients[HOME].put_item(TableName=table, Item=item(n=2))
    wait_for_item(clients, table, item(), item(n=2))
    for region in REGIONS:
        events = history(streams[region], clients[region], table, item())
        assert events == [("INSERT", item(n=1)), ("MODIFY", item(n=2))]
        assert history(streams[region], clients[region], table, item(pk="absent")) == []


# A replica of a table in use


def test_a_replica_that_is_added_gets_all_while_writers_write(endpoint, clients, name):
    create(clients[HOME], name, indexes=INDEX)
    for first in range(0, 3000, 25):
        puts = [
            {"PutRequest": {"Item": item(pk=f"p{number}", g="old", n=0)}} for number in range(first, first + 25)
        ]
        clients[HOME].batch_write_item(RequestItems={name: puts})
    is_over, written, deleted = threading.Event(), {}, set()

    def work(writer):
        """Has the keys whose number leaves this remainder to itself."""
        own = connect(endpoint, region=HOME)
        number = writer
        while not is_over.is_set():
            key = f"p{number % 3400}"
            if number % 5 == writer % 5:
                own.delete_item(TableName=name, Key=item(pk=key))
                written.pop(key, None)
                deleted.add(key)
            else:
                own.put_item(TableName=name, Item=item(pk=key, g="new", n=number))
                written[key] = item(pk=key, g="new", n=number)
                deleted.discard(key)
            number += 4

    wait = run_all([lambda writer=writer: work(writer) for writer in range(4)])
    try:
        wait_until(lambda: len(written) > 50, "the writers write")
        add(clients[HOME], name, AWAY)
        wait_for_group(clients, name, [HOME, AWAY])
        add(clients[AWAY], name, THIRD)
        wait_for_group(clients, name, REGIONS)
    finally:
        is_over.set()
        wait()
    found = {each["pk"]["S"]: each for each in wait_until_equal(clients, name)}
    assert {key: found.get(key) for key in written} == written
    assert not deleted & set(found)
    untouched = {f"p{number}" for number in range(3000)} - set(written) - deleted
    assert untouched <= set(found)
    for client in clients.values():
        wait_until(lambda: described(client, name)["ItemCount"] == len(found), "the items are counted")
        assert len(scan(client, name, IndexName="by-g")) == len(found)
