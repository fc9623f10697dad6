"""SSESpecification, WarmThroughput and OnDemandThroughput: kept, checked, described back."""

import gzip
import json
import pathlib

import botocore
import pytest

from refusal import refused
from tables import schema
from test_tables import described, updated

INDEXES = {"by-g": ("g", None, "ALL")}
KEY = "arn:aws:kms:us-east-1:123456789012:key/0123abcd-4567-89ab-cdef-0123456789ab"


# Encryption


def test_encryption_with_the_key_of_the_account_is_described(client, make_table):
    table = make_table(SSESpecification={"Enabled": True})
    shown = described(client, table)["SSEDescription"]
    assert (shown["Status"], shown["SSEType"]) == ("ENABLED", "KMS")
    assert shown["KMSMasterKeyArn"].startswith("arn:aws:kms:us-east-1:")
    other = make_table(SSESpecification={"Enabled": True, "SSEType": "KMS"})
    assert described(client, other)["SSEDescription"] == shown


def test_encryption_changes_and_ends(client, table):
    shown = updated(client, table, SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": KEY})
    assert shown["SSEDescription"] == {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": KEY}
    reply = client.update_table(TableName=table, SSESpecification={"Enabled": False})["TableDescription"]
    assert reply["SSEDescription"] == {"Status": "UPDATING", "SSEType": "KMS", "KMSMasterKeyArn": KEY}
    assert "SSEDescription" not in described(client, table)
    with refused(containing="Table is already encrypted by default"):
        client.update_table(TableName=table, SSESpecification={"Enabled": False})


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"Enabled": True, "SSEType": "AES256"}, "SSEType AES256 is not supported"),
        ({"Enabled": False, "SSEType": "KMS"}, "SSEType can not be specified if Enabled is false"),
        ({"Enabled": True, "KMSMasterKeyId": KEY}, "SSEType KMS is required if KMSMasterKeyId is specified"),
        ({"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": "a-key"}, "KMS validation error"),
        ({"SSEType": "none"}, "Member must satisfy enum value set: [AES256, KMS]"),
    ],
)
def test_a_faulty_encryption_is_refused(loose, name, members, message):
    with refused(containing=message):
        loose.create_table(TableName=name, **schema(), SSESpecification=members)


# Bounds of throughput


def test_warm_throughput_is_raised_and_never_lowered(client, make_table):
    table = make_table(WarmThroughput={"ReadUnitsPerSecond": 12_345, "WriteUnitsPerSecond": 4_321})
    warm = {"ReadUnitsPerSecond": 12_345, "WriteUnitsPerSecond": 4_321, "Status": "ACTIVE"}
    assert described(client, table)["WarmThroughput"] == warm
    reply = client.update_table(TableName=table, WarmThroughput={"WriteUnitsPerSecond": 5_000})
    assert reply["TableDescription"]["WarmThroughput"] == {**warm, "Status": "UPDATING"}
    assert described(client, table)["WarmThroughput"] == {**warm, "WriteUnitsPerSecond": 5_000}
    with refused(containing="decreasing WarmThroughput is not supported"):
        client.update_table(TableName=table, WarmThroughput={"ReadUnitsPerSecond": 12_344})


def test_limits_on_demand_come_and_go(client, make_table):
    table = make_table(OnDemandThroughput={"MaxReadRequestUnits": 7, "MaxWriteRequestUnits": 8})
    assert described(client, table)["OnDemandThroughput"] == {
        "MaxReadRequestUnits": 7,
        "MaxWriteRequestUnits": 8,
    }
    shown = updated(client, table, OnDemandThroughput={"MaxReadRequestUnits": -1})
    assert shown["OnDemandThroughput"] == {"MaxWriteRequestUnits": 8}
    shown = updated(client, table, OnDemandThroughput={"MaxWriteRequestUnits": -1})
    assert "OnDemandThroughput" not in shown
    with refused(containing="Requested MaxReadRequestUnits for OnDemandThroughput for table is outside"):
        client.update_table(TableName=table, OnDemandThroughput={"MaxReadRequestUnits": 0})


def test_an_index_has_bounds_of_its_own(client, make_table):
    table = make_table(indexes=INDEXES)

    def update(**changes):
        updates = [{"Update": {"IndexName": "by-g", **changes}}]
        [index] = updated(client, table, GlobalSecondaryIndexUpdates=updates)["GlobalSecondaryIndexes"]
        return index

    index = update(OnDemandThroughput={"MaxReadRequestUnits": 50})
    assert index["OnDemandThroughput"] == {"MaxReadRequestUnits": 50}
    index = update(WarmThroughput={"ReadUnitsPerSecond": 13_000})
    assert index["WarmThroughput"]["ReadUnitsPerSecond"] == 13_000
    assert "OnDemandThroughput" not in described(client, table)


def test_limits_on_demand_are_refused_for_provisioned_tables(client, make_table):
    table = make_table(units=(5, 5))
    with refused(containing="cannot be specified when the table BillingMode is PROVISIONED"):
        client.update_table(TableName=table, OnDemandThroughput={"MaxReadRequestUnits": 7})


# Several at once


def test_most_changes_must_be_the_only_one(client, table):
    encryption = {"SSESpecification": {"Enabled": True}}
    warm = {"WarmThroughput": {"ReadUnitsPerSecond": 13_000}}
    with refused(containing="Server-Side Encryption modification must be the only operation in the request"):
        client.update_table(TableName=table, **encryption, TableClass="STANDARD_INFREQUENT_ACCESS")
    with refused(containing="WarmThroughput must be the only operation in the request"):
        client.update_table(TableName=table, **warm, BillingMode="PAY_PER_REQUEST")
    shown = described(client, table)
    assert "SSEDescription" not in shown
    assert shown["WarmThroughput"]["ReadUnitsPerSecond"] == 12_000


# The whole description


ALWAYS = {
    "AttributeDefinitions",
    "CreationDateTime",
    "DeletionProtectionEnabled",
    "ItemCount",
    "KeySchema",
    "ProvisionedThroughput",
    "TableArn",
    "TableId",
    "TableName",
    "TableSizeBytes",
    "TableStatus",
    "WarmThroughput",
}


def shapes():
    """The service model's shapes, as the SDK has them."""
    folder = pathlib.Path(botocore.__file__).parent / "data" / "dynamodb" / "2012-08-10"
    return json.loads(gzip.decompress((folder / "service-2.json.gz").read_bytes()))["shapes"]


def check(shapes, name, value):
    """Every member of the value is the model's, and of its type."""
    shape = shapes[name]
    kind = shape["type"]
    if kind == "structure":
        assert set(value) <= set(shape["members"]), name
        for member, part in value.items():
            check(shapes, shape["members"][member]["shape"], part)
    elif kind == "list":
        for element in value:
            check(shapes, shape["member"]["shape"], element)
    else:
        types = {"string": str, "boolean": bool, "long": int, "integer": int, "timestamp": float}
        assert isinstance(value, types[kind]), (name, value)
        assert value in shape.get("enum", [value]), (name, value)


def test_every_member_of_a_description_is_of_the_model(wire, make_table):
    """Looked at as it is on the wire: the SDK drops what it does not know."""
    settings = {
        "SSESpecification": {"Enabled": True},
        "WarmThroughput": {"ReadUnitsPerSecond": 13_000},
        "OnDemandThroughput": {"MaxReadRequestUnits": 7},
        "TableClass": "STANDARD_INFREQUENT_ACCESS",
    }
    plain = make_table()
    full = make_table(sort="sk", local={"by-l": ("l", "ALL")}, indexes=INDEXES, **settings)
    provisioned = make_table(units=(5, 6), indexes=INDEXES)
    model = shapes()
    for table in [plain, full, provisioned]:
        shown = wire.post("DescribeTable", {"TableName": table}).json["Table"]
        check(model, "TableDescription", shown)
        assert set(shown) >= ALWAYS
    shown = wire.post("DescribeTable", {"TableName": plain}).json["Table"]
    assert set(shown) == ALWAYS | {"BillingModeSummary"}
    shown = wire.post("DescribeTable", {"TableName": provisioned}).json["Table"]
    assert set(shown) == ALWAYS | {"GlobalSecondaryIndexes"}
    shown = wire.post("DescribeTable", {"TableName": full}).json["Table"]
    indexes = {"GlobalSecondaryIndexes", "LocalSecondaryIndexes"}
    others = {"BillingModeSummary", "SSEDescription", "OnDemandThroughput", "TableClassSummary"}
    assert set(shown) == ALWAYS | indexes | others
