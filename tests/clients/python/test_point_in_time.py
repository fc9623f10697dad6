"""Point-in-time recovery: a table as it was at a second."""

import contextlib
import datetime
import email.utils
import random
import threading

import pytest
from botocore.exceptions import BotoCoreError

from conftest import connect
from items import item, values
from refusal import refused
from server import Server
from tables import schema
from test_backups import (
    ACCOUNTS,
    BALANCE,
    INDEXES,
    LOCAL,
    billing_of,
    contents,
    figures,
    global_index,
    ordered,
    open_accounts,
    questions,
    serving,
    target,
    throughput,
    transacting,
    units_of,
    wait_until_active,
)
from test_tables import described
from waiting import wait_for_index, wait_until

__all__ = ["target"]  # A fixture, which the tests here share.

SECOND = datetime.timedelta(seconds=1)
DAY = datetime.timedelta(days=1)


@pytest.fixture(scope="module")
def served(request, tmp_path_factory):
    with serving(request, tmp_path_factory.mktemp("recovery")) as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def client(served):
    return connect(served)


@pytest.fixture(scope="module")
def loose(served):
    return connect(served, parameter_validation=False)


def switch(client, table, is_on=True, **more):
    specification = {"PointInTimeRecoveryEnabled": is_on, **more}
    reply = client.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=specification)
    return reply["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]


def recovery(client, table):
    reply = client.describe_continuous_backups(TableName=table)
    return reply["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]


@pytest.fixture
def kept(client, table):
    """A table that can be restored to any second from now on."""
    switch(client, table)
    return table


def clock(client):
    """The server's time, in whole seconds. It may be a second late, and is never early."""
    reply = client.describe_endpoints()
    return email.utils.parsedate_to_datetime(reply["ResponseMetadata"]["HTTPHeaders"]["date"])


def moment(client, table):
    """Waits for a second that no write is in, after all that were answered and before all that come, and until the
    table can be restored to it."""
    second = clock(client) + 2 * SECOND
    wait_until(lambda: clock(client) > second, "the second is over")
    wait_until(lambda: recovery(client, table)["LatestRestorableDateTime"] >= second, "it can be restored")
    return second


def restore(client, source, table, second=None, **more):
    """Restores a table to a second, or to the latest, and gives its description once it is filled."""
    when = {"UseLatestRestorableTime": True} if second is None else {"RestoreDateTime": second}
    client.restore_table_to_point_in_time(SourceTableName=source, TargetTableName=table, **when, **more)
    return wait_until_active(client, table)


def latest(client, source, table):
    """Restores all that has been answered."""
    moment(client, source)
    return restore(client, source, table)


# The setting


def test_recovery_is_off_until_it_is_switched_on(client, table):
    shown = client.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    assert shown == {
        "ContinuousBackupsStatus": "ENABLED",
        "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "DISABLED"},
    }
    assert switch(client, table, False) == {"PointInTimeRecoveryStatus": "DISABLED"}


def test_recovery_is_on_at_once(client, table):
    before = clock(client)
    shown = switch(client, table)
    after = clock(client)
    earliest, last = shown.pop("EarliestRestorableDateTime"), shown.pop("LatestRestorableDateTime")
    assert shown == {"PointInTimeRecoveryStatus": "ENABLED", "RecoveryPeriodInDays": 35}
    assert before - 2 * SECOND <= earliest <= last <= after + 2 * SECOND
    again = recovery(client, table)
    assert again["PointInTimeRecoveryStatus"] == "ENABLED"
    assert again["EarliestRestorableDateTime"] == earliest
    assert again["LatestRestorableDateTime"] >= last
    assert described(client, table)["TableStatus"] == "ACTIVE"


def test_the_latest_time_moves_on_and_the_earliest_stays(client, kept):
    first = recovery(client, kept)
    wait_until(
        lambda: recovery(client, kept)["LatestRestorableDateTime"] > first["LatestRestorableDateTime"],
        "the latest time moves on",
    )
    assert recovery(client, kept)["EarliestRestorableDateTime"] == first["EarliestRestorableDateTime"]
    assert recovery(client, kept)["LatestRestorableDateTime"] <= clock(client) + 2 * SECOND


def test_the_period_is_a_setting_of_one_to_thirty_five_days(client, kept):
    earliest = recovery(client, kept)["EarliestRestorableDateTime"]
    for days in [7, 1, 35]:
        assert switch(client, kept, RecoveryPeriodInDays=days)["RecoveryPeriodInDays"] == days
        assert recovery(client, kept)["RecoveryPeriodInDays"] == days
    # What is switched on again while it is on goes on as before.
    assert switch(client, kept)["EarliestRestorableDateTime"] == earliest


def test_recovery_begins_anew_when_it_is_switched_off_and_on(client, kept, target):
    client.put_item(TableName=kept, Item=item(n=1))
    switch(client, kept, RecoveryPeriodInDays=7)
    second = moment(client, kept)
    assert switch(client, kept, False) == {"PointInTimeRecoveryStatus": "DISABLED"}
    with refused("PointInTimeRecoveryUnavailableException"):
        restore(client, kept, target(), second)
    shown = switch(client, kept)
    assert shown["RecoveryPeriodInDays"] == 35
    assert shown["EarliestRestorableDateTime"] > second
    with refused("InvalidRestoreTimeException"):
        restore(client, kept, target(), second)
    assert contents(client, latest(client, kept, target())["TableName"]) == [item(n=1)]


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 36},
            "Value '36' at 'pointInTimeRecoverySpecification.recoveryPeriodInDays' failed to satisfy constraint: "
            "Member must have value less than or equal to 35",
        ),
        (
            {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 0},
            "Value '0' at 'pointInTimeRecoverySpecification.recoveryPeriodInDays' failed to satisfy constraint: "
            "Member must have value greater than or equal to 1",
        ),
        (
            {"PointInTimeRecoveryEnabled": False, "RecoveryPeriodInDays": 7},
            "Invalid Request: Cannot specify RecoveryPeriodInDays when disabling point-in-time recovery.",
        ),
        (
            {"RecoveryPeriodInDays": 7},
            "Value null at 'pointInTimeRecoverySpecification.pointInTimeRecoveryEnabled' failed to satisfy "
            "constraint: Member must not be null",
        ),
    ],
)
def test_a_faulty_setting_is_refused(loose, table, members, message):
    with refused("ValidationException", message):
        loose.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=members)
    assert recovery(loose, table) == {"PointInTimeRecoveryStatus": "DISABLED"}


def test_a_missing_table_has_no_recovery(client, name):
    for call in [
        lambda: client.describe_continuous_backups(TableName=name),
        lambda: switch(client, name),
        lambda: switch(client, name, False),
    ]:
        with refused("TableNotFoundException", f"Table not found: {name}"):
            call()


def test_a_table_may_be_named_by_its_arn(client, table):
    arn = described(client, table)["TableArn"]
    switch(client, arn)
    assert recovery(client, arn)["PointInTimeRecoveryStatus"] == "ENABLED"


# Restoring


def test_a_second_between_two_writes_is_restored_exactly(client, table, target):
    client.put_item(TableName=table, Item=item(pk="old", n=1))
    switch(client, table)
    states, seconds = [], []
    writes = [
        [],
        [("put", item(pk="old", n=2)), ("put", item(pk="new", n=1))],
        [("delete", item(pk="old")), ("put", item(pk="new", n=2)), ("put", item(pk="other"))],
        [("put", item(pk="old", back=True)), ("delete", item(pk="new"))],
    ]
    for changes in writes:
        for kind, plain in changes:
            if kind == "put":
                client.put_item(TableName=table, Item=plain)
            else:
                client.delete_item(TableName=table, Key=plain)
        states.append(contents(client, table))
        seconds.append(moment(client, table))
    client.put_item(TableName=table, Item=item(pk="last"))
    for second, state in reversed(list(zip(seconds, states))):
        restored = restore(client, table, target(), second)
        assert contents(client, restored["TableName"]) == state
        assert restored["ItemCount"] == len(state)
    assert contents(client, latest(client, table, target())["TableName"]) == contents(client, table)


def change_at_random(client, table, choice):
    """One write of any kind."""
    key = item(pk=f"p{choice.randrange(60)}")
    other = item(pk=f"p{choice.randrange(60)}-more", n=choice.randrange(1000), filler="x" * choice.randrange(2000))
    kind = choice.randrange(5)
    if kind == 0:
        client.put_item(TableName=table, Item={**key, "n": {"N": str(choice.randrange(3))}})
    elif kind == 1:
        client.delete_item(TableName=table, Key=key)
    elif kind == 2:
        client.update_item(
            TableName=table, Key=key, UpdateExpression="ADD n :n", ExpressionAttributeValues=values(n=1)
        )
    elif kind == 3:
        client.batch_write_item(
            RequestItems={table: [{"PutRequest": {"Item": other}}, {"DeleteRequest": {"Key": key}}]}
        )
    else:
        client.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": table, "Item": other}},
                {"Delete": {"TableName": table, "Key": key}},
            ]
        )


@pytest.mark.parametrize("seed", range(2))
def test_random_changes_are_taken_back_to_any_second(client, table, target, seed):
    choice = random.Random(seed)
    for _ in range(100):
        change_at_random(client, table, choice)
    switch(client, table)
    states, seconds = [], []
    for _ in range(3):
        states.append(contents(client, table))
        seconds.append(moment(client, table))
        for _ in range(150):
            change_at_random(client, table, choice)
    for second, state in zip(seconds, states):
        assert contents(client, restore(client, table, target(), second)["TableName"]) == state
    assert contents(client, latest(client, table, target())["TableName"]) == contents(client, table)


def test_a_second_under_writes_is_one_moment(served, client, kept, target):
    """Accounts that money moves between, and a counter of each writer: none that was answered before the second is
    missing, and none that was begun after it is there."""
    open_accounts(client, kept)
    begun, answered = [0] * 3, [0] * 3
    is_over = threading.Event()

    def count(writer):
        own = connect(served)
        while not is_over.is_set():
            begun[writer] += 1
            own.put_item(TableName=kept, Item=item(pk=f"writer-{writer}", count=begun[writer]))
            answered[writer] = begun[writer]

    writers = [threading.Thread(target=count, args=(writer,)) for writer in range(3)]
    seconds, least, most = [], [], []
    with transacting(served, kept, threads=3):
        for writer in writers:
            writer.start()
        try:
            wait_until(lambda: all(answered), "every writer has counted")
            for _ in range(3):
                least.append(list(answered))
                seconds.append(moment(client, kept))
                most.append(list(begun))
        finally:
            is_over.set()
            for writer in writers:
                writer.join()
    final = contents(client, kept)
    rights = []
    for second, low, high in zip(seconds, least, most):
        table = restore(client, kept, target(), second)["TableName"]
        total, left, right = figures(client, table)
        assert (total, left) == (ACCOUNTS * BALANCE, right)
        rights.append(right)
        for writer in range(3):
            found = client.get_item(TableName=table, Key=item(pk=f"writer-{writer}"))["Item"]
            assert low[writer] <= int(found["count"]["N"]) <= high[writer]
    assert rights == sorted(rights)
    assert rights[0] < rights[-1]
    assert contents(client, latest(client, kept, target())["TableName"]) == final


def test_a_table_is_restored_while_it_is_written(served, client, kept, target):
    open_accounts(client, kept)
    second = moment(client, kept)
    before = contents(client, kept)
    with transacting(served, kept):
        restored = restore(client, kept, target(), second)
        assert contents(client, restored["TableName"]) == before
    assert figures(client, kept)[0] == ACCOUNTS * BALANCE


def test_a_table_with_indexes_is_restored_with_them(client, make_table, target):
    table = make_table(sort="sk", local=LOCAL, indexes=INDEXES)
    switch(client, table)
    for each in range(40):
        plain = {"pk": f"p{each % 4}", "sk": str(each), "p": each, "l": str(100 - each)}
        if each % 2:
            plain["g"] = f"g{each % 3}"
        if each % 3:
            plain["h"] = f"h{each % 5}"
        client.put_item(TableName=table, Item=item(**plain))
    answers = questions(client, table)
    second = moment(client, table)
    for each in range(0, 40, 2):
        client.update_item(
            TableName=table,
            Key=item(pk=f"p{each % 4}", sk=str(each)),
            UpdateExpression="SET g = :g, l = :l REMOVE h",
            ExpressionAttributeValues=values(g="changed", l="changed"),
        )
    restored = restore(client, table, target(), second)
    assert questions(client, restored["TableName"]) == answers
    for kind in ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"]:
        for each in restored[kind]:
            assert each["ItemCount"] == len(answers[each["IndexName"]])
    bare = restore(
        client,
        table,
        target(),
        second,
        GlobalSecondaryIndexOverride=[],
        LocalSecondaryIndexOverride=[],
    )
    assert not {"GlobalSecondaryIndexes", "LocalSecondaryIndexes"} & set(bare)
    assert contents(client, bare["TableName"]) == answers["table"]


def test_the_data_are_of_then_and_the_settings_of_now(client, make_table, target):
    table = make_table(indexes={"early": ("h", None, "ALL")}, units=(5, 6))
    switch(client, table)
    client.put_item(TableName=table, Item=item(g="x", h="y"))
    second = moment(client, table)
    client.put_item(TableName=table, Item=item(pk="later", g="x", h="y"))
    client.update_table(TableName=table, ProvisionedThroughput=throughput(7, 8))
    client.update_table(TableName=table, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "early"}}])
    wait_until(lambda: "GlobalSecondaryIndexes" not in described(client, table), "the index is gone")
    create = global_index("late", units=(3, 4))[0]
    client.update_table(
        TableName=table,
        AttributeDefinitions=[{"AttributeName": "g", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[{"Create": create}],
    )
    wait_for_index(client, table, "late")
    client.update_table(TableName=table, SSESpecification={"Enabled": True, "SSEType": "KMS"})
    client.update_table(TableName=table, DeletionProtectionEnabled=True)
    source = described(client, table)
    restored = restore(client, table, target(), second)
    client.update_table(TableName=table, DeletionProtectionEnabled=False)
    assert (billing_of(restored), units_of(restored)) == ("PROVISIONED", throughput(7, 8))
    assert [each["IndexName"] for each in restored["GlobalSecondaryIndexes"]] == ["late"]
    assert units_of(restored["GlobalSecondaryIndexes"][0]) == throughput(3, 4)
    assert restored["SSEDescription"] == source["SSEDescription"]
    assert restored["DeletionProtectionEnabled"] is False
    assert recovery(client, restored["TableName"]) == {"PointInTimeRecoveryStatus": "DISABLED"}
    assert contents(client, restored["TableName"]) == [item(g="x", h="y")]
    assert contents(client, restored["TableName"], IndexName="late") == [item(g="x", h="y")]


def test_settings_may_be_others(client, kept, target):
    client.put_item(TableName=kept, Item=item(n=1))
    second = moment(client, kept)
    restored = restore(
        client,
        kept,
        target(),
        second,
        BillingModeOverride="PROVISIONED",
        ProvisionedThroughputOverride=throughput(3, 4),
        SSESpecificationOverride={"Enabled": True, "SSEType": "KMS"},
    )
    assert (billing_of(restored), units_of(restored)) == ("PROVISIONED", throughput(3, 4))
    assert restored["SSEDescription"]["Status"] == "ENABLED"
    assert contents(client, restored["TableName"]) == [item(n=1)]


def test_a_restore_is_in_progress_and_then_over(client, kept, target):
    second, name = moment(client, kept), target()
    source = described(client, kept)
    reply = client.restore_table_to_point_in_time(
        SourceTableArn=source["TableArn"], TargetTableName=name, RestoreDateTime=second
    )["TableDescription"]
    assert (reply["TableName"], reply["TableStatus"]) == (name, "CREATING")
    assert reply["TableId"] != source["TableId"]
    assert reply["RestoreSummary"] == {
        "SourceTableArn": source["TableArn"],
        "RestoreDateTime": second,
        "RestoreInProgress": True,
    }
    assert "RestoreSummary" not in wait_until_active(client, name)


def test_the_latest_time_can_be_restored_as_soon_as_recovery_is_on(client, table, target):
    client.put_item(TableName=table, Item=item(n=1))
    switch(client, table)
    restored = restore(client, table, target())
    assert contents(client, restored["TableName"]) == [item(n=1)]


# Refusals


def test_a_table_without_recovery_is_not_restored(client, table, make_table, target):
    text = f"Point in time recovery is not enabled for table '{table}'"
    # That comes before what else is wrong.
    for name in [target(), make_table()]:
        for when in [{"UseLatestRestorableTime": True}, {"RestoreDateTime": 0}]:
            with refused("PointInTimeRecoveryUnavailableException", text):
                client.restore_table_to_point_in_time(SourceTableName=table, TargetTableName=name, **when)


def test_a_missing_table_is_not_restored(client, name, target):
    with refused("TableNotFoundException", f"Table not found: {name}"):
        restore(client, name, target())


def test_a_name_in_use_is_not_restored_to(client, kept, make_table):
    for name in [kept, make_table()]:
        with refused("TableAlreadyExistsException", f"Table already exists: {name}"):
            restore(client, kept, name)


def test_a_time_out_of_the_window_is_refused_with_the_window(client, kept, make_table, target):
    earliest = recovery(client, kept)["EarliestRestorableDateTime"].astimezone(datetime.timezone.utc)
    # The time comes before a name that is in use.
    for name in [target(), make_table()]:
        for second in [earliest - 10 * SECOND, earliest - DAY, clock(client) + 3600 * SECOND]:
            second = second.replace(microsecond=0)
            text = (
                f"RestoreDateTime '{second:%Y-%m-%dT%H:%M:%SZ}' must be within "
                f"EarliestRestorableDateTime '{earliest:%Y-%m-%dT%H:%M}"
            )
            with refused("InvalidRestoreTimeException", containing=[text, "' and LatestRestorableDateTime '"]):
                restore(client, kept, name, second)


BOTH = "Invalid Request: Both RestoreDateTime and UseLatestRestorableTime cannot be set for point-in-time restore"
EITHER = "Invalid Request: Either one of RestoreDateTime or UseLatestRestorableTime must be specified"
# The name or the ARN of the table.
NAME, ARN = "name", "arn"


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"UseLatestRestorableTime": True, "RestoreDateTime": 1_700_000_000}, BOTH),
        ({}, EITHER),
        ({"UseLatestRestorableTime": False}, EITHER),
        (
            {"SourceTableArn": ARN, "UseLatestRestorableTime": True},
            "Must provide exactly one of: sourceTableArn, sourceTableName",
        ),
        ({"SourceTableName": None, "UseLatestRestorableTime": True}, "The parameter 'TableName' is required"),
        (
            {"SourceTableName": None, "SourceTableArn": "not-an-arn", "UseLatestRestorableTime": True},
            "",
        ),
        ({"TargetTableName": "no name", "UseLatestRestorableTime": True}, "targetTableName"),
        ({"TargetTableName": "ab", "UseLatestRestorableTime": True}, "targetTableName"),
        ({"TargetTableName": None, "UseLatestRestorableTime": True}, "targetTableName"),
        ({"UseLatestRestorableTime": True, "BillingModeOverride": "FREE"}, "billingModeOverride"),
        (
            {"UseLatestRestorableTime": True, "GlobalSecondaryIndexOverride": global_index("new")},
            "Invalid Request: Index new does not match a secondary index that existed in the source table and "
            "cannot be created during the restore operation",
        ),
        (
            {"UseLatestRestorableTime": True, "ProvisionedThroughputOverride": throughput(1, 1)},
            "Invalid Request: Cannot override ProvisionedThroughput unless BillingMode is PROVISIONED",
        ),
        (
            {"UseLatestRestorableTime": True, "BillingModeOverride": "PROVISIONED"},
            "Invalid Request: Must override ProvisionedThroughput if BillingMode is overridden to PROVISIONED",
        ),
    ],
    ids=lambda given: "+".join(given) if isinstance(given, dict) else "",
)
def test_what_cannot_be_restored_is_refused_and_makes_no_table(client, loose, kept, target, members, text):
    request = {"SourceTableName": NAME, "TargetTableName": target(), **members}
    given = {NAME: kept, ARN: described(client, kept)["TableArn"]}
    request = {
        member: given.get(one, one) if isinstance(one, str) else one
        for member, one in request.items()
        if one is not None
    }
    before = client.list_tables()["TableNames"]
    with refused("ValidationException", containing=text):
        loose.restore_table_to_point_in_time(**request)
    assert client.list_tables()["TableNames"] == before


# A deleted table


def system_backups(client, table):
    return client.list_backups(TableName=table, BackupType="SYSTEM")["BackupSummaries"]


def last_backup(client, table):
    """Waits for the backup that a deleted table leaves, and gives its summary."""

    def available():
        found = system_backups(client, table)
        return found[0] if found and found[0]["BackupStatus"] == "AVAILABLE" else None

    return wait_until(available, f"{table} leaves a backup")


def test_a_deleted_table_leaves_a_backup_that_restores_it(client, make_table, target):
    table = make_table(sort="sk", local=LOCAL, indexes=INDEXES)
    switch(client, table)
    for each in range(40):
        plain = {"pk": f"p{each % 4}", "sk": str(each), "g": "g0", "h": "h1", "l": str(each), "p": each}
        client.put_item(TableName=table, Item=item(**plain))
    answers = questions(client, table)
    source = described(client, table)
    client.delete_table(TableName=table)
    backup = last_backup(client, table)
    assert backup["BackupName"] == f"{table}$DeletedTableBackup"
    assert backup["BackupType"] == "SYSTEM"
    assert backup["TableId"] == source["TableId"]
    assert backup["BackupExpiryDateTime"] - backup["BackupCreationDateTime"] == 35 * DAY
    arn = backup["BackupArn"]
    shown = client.describe_backup(BackupArn=arn)["BackupDescription"]
    assert shown["BackupDetails"]["BackupExpiryDateTime"] == backup["BackupExpiryDateTime"]
    assert shown["SourceTableDetails"]["TableName"] == table
    assert shown["SourceTableDetails"]["ItemCount"] == 40
    name = target()
    client.restore_table_from_backup(TargetTableName=name, BackupArn=arn)
    wait_until_active(client, name)
    assert questions(client, name) == answers
    client.get_waiter("table_not_exists").wait(TableName=table, WaiterConfig={"Delay": 1})
    with refused("TableNotFoundException"):
        restore(client, table, target())


def test_the_backup_of_a_deleted_table_is_listed_when_asked_for_and_not_deleted(client, kept):
    client.delete_table(TableName=kept)
    arn = last_backup(client, kept)["BackupArn"]
    assert client.list_backups(TableName=kept)["BackupSummaries"] == []
    assert client.list_backups(TableName=kept, BackupType="USER")["BackupSummaries"] == []
    everything = client.list_backups(TableName=kept, BackupType="ALL")["BackupSummaries"]
    assert [each["BackupArn"] for each in everything] == [arn]
    text = f"Invalid Request: User is not allowed to delete the system backup with arn {arn}. "
    with refused("ValidationException", containing=[text, "It will automatically expire on "]):
        client.delete_backup(BackupArn=arn)
    assert [each["BackupArn"] for each in system_backups(client, kept)] == [arn]


def test_the_backup_of_a_deleted_table_has_its_last_write(served, client, kept, target):
    open_accounts(client, kept)
    with transacting(served, kept):
        wait_until(lambda: figures(client, kept)[2] >= 30, "some transactions are done")
    client.put_item(TableName=kept, Item=item(pk="last"))
    expected = contents(client, kept)
    client.delete_table(TableName=kept)
    name = target()
    client.restore_table_from_backup(TargetTableName=name, BackupArn=last_backup(client, kept)["BackupArn"])
    wait_until_active(client, name)
    assert contents(client, name) == expected


def test_a_table_without_recovery_leaves_no_backup(client, make_table, target):
    never, no_longer = make_table(), make_table()
    switch(client, no_longer)
    switch(client, no_longer, False)
    for table in [never, no_longer]:
        client.delete_table(TableName=table)
        client.get_waiter("table_not_exists").wait(TableName=table, WaiterConfig={"Delay": 1})
        assert system_backups(client, table) == []


def test_the_next_table_of_that_name_has_no_recovery(client, make_table, name):
    make_table(name=name)
    switch(client, name)
    client.delete_table(TableName=name)
    client.get_waiter("table_not_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    make_table(name=name)
    assert recovery(client, name) == {"PointInTimeRecoveryStatus": "DISABLED"}


# Beside other things


def test_expired_items_are_there_at_a_second_before_they_went(client, kept, target):
    expiring = item(pk="soon", until=int(clock(client).timestamp()) - 100)
    client.put_item(TableName=kept, Item=expiring)
    client.put_item(TableName=kept, Item=item(pk="stays"))
    second = moment(client, kept)
    client.update_time_to_live(
        TableName=kept, TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"}
    )
    wait_until(lambda: contents(client, kept) == [item(pk="stays")], "what is due goes")
    restored = restore(client, kept, target(), second)["TableName"]
    assert contents(client, restored) == ordered([expiring, item(pk="stays")])


def test_a_stream_and_a_backup_do_not_disturb_recovery(served, client, kept, target):
    client.put_item(TableName=kept, Item=item(n=1))
    first = moment(client, kept)
    stream = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    client.update_table(TableName=kept, StreamSpecification=stream)
    client.put_item(TableName=kept, Item=item(n=2))
    client.create_backup(TableName=kept, BackupName="nightly")
    client.put_item(TableName=kept, Item=item(n=3))
    second = moment(client, kept)
    client.update_table(TableName=kept, StreamSpecification={"StreamEnabled": False})
    client.delete_item(TableName=kept, Key=item())
    third = moment(client, kept)
    for when, expected in [(first, [item(n=1)]), (second, [item(n=3)]), (third, [])]:
        assert contents(client, restore(client, kept, target(), when)["TableName"]) == expected


# Crashes


def start(folder):
    return Server("--data", str(folder / "data"), "--backup-url", str(folder / "backups"))


@pytest.mark.usefixtures("own_server")
def test_any_second_can_be_restored_after_a_crash(tmp_path):
    server = start(tmp_path)
    try:
        client = connect(server.endpoint)
        client.create_table(TableName="songs", **schema())
        before = switch(client, "songs", RecoveryPeriodInDays=9)
        states, seconds, choice = [], [], random.Random(3)
        for _ in range(3):
            for _ in range(60):
                change_at_random(client, "songs", choice)
            states.append(contents(client, "songs"))
            seconds.append(moment(client, "songs"))
            server.kill()
            server = start(tmp_path)
            client = connect(server.endpoint)
        after = recovery(client, "songs")
        assert after["RecoveryPeriodInDays"] == 9
        assert after["EarliestRestorableDateTime"] == before["EarliestRestorableDateTime"]
        for place, (second, state) in enumerate(zip(seconds, states)):
            restore(client, "songs", f"restored-{place}", second)
            assert contents(client, f"restored-{place}") == state
    finally:
        server.kill()


@pytest.mark.usefixtures("own_server")
def test_what_was_acknowledged_before_a_crash_is_restored_after_it(tmp_path):
    server = start(tmp_path)
    acknowledged, lock = set(), threading.Lock()
    enough = threading.Event()

    def write(endpoint, thread):
        client, number = connect(endpoint), 0
        with contextlib.suppress(BotoCoreError):
            while True:
                client.put_item(TableName="songs", Item=item(pk=f"{thread}-{number}"))
                with lock:
                    acknowledged.add(f"{thread}-{number}")
                    if len(acknowledged) >= 200:
                        enough.set()
                number += 1

    try:
        client = connect(server.endpoint)
        client.create_table(TableName="songs", **schema())
        switch(client, "songs")
        second = moment(client, "songs")
        threads = [threading.Thread(target=write, args=(server.endpoint, each)) for each in range(4)]
        for thread in threads:
            thread.start()
        assert enough.wait(timeout=60)
        server.kill()
        for thread in threads:
            thread.join()
        server = start(tmp_path)
        client = connect(server.endpoint)
        latest(client, "songs", "all")
        found = {each["pk"]["S"] for each in contents(client, "all")}
        assert acknowledged <= found
        assert contents(client, "all") == contents(client, "songs")
        restore(client, "songs", "none", second)
        assert contents(client, "none") == []
    finally:
        server.kill()


@pytest.mark.usefixtures("own_server")
def test_a_restore_that_the_server_died_in_is_finished_or_undone(tmp_path):
    server = start(tmp_path)
    try:
        client = connect(server.endpoint)
        client.create_table(TableName="songs", **schema(indexes={"by-g": ("g", None, "KEYS_ONLY")}))
        switch(client, "songs")
        for first in range(0, 6000, 25):
            puts = [
                {"PutRequest": {"Item": item(pk=f"p{each}", g="x", filler="x" * 300)}}
                for each in range(first, first + 25)
            ]
            client.batch_write_item(RequestItems={"songs": puts})
        expected = contents(client, "songs")
        second = moment(client, "songs")
        for each in range(0, 6000, 20):
            client.delete_item(TableName="songs", Key=item(pk=f"p{each}"))

        def outcome(table):
            try:
                status = described(client, table)["TableStatus"]
            except client.exceptions.ResourceNotFoundException:
                return "undone"
            return "finished" if status == "ACTIVE" else None

        for round_ in range(3):
            name = f"restored-{round_}"
            client.restore_table_to_point_in_time(
                SourceTableName="songs", TargetTableName=name, RestoreDateTime=second
            )
            for _ in range(round_):
                described(client, name)
            server.kill()
            server = start(tmp_path)
            client = connect(server.endpoint)
            if wait_until(lambda: outcome(name), f"{name} is ACTIVE or gone") == "undone":
                restore(client, "songs", name, second)
            assert contents(client, name) == expected
            assert len(contents(client, name, IndexName="by-g")) == 6000
            client.delete_table(TableName=name)
    finally:
        server.kill()


@pytest.mark.usefixtures("own_server")
def test_a_table_that_was_being_deleted_when_the_server_died_leaves_its_backup(tmp_path):
    server = start(tmp_path)
    try:
        client = connect(server.endpoint)
        client.create_table(TableName="songs", **schema())
        switch(client, "songs")
        for first in range(0, 3000, 25):
            puts = [{"PutRequest": {"Item": item(pk=f"p{each}")}} for each in range(first, first + 25)]
            client.batch_write_item(RequestItems={"songs": puts})
        expected = contents(client, "songs")
        client.delete_table(TableName="songs")
        server.kill()
        server = start(tmp_path)
        client = connect(server.endpoint)
        backup = last_backup(client, "songs")
        client.restore_table_from_backup(TargetTableName="restored", BackupArn=backup["BackupArn"])
        wait_until_active(client, "restored")
        assert contents(client, "restored") == expected
        assert len(system_backups(client, "songs")) == 1
    finally:
        server.kill()
