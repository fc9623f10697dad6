"""Backups on demand, and tables restored from them."""

import contextlib
import datetime
import random
import re
import threading
import uuid

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from conftest import connect
from items import item, values
from refusal import refused
from server import Server
from tables import schema
from test_tables import described
from waiting import wait_for_expiry, wait_until
from wire import Wire

ACCOUNTS = 20
BALANCE = 100
INDEXES = {"by-g": ("g", None, "ALL"), "by-h": ("h", "g", ["p"])}
LOCAL = {"by-l": ("l", "ALL")}
UNKNOWN = "01700000000000-0123abcd"


@contextlib.contextmanager
def serving(request, folder):
    """Where requests go: to a server that keeps its backups beside its data, unless one is up already."""
    given = request.config.getoption("--endpoint")
    if given:
        yield given
        return
    server = Server("--data", str(folder / "data"), "--backup-url", str(folder / "backups"))
    try:
        yield server.endpoint
    finally:
        server.kill()


@pytest.fixture(scope="module")
def served(request, tmp_path_factory):
    with serving(request, tmp_path_factory.mktemp("backups")) as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def client(served):
    return connect(served)


@pytest.fixture(scope="module")
def loose(served):
    return connect(served, parameter_validation=False)


@pytest.fixture(scope="module")
def wire(served):
    return Wire(served)


@pytest.fixture
def target(client):
    """Gives names for restored tables, which go when the test ends."""
    made = []

    def fresh():
        made.append(f"t-{uuid.uuid4().hex}")
        return made[-1]

    yield fresh
    for table in made:
        with contextlib.suppress(ClientError, BotoCoreError):
            client.delete_table(TableName=table)


def wait_until_active(client, table):
    """Waits until the table is filled, and gives its description."""
    return wait_until(
        lambda: (shown := described(client, table))["TableStatus"] == "ACTIVE" and shown, f"{table} is ACTIVE"
    )


def wait_until_available(client, arn):
    def available():
        shown = client.describe_backup(BackupArn=arn)["BackupDescription"]
        return shown if shown["BackupDetails"]["BackupStatus"] == "AVAILABLE" else None

    return wait_until(available, f"{arn} is AVAILABLE")


def back_up(client, table, name="nightly"):
    """Makes a backup, and gives its ARN once it can be restored."""
    arn = client.create_backup(TableName=table, BackupName=name)["BackupDetails"]["BackupArn"]
    wait_until_available(client, arn)
    return arn


def restore(client, arn, table, **overrides):
    """Restores a backup, and gives the description of the table once it is filled."""
    client.restore_table_from_backup(TargetTableName=table, BackupArn=arn, **overrides)
    return wait_until_active(client, table)


def ordered(items):
    """In one order, whatever the order of their attributes."""
    return sorted(items, key=lambda each: str(sorted(each.items())))


def contents(client, table, **more):
    """All items, in one order."""
    pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead="IndexName" not in more, **more)
    return ordered(each for page in pages for each in page["Items"])


def fill(client, table, count, **more):
    for first in range(0, count, 25):
        puts = [
            {"PutRequest": {"Item": item(pk=f"filler-{number:06}", filler="x" * 300, **more)}}
            for number in range(first, min(first + 25, count))
        ]
        client.batch_write_item(RequestItems={table: puts})


def gone(arn):
    return refused("BackupNotFoundException", f"Backup not found: {arn}")


# A backup


def test_a_backup_is_being_created_and_then_available(client, table):
    client.put_item(TableName=table, Item=item(v=1))
    before = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=5)
    created = client.create_backup(TableName=table, BackupName="nightly")["BackupDetails"]
    arn, at = created["BackupArn"], created["BackupCreationDateTime"]
    assert created.pop("BackupSizeBytes", 0) >= 0
    assert created == {
        "BackupArn": arn,
        "BackupName": "nightly",
        "BackupStatus": "CREATING",
        "BackupType": "USER",
        "BackupCreationDateTime": at,
    }
    source = described(client, table)
    found = re.fullmatch(re.escape(source["TableArn"]) + r"/backup/(\d{14})-[0-9a-f]{8}", arn)
    assert int(found[1]) == round(at.timestamp() * 1000)
    assert before < at < before + datetime.timedelta(minutes=1)
    shown = wait_until_available(client, arn)["BackupDetails"]
    assert shown.pop("BackupSizeBytes") >= 0
    assert shown == {**created, "BackupStatus": "AVAILABLE"}
    [summary] = client.list_backups(TableName=table)["BackupSummaries"]
    assert summary.pop("BackupSizeBytes") >= 0
    assert summary == {
        **shown,
        "TableName": table,
        "TableId": source["TableId"],
        "TableArn": source["TableArn"],
    }


def test_a_backup_of_a_plain_table_describes_it(client, make_table):
    table = make_table(sort="sk")
    for each in range(3):
        client.put_item(TableName=table, Item=item(sk=str(each)))
    source = described(client, table)
    shown = client.describe_backup(BackupArn=back_up(client, table))["BackupDescription"]
    assert set(shown) == {"BackupDetails", "SourceTableDetails", "SourceTableFeatureDetails"}
    assert shown["SourceTableFeatureDetails"] == {}
    assert shown["SourceTableDetails"] == {
        "TableName": table,
        "TableId": source["TableId"],
        "TableArn": source["TableArn"],
        "TableSizeBytes": source["TableSizeBytes"],
        "ItemCount": 3,
        "KeySchema": source["KeySchema"],
        "TableCreationDateTime": source["CreationDateTime"],
        "ProvisionedThroughput": {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0},
        "BillingMode": "PAY_PER_REQUEST",
    }


def test_a_backup_describes_the_features_of_its_table_as_they_were(client, make_table):
    table = make_table(
        sort="sk",
        local=LOCAL,
        indexes={"by-g": ("g", None, "KEYS_ONLY")},
        units=(7, 8),
        SSESpecification={"Enabled": True, "SSEType": "KMS"},
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    client.update_time_to_live(
        TableName=table, TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"}
    )
    wait_for_expiry(client, table)
    source = described(client, table)
    arn = back_up(client, table)
    client.update_table(TableName=table, StreamSpecification={"StreamEnabled": False})
    client.update_table(
        TableName=table, ProvisionedThroughput={"ReadCapacityUnits": 70, "WriteCapacityUnits": 80}
    )
    shown = client.describe_backup(BackupArn=arn)["BackupDescription"]
    units = {"ReadCapacityUnits": 7, "WriteCapacityUnits": 8}
    assert shown["SourceTableDetails"]["ProvisionedThroughput"] == units
    assert shown["SourceTableDetails"]["BillingMode"] == "PROVISIONED"
    [index], [local] = source["GlobalSecondaryIndexes"], source["LocalSecondaryIndexes"]
    always = ["IndexName", "KeySchema", "Projection"]
    assert shown["SourceTableFeatureDetails"] == {
        "GlobalSecondaryIndexes": [{**{each: index[each] for each in always}, "ProvisionedThroughput": units}],
        "LocalSecondaryIndexes": [{each: local[each] for each in always}],
        "StreamDescription": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        "TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": "until"},
        "SSEDescription": source["SSEDescription"],
    }


def test_a_backup_has_what_was_there_and_not_what_was_written_later(client, table, target):
    before = [
        item(pk="kept", n=1),
        item(pk="changed", n=1),
        item(pk="deleted", whole={"l": [1, "a", b"\x00", None, True], "m": {"x": ""}}),
    ]
    for each in before:
        client.put_item(TableName=table, Item=each)
    arn = client.create_backup(TableName=table, BackupName="nightly")["BackupDetails"]["BackupArn"]
    client.put_item(TableName=table, Item=item(pk="changed", n=2))
    client.delete_item(TableName=table, Key=item(pk="deleted"))
    client.put_item(TableName=table, Item=item(pk="new"))
    wait_until_available(client, arn)
    client.put_item(TableName=table, Item=item(pk="newer"))
    restored = restore(client, arn, target())
    assert contents(client, restored["TableName"]) == ordered(before)
    assert restored["ItemCount"] == 3
    assert len(contents(client, table)) == 4


def test_an_empty_table_is_restored_empty(client, table, target):
    restored = restore(client, back_up(client, table), target())
    assert contents(client, restored["TableName"]) == []
    assert restored["ItemCount"] == 0


def test_a_restored_table_is_a_table_of_its_own(client, table, target):
    client.put_item(TableName=table, Item=item(n=1))
    arn = back_up(client, table)
    one, two = (restore(client, arn, target()) for _ in range(2))
    assert len({described(client, table)["TableId"], one["TableId"], two["TableId"]}) == 3
    client.put_item(TableName=one["TableName"], Item=item(n=2))
    client.delete_item(TableName=two["TableName"], Key=item())
    assert contents(client, table) == [item(n=1)]
    assert contents(client, one["TableName"]) == [item(n=2)]
    assert contents(client, two["TableName"]) == []
    # And can itself be backed up.
    again = restore(client, back_up(client, one["TableName"]), target())
    assert contents(client, again["TableName"]) == [item(n=2)]


def transact(client, table, choice):
    """Moves an amount from one account to another, and counts that on the left and on the right."""
    one, two = choice.sample(range(ACCOUNTS), 2)
    amount = choice.randrange(1, 10)

    def add(key, difference):
        return {
            "Update": {
                "TableName": table,
                "Key": item(pk=key),
                "UpdateExpression": "ADD n :n",
                "ExpressionAttributeValues": values(n=difference),
            }
        }

    with contextlib.suppress(client.exceptions.TransactionCanceledException):
        client.transact_write_items(
            TransactItems=[
                add(f"account-{one}", -amount),
                add(f"account-{two}", amount),
                add(f"left-{choice.randrange(3)}", 1),
                add("right", 1),
            ]
        )


def figures(client, table):
    """The sum of all accounts, and what was counted on the left and on the right."""
    found = {each["pk"]["S"]: int(each["n"]["N"]) for each in contents(client, table) if "n" in each}
    total = sum(number for key, number in found.items() if key.startswith("account-"))
    left = sum(number for key, number in found.items() if key.startswith("left-"))
    return total, left, found.get("right", 0)


@contextlib.contextmanager
def transacting(endpoint, table, threads=4):
    """Has threads transact while the block runs."""
    is_over = threading.Event()
    failures = []

    def run(seed):
        client, choice = connect(endpoint), random.Random(seed)
        try:
            while not is_over.is_set():
                transact(client, table, choice)
        except Exception as error:
            failures.append(error)

    writers = [threading.Thread(target=run, args=(seed,)) for seed in range(threads)]
    for writer in writers:
        writer.start()
    try:
        yield
    finally:
        is_over.set()
        for writer in writers:
            writer.join()
    assert not failures


def open_accounts(client, table):
    for each in range(ACCOUNTS):
        client.put_item(TableName=table, Item=item(pk=f"account-{each}", n=BALANCE))


def counted(client, table):
    reply = client.get_item(TableName=table, Key=item(pk="right"), ConsistentRead=True)
    return int(reply.get("Item", {}).get("n", {}).get("N", 0))


def test_a_backup_under_writes_is_one_moment(served, client, table, target):
    open_accounts(client, table)
    fill(client, table, 3000)
    arns, before, after = [], [], []
    with transacting(served, table):
        for enough in [30, 60, 90]:
            wait_until(lambda: counted(client, table) >= enough, f"{enough} transactions are done")
            before.append(counted(client, table))
            created = client.create_backup(TableName=table, BackupName="busy")["BackupDetails"]
            after.append(counted(client, table))
            arns.append(created["BackupArn"])
            client.put_item(TableName=table, Item=item(pk=f"after-{enough}"))
            wait_until_available(client, arns[-1])
    for arn, least, most in zip(arns, before, after):
        restored = restore(client, arn, target())["TableName"]
        total, left, right = figures(client, restored)
        assert total == ACCOUNTS * BALANCE
        assert left == right
        assert least <= right <= most
    found = {each["pk"]["S"] for each in contents(client, restored)}
    assert len({each for each in found if each.startswith("filler-")}) == 3000
    assert {each for each in found if each.startswith("after-")} == {"after-30", "after-60"}


def test_a_table_may_change_and_go_while_it_is_backed_up(client, make_table, target):
    table = make_table()
    fill(client, table, 2000)
    expected = contents(client, table)
    arn = client.create_backup(TableName=table, BackupName="last")["BackupDetails"]["BackupArn"]
    for each in expected[::2]:
        client.delete_item(TableName=table, Key={"pk": each["pk"]})
    client.delete_table(TableName=table)
    wait_until_available(client, arn)
    assert contents(client, restore(client, arn, target())["TableName"]) == expected


def test_several_backups_at_once_are_backups_of_their_own(client, table, target):
    arns = []
    for each in range(6):
        client.put_item(TableName=table, Item=item(pk=str(each)))
        created = client.create_backup(TableName=table, BackupName="same-name")["BackupDetails"]
        arns.append(created["BackupArn"])
    assert len(set(arns)) == 6
    for count, arn in enumerate(arns, 1):
        wait_until_available(client, arn)
        restored = restore(client, arn, target())
        assert restored["ItemCount"] == count


def test_a_backup_outlives_its_table_and_the_next_of_that_name(client, make_table, name, target):
    make_table(name=name)
    client.put_item(TableName=name, Item=item(pk="first"))
    first = described(client, name)
    old = back_up(client, name)
    client.delete_table(TableName=name)
    client.get_waiter("table_not_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    shown = client.describe_backup(BackupArn=old)["BackupDescription"]
    assert shown["BackupDetails"]["BackupStatus"] == "AVAILABLE"
    assert shown["SourceTableDetails"]["TableId"] == first["TableId"]
    assert [each["BackupArn"] for each in client.list_backups(TableName=name)["BackupSummaries"]] == [old]
    make_table(name=name)
    new = back_up(client, name)
    summaries = client.list_backups(TableName=name)["BackupSummaries"]
    assert [each["BackupArn"] for each in summaries] == [old, new]
    assert [each["TableId"] for each in summaries] == [first["TableId"], described(client, name)["TableId"]]
    assert {each["TableArn"] for each in summaries} == {first["TableArn"]}
    assert contents(client, restore(client, old, target())["TableName"]) == [item(pk="first")]
    # The name itself can be taken again once it is free.
    client.delete_table(TableName=name)
    client.get_waiter("table_not_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    assert restore(client, old, name)["TableId"] != first["TableId"]
    assert contents(client, name) == [item(pk="first")]


# What is restored


@pytest.fixture
def indexed(client, make_table):
    """A table with every kind of index, and items of which not all are in each."""
    table = make_table(sort="sk", local=LOCAL, indexes=INDEXES)
    for each in range(40):
        plain = {"pk": f"p{each % 4}", "sk": str(each), "p": each, "other": "x"}
        if each % 2:
            plain["g"] = f"g{each % 3}"
        if each % 3:
            plain["h"] = f"h{each % 5}"
        if each % 5:
            plain["l"] = str(100 - each)
        client.put_item(TableName=table, Item=item(**plain))
    return table


def questions(client, table):
    """What the table and its indexes answer."""
    answers = {"table": contents(client, table)}
    for index in [*INDEXES, *LOCAL]:
        answers[index] = contents(client, table, IndexName=index)
    answers["in order"] = client.query(
        TableName=table,
        IndexName="by-l",
        KeyConditionExpression="pk = :p",
        ExpressionAttributeValues=values(p="p1"),
    )["Items"]
    answers["by both"] = client.query(
        TableName=table,
        IndexName="by-h",
        KeyConditionExpression="h = :h AND begins_with(g, :g)",
        ExpressionAttributeValues=values(h="h1", g="g"),
    )["Items"]
    return answers


def test_indexes_are_restored_and_answer_as_those_of_the_source(client, indexed, target):
    source = described(client, indexed)
    answers = questions(client, indexed)
    restored = restore(client, back_up(client, indexed), target())
    table = restored["TableName"]
    assert questions(client, table) == answers
    assert all(answers.values())
    for kind in ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"]:
        shown, expected = (
            {
                each["IndexName"]: [each["KeySchema"], each["Projection"], each["ItemCount"]]
                for each in description[kind]
            }
            for description in [restored, source]
        )
        assert shown == expected
    assert {each["IndexStatus"] for each in restored["GlobalSecondaryIndexes"]} == {"ACTIVE"}
    # They are kept up from then on.
    client.put_item(TableName=table, Item=item(pk="p1", sk="new", g="only", h="only", l="0"))
    for index in [*INDEXES, *LOCAL]:
        assert len(contents(client, table, IndexName=index)) == len(answers[index]) + 1


def test_indexes_are_left_out_when_asked(client, indexed, target):
    arn = back_up(client, indexed)
    items = contents(client, indexed)
    bare = restore(client, arn, target(), GlobalSecondaryIndexOverride=[], LocalSecondaryIndexOverride=[])
    assert not {"GlobalSecondaryIndexes", "LocalSecondaryIndexes"} & set(bare)
    assert {each["AttributeName"] for each in bare["AttributeDefinitions"]} == {"pk", "sk"}
    assert contents(client, bare["TableName"]) == items
    kept = schema(sort="sk", indexes={"by-h": INDEXES["by-h"]})["GlobalSecondaryIndexes"]
    one = restore(client, arn, target(), GlobalSecondaryIndexOverride=kept)
    assert [each["IndexName"] for each in one["GlobalSecondaryIndexes"]] == ["by-h"]
    assert [each["IndexName"] for each in one["LocalSecondaryIndexes"]] == ["by-l"]
    assert contents(client, one["TableName"], IndexName="by-h") == contents(client, indexed, IndexName="by-h")


def test_an_index_may_be_restored_under_another_name(client, indexed, target):
    """It is its keys and projection that must be the source's."""
    renamed = schema(sort="sk", indexes={"renamed": INDEXES["by-g"]})["GlobalSecondaryIndexes"]
    table = restore(client, back_up(client, indexed), target(), GlobalSecondaryIndexOverride=renamed)["TableName"]
    assert contents(client, table, IndexName="renamed") == contents(client, indexed, IndexName="by-g")


def test_settings_of_the_data_are_restored_and_those_of_its_use_are_not(client, make_table, target):
    table = make_table(
        SSESpecification={"Enabled": True, "SSEType": "KMS"},
        OnDemandThroughput={"MaxReadRequestUnits": 100, "MaxWriteRequestUnits": 50},
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        TableClass="STANDARD_INFREQUENT_ACCESS",
        DeletionProtectionEnabled=True,
        Tags=[{"Key": "a", "Value": "b"}],
    )
    client.update_time_to_live(
        TableName=table, TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"}
    )
    source = described(client, table)
    restored = restore(client, back_up(client, table), target())
    assert restored["SSEDescription"] == source["SSEDescription"]
    assert restored["OnDemandThroughput"] == source["OnDemandThroughput"]
    assert restored["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert not {"StreamSpecification", "LatestStreamArn", "TableClassSummary"} & set(restored)
    assert restored["DeletionProtectionEnabled"] is False
    assert client.list_tags_of_resource(ResourceArn=restored["TableArn"])["Tags"] == []
    expiry = client.describe_time_to_live(TableName=restored["TableName"])["TimeToLiveDescription"]
    assert expiry == {"TimeToLiveStatus": "DISABLED"}
    continuous = client.describe_continuous_backups(TableName=restored["TableName"])
    recovery = continuous["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert recovery == {"PointInTimeRecoveryStatus": "DISABLED"}
    client.update_table(TableName=table, DeletionProtectionEnabled=False)


def throughput(read, write):
    return {"ReadCapacityUnits": read, "WriteCapacityUnits": write}


def units_of(description):
    units = description["ProvisionedThroughput"]
    return throughput(units["ReadCapacityUnits"], units["WriteCapacityUnits"])


def billing_of(description):
    return description.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")


def test_the_throughput_of_the_backup_is_restored_unless_another_is_given(client, make_table, target):
    index = {"by-g": ("g", None, "ALL")}
    table = make_table(indexes=index, units=(5, 6))
    arn = back_up(client, table)
    client.update_table(TableName=table, ProvisionedThroughput=throughput(50, 60))

    def restored(**overrides):
        shown = restore(client, arn, target(), **overrides)
        [index] = shown["GlobalSecondaryIndexes"]
        return billing_of(shown), units_of(shown), units_of(index)

    own, other, none = throughput(5, 6), throughput(7, 8), throughput(0, 0)
    assert restored() == ("PROVISIONED", own, own)
    assert restored(ProvisionedThroughputOverride=other) == ("PROVISIONED", other, own)
    indexes = schema(indexes=index, units=(7, 8))["GlobalSecondaryIndexes"]
    assert restored(GlobalSecondaryIndexOverride=indexes) == ("PROVISIONED", own, other)
    assert restored(BillingModeOverride="PAY_PER_REQUEST") == ("PAY_PER_REQUEST", none, none)
    limits = {"MaxReadRequestUnits": 50, "MaxWriteRequestUnits": 60}
    on_demand = restore(
        client, arn, target(), BillingModeOverride="PAY_PER_REQUEST", OnDemandThroughputOverride=limits
    )
    assert on_demand["OnDemandThroughput"] == limits


def test_a_backup_of_an_on_demand_table_may_be_restored_provisioned(client, table, target):
    restored = restore(
        client,
        back_up(client, table),
        target(),
        BillingModeOverride="PROVISIONED",
        ProvisionedThroughputOverride=throughput(3, 4),
    )
    assert (billing_of(restored), units_of(restored)) == ("PROVISIONED", throughput(3, 4))


def test_the_encryption_of_a_restored_table_may_be_another(client, make_table, target):
    plain, encrypted = make_table(), make_table(SSESpecification={"Enabled": True, "SSEType": "KMS"})
    shown = restore(
        client, back_up(client, plain), target(), SSESpecificationOverride={"Enabled": True, "SSEType": "KMS"}
    )
    assert shown["SSEDescription"] == described(client, encrypted)["SSEDescription"]
    shown = restore(client, back_up(client, encrypted), target(), SSESpecificationOverride={"Enabled": False})
    assert "SSEDescription" not in shown


def test_a_restore_is_in_progress_and_then_over(client, table, target):
    name = target()
    client.put_item(TableName=table, Item=item())
    arn = back_up(client, table)
    backup = client.describe_backup(BackupArn=arn)["BackupDescription"]
    source = described(client, table)
    reply = client.restore_table_from_backup(TargetTableName=name, BackupArn=arn)["TableDescription"]
    assert (reply["TableName"], reply["TableStatus"]) == (name, "CREATING")
    assert reply["TableId"] != source["TableId"]
    assert reply["KeySchema"] == source["KeySchema"]
    assert reply["RestoreSummary"] == {
        "SourceBackupArn": arn,
        "SourceTableArn": source["TableArn"],
        "RestoreDateTime": backup["BackupDetails"]["BackupCreationDateTime"],
        "RestoreInProgress": True,
    }
    # Once the table is there, nothing tells it from any other.
    assert "RestoreSummary" not in wait_until_active(client, name)


# Refusals while something goes on


def while_creating(client, table, call, code, message=None):
    """Makes a call that is refused until the table is filled. It may be filled already."""
    try:
        call()
    except ClientError as caught:
        error = caught.response["Error"]
        assert error["Code"] == code, error
        assert message in {None, error["Message"]}
    else:
        assert described(client, table)["TableStatus"] == "ACTIVE"


@pytest.fixture
def large(client, make_table):
    """A backup that takes a while to restore."""
    table = make_table()
    fill(client, table, 10_000)
    return back_up(client, table)


def test_a_table_that_is_being_restored_cannot_be_used(client, large, target):
    name = target()
    client.restore_table_from_backup(TargetTableName=name, BackupArn=large)
    get = {"TableName": name, "Key": item()}
    while_creating(client, name, lambda: client.get_item(**get), "ResourceNotFoundException")
    while_creating(client, name, lambda: client.put_item(TableName=name, Item=item()), "ResourceNotFoundException")
    while_creating(client, name, lambda: client.scan(TableName=name), "ResourceNotFoundException")
    while_creating(
        client,
        name,
        lambda: client.create_backup(TableName=name, BackupName="early"),
        "TableNotFoundException",
        f"Table not found: {name}",
    )
    other = target()
    while_creating(
        client,
        name,
        lambda: client.restore_table_from_backup(TargetTableName=other, BackupArn=large),
        "BackupInUseException",
        f"Backup is being used to restore another table: {large}",
    )
    with refused("ResourceInUseException"):
        client.create_table(TableName=name, **schema())
    wait_until_active(client, name)
    assert client.get_item(TableName=name, Key=item(pk="filler-000000"))["Item"]["filler"]["S"] == "x" * 300


def test_a_backup_in_use_is_not_deleted_nor_is_the_table(client, large, target):
    name = target()
    client.restore_table_from_backup(TargetTableName=name, BackupArn=large)
    while_creating(
        client,
        name,
        lambda: client.delete_backup(BackupArn=large),
        "BackupInUseException",
        f"Backup is being used to restore table: {large}",
    )
    with contextlib.suppress(client.exceptions.ResourceInUseException):
        client.delete_table(TableName=name)


def test_a_name_in_use_is_not_restored_to(client, table, make_table):
    arn = back_up(client, table)
    for name in [table, make_table()]:
        with refused("TableAlreadyExistsException", f"Table already exists: {name}"):
            client.restore_table_from_backup(TargetTableName=name, BackupArn=arn)


# Deleting


def test_a_deleted_backup_is_gone_at_once(client, table, target):
    arn = back_up(client, table)
    before = client.describe_backup(BackupArn=arn)["BackupDescription"]
    deleted = client.delete_backup(BackupArn=arn)["BackupDescription"]
    assert deleted["BackupDetails"].pop("BackupStatus") == "DELETED"
    assert before["BackupDetails"].pop("BackupStatus") == "AVAILABLE"
    assert deleted == before
    with gone(arn):
        client.describe_backup(BackupArn=arn)
    with gone(arn):
        client.delete_backup(BackupArn=arn)
    with gone(arn):
        client.restore_table_from_backup(TargetTableName=target(), BackupArn=arn)
    assert client.list_backups(TableName=table)["BackupSummaries"] == []


def test_a_table_restored_from_a_backup_outlives_it(client, table, target):
    client.put_item(TableName=table, Item=item())
    arn = back_up(client, table)
    restored = restore(client, arn, target())["TableName"]
    client.delete_backup(BackupArn=arn)
    assert contents(client, restored) == [item()]


# Listing


@pytest.fixture
def three(client, table):
    """Three backups of a table, in the order that they were made in."""
    arns = [back_up(client, table, f"number-{each}") for each in range(3)]
    return table, client.list_backups(TableName=table)["BackupSummaries"], arns


def arns_of(reply):
    return [each["BackupArn"] for each in reply["BackupSummaries"]]


def test_backups_are_listed_by_table(client, three, make_table, name):
    table, summaries, arns = three
    assert [each["BackupArn"] for each in summaries] == arns
    other = make_table()
    back_up(client, other)
    assert arns_of(client.list_backups(TableName=table)) == arns
    assert arns_of(client.list_backups(TableName=described(client, table)["TableArn"])) == arns
    assert client.list_backups(TableName=name)["BackupSummaries"] == []
    found = [arn for page in client.get_paginator("list_backups").paginate() for arn in arns_of(page)]
    assert [arn for arn in found if arn in arns] == arns
    assert len(set(found)) == len(found) > 3


def test_backups_are_listed_in_pages(client, three):
    table, _, arns = three
    for limit in [1, 2, 3, 100]:
        found, start = [], {}
        while True:
            reply = client.list_backups(TableName=table, Limit=limit, **start)
            assert len(reply["BackupSummaries"]) <= limit
            found += arns_of(reply)
            if "LastEvaluatedBackupArn" not in reply:
                break
            assert reply["LastEvaluatedBackupArn"] == found[-1]
            start = {"ExclusiveStartBackupArn": found[-1]}
        assert found == arns
    assert "LastEvaluatedBackupArn" not in client.list_backups(TableName=table, Limit=3)


def test_a_page_begins_after_a_backup_that_is_gone(client, three):
    table, _, arns = three
    client.delete_backup(BackupArn=arns[0])
    assert arns_of(client.list_backups(TableName=table, ExclusiveStartBackupArn=arns[0])) == arns[1:]


def test_backups_are_listed_by_time_from_and_including_up_to_and_excluding(client, wire, three):
    table, summaries, arns = three
    first, second, third = (each["BackupCreationDateTime"] for each in summaries)
    assert first < second < third

    def between(lower=None, upper=None):
        bounds = {}
        if lower:
            bounds["TimeRangeLowerBound"] = round(lower.timestamp(), 3)
        if upper:
            bounds["TimeRangeUpperBound"] = round(upper.timestamp(), 3)
        return arns_of(wire.post("ListBackups", {"TableName": table, **bounds}).json)

    after = datetime.timedelta(milliseconds=1)
    assert between(second) == arns[1:]
    assert between(second + after) == arns[2:]
    assert between(None, second) == arns[:1]
    assert between(None, second + after) == arns[:2]
    assert between(first, third) == arns[:2]
    assert between(second, second) == []
    assert between(second, second + after) == [arns[1]]
    far = datetime.datetime(2100, 1, 1, tzinfo=datetime.timezone.utc)
    assert between(far) == []
    assert between(None, far) == arns


def test_backups_are_listed_by_type(client, three):
    table, _, arns = three
    for kind, expected in [("USER", arns), ("ALL", arns), ("SYSTEM", []), ("AWS_BACKUP", [])]:
        assert arns_of(client.list_backups(TableName=table, BackupType=kind)) == expected


@pytest.mark.parametrize(
    "faulty",
    [
        {"Limit": 0},
        {"Limit": 101},
        {"BackupType": "user"},
        {"TableName": "no/name"},
        {"ExclusiveStartBackupArn": "short"},
        {"TimeRangeLowerBound": 2, "TimeRangeUpperBound": 1},
    ],
    ids=str,
)
def test_a_faulty_question_about_backups_is_refused(loose, faulty):
    with refused("ValidationException"):
        loose.list_backups(**faulty)


# Refusals


def test_a_backup_needs_a_table(client, name):
    with refused("TableNotFoundException", f"Table not found: {name}"):
        client.create_backup(TableName=name, BackupName="nightly")


@pytest.mark.parametrize("backup", [None, "", "ab", "a" * 256, "a b", "a$b"])
def test_a_backup_has_a_name_of_its_own_kind(loose, table, backup):
    with refused("ValidationException", containing="backupName"):
        loose.create_backup(TableName=table, **({} if backup is None else {"BackupName": backup}))


def test_a_backup_may_be_asked_for_by_the_arn_of_its_table(client, table):
    arn = back_up(client, described(client, table)["TableArn"])
    assert arns_of(client.list_backups(TableName=table)) == [arn]


def test_an_unknown_backup_is_not_found(client, table, target):
    arn = f"{described(client, table)['TableArn']}/backup/{UNKNOWN}"
    with gone(arn):
        client.describe_backup(BackupArn=arn)
    with gone(arn):
        client.delete_backup(BackupArn=arn)
    with gone(arn):
        client.restore_table_from_backup(TargetTableName=target(), BackupArn=arn)


@pytest.mark.parametrize("call", ["describe_backup", "delete_backup", "restore_table_from_backup"])
def test_what_is_no_arn_of_a_backup_is_invalid(client, loose, table, target, call):
    more = {"TargetTableName": target()} if call.startswith("restore") else {}
    for faulty in [described(client, table)["TableArn"], "x" * 48]:
        with refused("ValidationException", "Invalid Backup ARN"):
            getattr(client, call)(BackupArn=faulty, **more)
    with refused("ValidationException"):
        getattr(loose, call)(BackupArn="short", **more)
    with refused("ValidationException"):
        getattr(loose, call)(**more)


REQUEST = "Invalid Request: "
UNMATCHED = (
    REQUEST + "Index {} does not match a secondary index that existed in the source table and cannot be created "
    "during the restore operation"
)


def global_index(name="by-g", keys=("g", None), projection="ALL", units=None):
    return schema(sort="sk", indexes={name: (*keys, projection)}, units=units)["GlobalSecondaryIndexes"]


def local_index(name="by-l", key="l", projection="ALL"):
    return schema(sort="sk", local={name: (key, projection)})["LocalSecondaryIndexes"]


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"GlobalSecondaryIndexOverride": global_index("new", ("other", None))}, UNMATCHED.format("new")),
        ({"GlobalSecondaryIndexOverride": global_index(projection="KEYS_ONLY")}, UNMATCHED.format("by-g")),
        ({"GlobalSecondaryIndexOverride": global_index(keys=("h", None))}, UNMATCHED.format("by-g")),
        ({"LocalSecondaryIndexOverride": local_index("new", "other")}, UNMATCHED.format("new")),
        ({"LocalSecondaryIndexOverride": local_index(projection="KEYS_ONLY")}, UNMATCHED.format("by-l")),
        (
            {"ProvisionedThroughputOverride": throughput(1, 1)},
            REQUEST + "Cannot override ProvisionedThroughput unless BillingMode is PROVISIONED",
        ),
        (
            {"BillingModeOverride": "PROVISIONED"},
            REQUEST + "Must override ProvisionedThroughput if BillingMode is overridden to PROVISIONED",
        ),
        (
            {"BillingModeOverride": "PAY_PER_REQUEST", "ProvisionedThroughputOverride": throughput(1, 1)},
            REQUEST + "Cannot override ProvisionedThroughput if BillingMode is overridden to PAY_PER_REQUEST",
        ),
        (
            {
                "BillingModeOverride": "PAY_PER_REQUEST",
                "GlobalSecondaryIndexOverride": global_index(units=(1, 1)),
            },
            REQUEST
            + "Cannot override ProvisionedThroughput if BillingMode is overridden to PAY_PER_REQUEST for index "
            + "by-g",
        ),
        (
            {
                "BillingModeOverride": "PROVISIONED",
                "ProvisionedThroughputOverride": throughput(1, 1),
                "GlobalSecondaryIndexOverride": global_index(),
            },
            REQUEST + "Must specify provisioned throughput for index by-g",
        ),
        (
            {
                "BillingModeOverride": "PAY_PER_REQUEST",
                "OnDemandThroughputOverride": {"MaxReadRequestUnits": 0, "MaxWriteRequestUnits": 1},
            },
            REQUEST + "Requested MaxReadRequestUnits for OnDemandThroughput is outside of valid range",
        ),
        (
            {
                "BillingModeOverride": "PROVISIONED",
                "ProvisionedThroughputOverride": throughput(1, 1),
                "GlobalSecondaryIndexOverride": [],
                "OnDemandThroughputOverride": {"MaxReadRequestUnits": 1},
            },
            None,
        ),
        ({"BillingModeOverride": "FREE"}, None),
        ({"SSESpecificationOverride": {"Enabled": True, "SSEType": "AES256"}}, None),
        ({"TargetTableName": "ab"}, None),
        ({"TargetTableName": "no name"}, None),
    ],
    ids=lambda given: "+".join(given) if isinstance(given, dict) else "",
)
def test_what_cannot_be_restored_is_refused_and_makes_no_table(client, loose, indexed, target, overrides, message):
    request = {"TargetTableName": target(), "BackupArn": back_up(client, indexed), **overrides}
    before = client.list_tables()["TableNames"]
    with refused("ValidationException", message):
        loose.restore_table_from_backup(**request)
    assert client.list_tables()["TableNames"] == before


# Other servers, and crashes


def start(folder, backups, data="data"):
    return Server("--data", str(folder / data), "--backup-url", backups)


@pytest.mark.usefixtures("own_server")
@pytest.mark.parametrize("spelling", ["file://{}", "{}"], ids=["url", "path"])
def test_a_backup_of_one_server_is_restored_by_another(tmp_path, spelling):
    backups = spelling.format(tmp_path / "backups")
    one = start(tmp_path, backups, "one")
    two = start(tmp_path, backups, "two")
    try:
        mine, yours = connect(one.endpoint), connect(two.endpoint)
        mine.create_table(TableName="songs", **schema(indexes=INDEXES))
        fill(mine, "songs", 500, g="x", h="y", p=1)
        arn = back_up(mine, "songs")
        shown = mine.describe_backup(BackupArn=arn)
        one.kill()
        found = yours.describe_backup(BackupArn=arn)
        assert found["BackupDescription"] == shown["BackupDescription"]
        assert arns_of(yours.list_backups()) == [arn]
        restore(yours, arn, "songs")
        one = start(tmp_path, backups, "one")
        mine = connect(one.endpoint)
        assert contents(yours, "songs") == contents(mine, "songs")
        for index in INDEXES:
            assert len(contents(yours, "songs", IndexName=index)) == 500
        yours.delete_backup(BackupArn=arn)
        with gone(arn):
            mine.describe_backup(BackupArn=arn)
    finally:
        one.kill()
        two.kill()


@pytest.mark.usefixtures("own_server")
def test_a_server_that_lost_its_data_is_restored_from_its_backups(tmp_path):
    backups = str(tmp_path / "backups")
    server = start(tmp_path, backups, "lost")
    client = connect(server.endpoint)
    client.create_table(TableName="songs", **schema())
    client.put_item(TableName="songs", Item=item())
    arn = back_up(client, "songs")
    server.kill()
    server = start(tmp_path, backups, "found")
    try:
        client = connect(server.endpoint)
        assert client.list_tables()["TableNames"] == []
        [summary] = client.list_backups(TableName="songs")["BackupSummaries"]
        assert summary["BackupArn"] == arn
        restore(client, arn, "songs")
        assert contents(client, "songs") == [item()]
    finally:
        server.kill()


def size_of(folder):
    # What is being given back may go while it is looked at.
    with contextlib.suppress(FileNotFoundError):
        return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return float("inf")


@pytest.mark.usefixtures("own_server")
def test_a_deleted_backup_gives_its_space_back(tmp_path):
    server = start(tmp_path, str(tmp_path / "backups"))
    try:
        client = connect(server.endpoint)
        client.create_table(TableName="songs", **schema())
        choice = random.Random(7)
        for each in range(40):
            client.put_item(TableName="songs", Item=item(pk=str(each), filler=choice.randbytes(50_000)))
        before = size_of(tmp_path / "backups")
        arn = back_up(client, "songs")
        assert size_of(tmp_path / "backups") > before + 40 * 50_000
        client.delete_backup(BackupArn=arn)
        wait_until(lambda: size_of(tmp_path / "backups") <= before + 10_000, "the folder is as small as before")
    finally:
        server.kill()


def settled(client, arn):
    """Waits until the backup is AVAILABLE, or known to have failed, and says which."""

    def found():
        try:
            status = client.describe_backup(BackupArn=arn)["BackupDescription"]["BackupDetails"]["BackupStatus"]
        except client.exceptions.BackupNotFoundException:
            return "failed"
        return {"CREATING": None, "AVAILABLE": "available", "DELETED": "failed"}[status]

    return wait_until(found, f"{arn} is AVAILABLE or gone")


@pytest.mark.usefixtures("own_server")
def test_a_backup_that_the_server_died_in_is_whole_or_gone(tmp_path):
    backups = str(tmp_path / "backups")
    server = start(tmp_path, backups)
    try:
        client = connect(server.endpoint)
        client.create_table(TableName="songs", **schema(indexes={"by-g": ("g", None, "KEYS_ONLY")}))
        fill(client, "songs", 8000, g="x")
        for round_ in range(4):
            expected = contents(client, "songs")
            arn = client.create_backup(TableName="songs", BackupName="nightly")["BackupDetails"]["BackupArn"]
            # What is written while it is made is lost with it, or kept out of it.
            for each in range(25 * round_):
                client.put_item(TableName="songs", Item=item(pk=f"filler-{each:06}", v=round_))
            server.kill()
            server = start(tmp_path, backups)
            client = connect(server.endpoint)
            outcome = settled(client, arn)
            listed = arns_of(client.list_backups(TableName="songs"))
            assert (arn in listed) == (outcome == "available")
            if outcome == "available":
                restore(client, arn, f"restored-{round_}")
                assert contents(client, f"restored-{round_}") == expected
                client.delete_table(TableName=f"restored-{round_}")
        # And the next one is as any other.
        expected = contents(client, "songs")
        restore(client, back_up(client, "songs"), "restored")
        assert contents(client, "restored") == expected
        assert len(contents(client, "restored", IndexName="by-g")) == sum("g" in each for each in expected)
    finally:
        server.kill()


@pytest.mark.usefixtures("own_server")
def test_a_restore_that_the_server_died_in_is_finished_or_undone(tmp_path):
    backups = str(tmp_path / "backups")
    server = start(tmp_path, backups)
    try:
        client = connect(server.endpoint)
        client.create_table(TableName="songs", **schema(indexes={"by-g": ("g", None, "KEYS_ONLY")}))
        fill(client, "songs", 8000, g="x")
        expected = contents(client, "songs")
        arn = back_up(client, "songs")

        def outcome(table):
            try:
                status = described(client, table)["TableStatus"]
            except client.exceptions.ResourceNotFoundException:
                return "undone"
            return "finished" if status == "ACTIVE" else None

        for round_ in range(4):
            name = f"restored-{round_}"
            client.restore_table_from_backup(TargetTableName=name, BackupArn=arn)
            for _ in range(round_):
                described(client, name)
            server.kill()
            server = start(tmp_path, backups)
            client = connect(server.endpoint)
            if wait_until(lambda: outcome(name), f"{name} is ACTIVE or gone") == "undone":
                assert name not in client.list_tables()["TableNames"]
                restore(client, arn, name)
            assert contents(client, name) == expected
            assert described(client, name)["ItemCount"] == 8000
            assert len(contents(client, name, IndexName="by-g")) == 8000
            client.delete_table(TableName=name)
        client.delete_backup(BackupArn=arn)
    finally:
        server.kill()


@pytest.mark.usefixtures("own_server")
def test_a_backup_under_writes_and_a_crash_is_one_moment(tmp_path):
    backups = str(tmp_path / "backups")
    server = start(tmp_path, backups)
    arns = []
    try:
        client = connect(server.endpoint)
        client.create_table(TableName="songs", **schema())
        open_accounts(client, "songs")
        fill(client, "songs", 2000)
        with contextlib.suppress(AssertionError):
            # The writers fail with the server.
            with transacting(server.endpoint, "songs"):
                for enough in [20, 40]:
                    wait_until(lambda: counted(client, "songs") >= enough, f"{enough} transactions are done")
                    created = client.create_backup(TableName="songs", BackupName="busy")["BackupDetails"]
                    arns.append(created["BackupArn"])
                server.kill()
        assert len(arns) == 2
        server = start(tmp_path, backups)
        client = connect(server.endpoint)
        for place, arn in enumerate(arns):
            if settled(client, arn) == "available":
                restore(client, arn, f"restored-{place}")
                total, left, right = figures(client, f"restored-{place}")
                assert (total, left) == (ACCOUNTS * BALANCE, right)
        total, left, right = figures(client, "songs")
        assert (total, left) == (ACCOUNTS * BALANCE, right)
    finally:
        server.kill()


@pytest.mark.usefixtures("own_server")
def test_backups_are_listed_and_restored_after_a_restart(tmp_path):
    backups = str(tmp_path / "backups")
    server = start(tmp_path, backups)
    client = connect(server.endpoint)
    client.create_table(TableName="songs", **schema())
    client.put_item(TableName="songs", Item=item(n=1))
    kept, deleted = back_up(client, "songs"), back_up(client, "songs")
    client.delete_backup(BackupArn=deleted)
    client.delete_table(TableName="songs")
    shown = client.describe_backup(BackupArn=kept)["BackupDescription"]
    assert server.end() == 0
    server = start(tmp_path, backups)
    try:
        client = connect(server.endpoint)
        assert client.describe_backup(BackupArn=kept)["BackupDescription"] == shown
        assert arns_of(client.list_backups()) == [kept]
        with gone(deleted):
            client.describe_backup(BackupArn=deleted)
        restore(client, kept, "songs")
        assert contents(client, "songs") == [item(n=1)]
    finally:
        server.kill()
