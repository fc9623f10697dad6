"""Features that this version lacks: those that are off answer so, and the rest say so.

Tools describe and list many features unprompted, and must not stumble.
"""

import pytest
from botocore.exceptions import ClientError

NOT_YET = "not implemented in this version"


def bare(reply):
    """The reply without what the SDK adds."""
    return {name: member for name, member in reply.items() if name != "ResponseMetadata"}


def test_contributor_insights_are_disabled(client, table):
    reply = client.describe_contributor_insights(TableName=table)
    assert reply["TableName"] == table
    assert reply["ContributorInsightsStatus"] == "DISABLED"


def test_a_table_streams_to_no_kinesis(client, table):
    reply = client.describe_kinesis_streaming_destination(TableName=table)
    assert reply["TableName"] == table
    assert reply["KinesisDataStreamDestinations"] == []


@pytest.mark.parametrize(
    ("operation", "member"),
    [
        ("list_contributor_insights", "ContributorInsightsSummaries"),
        ("list_exports", "ExportSummaries"),
        ("list_imports", "ImportSummaryList"),
        ("list_global_tables", "GlobalTables"),
    ],
)
def test_there_is_nothing_to_list(client, operation, member):
    assert bare(getattr(client, operation)()) == {member: []}


@pytest.mark.parametrize("operation", ["describe_time_to_live", "describe_contributor_insights"])
def test_a_feature_of_a_missing_table_is_not_found(client, operation):
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        getattr(client, operation)(TableName="no-such-table")


ARN = "arn:aws:dynamodb:us-east-1:123456789012"


@pytest.mark.parametrize(
    ("operation", "parameters", "code"),
    [
        ("describe_global_table", {"GlobalTableName": "nothing"}, "GlobalTableNotFoundException"),
        (
            "describe_global_table_settings",
            {"GlobalTableName": "nothing"},
            "GlobalTableNotFoundException",
        ),
        (
            "describe_export",
            {"ExportArn": f"{ARN}:table/nothing/export/01700000000000-0123abcd"},
            "ExportNotFoundException",
        ),
        (
            "describe_import",
            {"ImportArn": f"{ARN}:table/nothing/import/01700000000000-0123abcd"},
            "ImportNotFoundException",
        ),
    ],
)
def test_what_was_never_made_is_not_found(client, operation, parameters, code):
    with pytest.raises(ClientError) as caught:
        getattr(client, operation)(**parameters)
    assert caught.value.response["Error"]["Code"] == code


@pytest.mark.parametrize(
    "operation",
    [
        "BatchExecuteStatement",
        "DisableKinesisStreamingDestination",
        "EnableKinesisStreamingDestination",
        "ExecuteStatement",
        "ExecuteTransaction",
        "ExportTableToPointInTime",
        "ImportTable",
        "SearchVectors",
        "StartBulkPutItems",
        "UpdateKinesisStreamingDestination",
    ],
)
def test_an_operation_that_is_missing_says_so(wire, operation):
    reply = wire.post(operation, {})
    assert reply.status >= 400
    assert NOT_YET in reply.message
    assert reply.checksum_is_right


def test_no_operation_of_the_service_is_unknown(wire, client):
    """Each is done, answered as off, or refused by name; none is taken for a typing error."""
    for operation in client.meta.service_model.operation_names:
        reply = wire.post(operation, {})
        assert reply.status in {200, 400, 501}, operation
        if reply.status != 200:
            assert reply.error != "UnknownOperationException", operation


@pytest.mark.parametrize(
    "change", [{"VectorIndexUpdates": []}, {"GlobalTableSettingsReplicationMode": "DISABLED"}], ids=lambda one: next(iter(one))
)
def test_a_change_of_a_table_that_is_missing_says_so(wire, table, change):
    reply = wire.post("UpdateTable", {"TableName": table, **change})
    assert reply.error == "ValidationException"
    assert NOT_YET in reply.message
