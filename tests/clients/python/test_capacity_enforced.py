"""`--enforce-capacity`: throughput that is used up, and `--scale-any-table`: throughput that follows what is consumed."""

import time

import pytest
from botocore.exceptions import ClientError

from conftest import connect
from items import item
from refusal import refused
from server import Server
from tables import schema
from waiting import wait_until

pytestmark = pytest.mark.usefixtures("own_server")

LARGE = "x" * 100_000  # 98 write units


@pytest.fixture
def strict(own_server):
    """A client of a server that enforces throughput."""
    server = Server("--in-memory", "--enforce-capacity")
    yield connect(server.endpoint)
    server.end()


def exhaust(client, table):
    """Writes until it is refused, and gives the refusal."""
    with pytest.raises(ClientError) as caught:
        for number in range(100):
            client.put_item(TableName=table, Item=item(pk=str(number), text=LARGE))
    return caught.value.response


def test_a_provisioned_table_is_used_up_and_comes_back(strict):
    # In five minutes there is less than what one partition serves in a second.
    strict.create_table(TableName="table", **schema(units=(10, 3)))
    response = exhaust(strict, "table")
    assert response["Error"]["Code"] == "ProvisionedThroughputExceededException"
    assert response["Error"]["Message"].startswith("The level of configured provisioned throughput for the table")
    assert response["ThrottlingReasons"] == [
        {
            "reason": "TableWriteProvisionedThroughputExceeded",
            "resource": "arn:aws:dynamodb:us-east-1:123456789012:table/table",
        }
    ]
    # Reads have a throughput of their own.
    strict.get_item(TableName="table", Key=item(pk="0"))

    def comes_back():
        try:
            return strict.put_item(TableName="table", Item=item(pk="small"))
        except strict.exceptions.ProvisionedThroughputExceededException:
            return None

    wait_until(comes_back, "there is throughput again")


def test_a_starved_index_holds_back_the_writes_that_change_it(strict):
    options = schema(indexes={"by-g": ("g", None, "ALL")}, units=(10, 10_000))
    options["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"] = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
    strict.create_table(TableName="table", **options)
    for number in range(4):
        strict.put_item(TableName="table", Item=item(pk=str(number), g="x", text=LARGE))
    with pytest.raises(ClientError) as caught:
        strict.put_item(TableName="table", Item=item(pk="a", g="x"))
    reason = caught.value.response["ThrottlingReasons"][0]
    assert reason["reason"] == "IndexWriteProvisionedThroughputExceeded"
    assert reason["resource"].endswith("table/table/index/by-g")
    strict.put_item(TableName="table", Item=item(pk="b"))


def test_a_batch_gives_back_what_there_is_nothing_for(strict):
    strict.create_table(TableName="table", **schema(units=(10, 3)))
    puts = [{"PutRequest": {"Item": item(pk=str(number), text=LARGE)}} for number in range(25)]
    reply = strict.batch_write_item(RequestItems={"table": puts})
    left = reply["UnprocessedItems"]["table"]
    assert 0 < len(left) < 25
    assert left == puts[25 - len(left) :]
    with refused("ProvisionedThroughputExceededException"):
        strict.batch_write_item(RequestItems={"table": left})
    keys = [item(pk=str(number)) for number in range(100)]
    unread = []
    for _ in range(60):
        unread = strict.batch_get_item(RequestItems={"table": {"Keys": keys, "ConsistentRead": True}})["UnprocessedKeys"]
        if unread:
            break
    assert unread["table"]["ConsistentRead"] is True
    assert unread["table"]["Keys"][-1] == item(pk="99")


def test_a_transaction_is_cancelled(strict):
    strict.create_table(TableName="table", **schema(units=(10, 3)))
    exhaust(strict, "table")
    action = {"Put": {"TableName": "table", "Item": item(pk="a")}}
    with pytest.raises(strict.exceptions.TransactionCanceledException) as caught:
        strict.transact_write_items(TransactItems=[action])
    assert caught.value.response["CancellationReasons"][0]["Code"] == "ProvisionedThroughputExceeded"


def test_a_limit_on_demand_is_kept(strict):
    limits = {"MaxReadRequestUnits": 10, "MaxWriteRequestUnits": 3}
    strict.create_table(TableName="table", **schema(OnDemandThroughput=limits))
    response = exhaust(strict, "table")
    assert response["Error"]["Code"] == "ThrottlingException"
    assert response["Error"]["Message"] == (
        "Throughput exceeds the maximum OnDemandThroughput configured on table or index"
    )
    assert response["throttlingReasons"][0]["reason"] == "TableWriteMaxOnDemandThroughputExceeded"


def test_nothing_is_refused_unless_that_is_asked_for(client, make_table):
    table = make_table(units=(1, 1))
    for number in range(10):
        client.put_item(TableName=table, Item=item(pk=str(number), text=LARGE))


def test_an_sdk_waits_until_there_is_throughput(own_server):
    server = Server("--in-memory", "--enforce-capacity")
    try:
        impatient = connect(server.endpoint)
        impatient.create_table(TableName="table", **schema(units=(10, 3)))
        for number in range(9):
            impatient.put_item(TableName="table", Item=item(pk=str(number), text=LARGE))
        with refused("ProvisionedThroughputExceededException"):
            while True:
                impatient.put_item(TableName="table", Item=item(pk="small"))
        client = connect(server.endpoint, retries={"mode": "standard", "total_max_attempts": 10})
        for number in range(5):
            client.put_item(TableName="table", Item=item(pk="small"))
    finally:
        server.end()


def rules(minimum, maximum, target):
    policy = {"TargetTrackingScalingPolicyConfiguration": {"TargetValue": target}}
    return {"MinimumUnits": minimum, "MaximumUnits": maximum, "ScalingPolicyUpdate": policy}


def settings(client, table):
    described = client.describe_table_replica_auto_scaling(TableName=table)["TableAutoScalingDescription"]
    return described["Replicas"][0]["ReplicaProvisionedWriteCapacityAutoScalingSettings"]


def write_units(client, table):
    return client.describe_table(TableName=table)["Table"]["ProvisionedThroughput"]["WriteCapacityUnits"]


def test_a_table_without_replicas_is_no_global_table(client, table):
    with refused("ResourceNotFoundException", f"Global table with name: '{table}' does not exist."):
        client.describe_table_replica_auto_scaling(TableName=table)
    with refused("ResourceNotFoundException", f"Global table with name: '{table}' does not exist."):
        client.update_table_replica_auto_scaling(
            TableName=table, ProvisionedWriteCapacityAutoScalingUpdate=rules(1, 10, 50.0)
        )


def test_throughput_follows_what_is_consumed_also_after_a_crash(tmp_path):
    options = ["--data", str(tmp_path / "data"), "--scale-any-table"]
    server = Server(*options)
    client = connect(server.endpoint)
    client.create_table(TableName="table", **schema(units=(5, 5)))
    client.update_table_replica_auto_scaling(
        TableName="table", ProvisionedWriteCapacityAutoScalingUpdate=rules(7, 1000, 50.0)
    )
    assert write_units(client, "table") == 7
    server.kill()
    server = Server(*options)
    try:
        client = connect(server.endpoint)
        found = settings(client, "table")
        assert (found["MinimumUnits"], found["MaximumUnits"]) == (7, 1000)
        assert found["ScalingPolicies"][0]["PolicyName"] == "DynamoDBWriteCapacityUtilization:table/table"
        # Two whole minutes above the target, of which none may be without writes.
        deadline = time.monotonic() + 200
        while write_units(client, "table") == 7 and time.monotonic() < deadline:
            client.put_item(TableName="table", Item=item(text=LARGE))
            time.sleep(0.2)
        assert write_units(client, "table") > 100
    finally:
        server.end()
