"""`--enforce-quotas`: Amazon's cool-downs and account quotas, off unless they are asked for."""

import pytest

from conftest import connect
from refusal import refused
from server import Server
from tables import schema


@pytest.fixture
def strict(own_server):
    """A client of a server that enforces quotas."""
    server = Server("--in-memory", "--enforce-quotas")
    yield connect(server.endpoint)
    server.end()


def units(each):
    return {"ProvisionedThroughput": {"ReadCapacityUnits": each, "WriteCapacityUnits": each}}


def test_throughput_decreases_four_times_a_day_and_then_once_an_hour(strict):
    strict.create_table(TableName="table", **schema(units=(20, 20)))
    # More than twice as often as is allowed, as the day may end meanwhile.
    text = "Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC day."
    with refused("LimitExceededException", containing=text):
        for each in range(19, 0, -1):
            strict.update_table(TableName="table", **units(each))
    assert strict.describe_table(TableName="table")["Table"]["ProvisionedThroughput"]["ReadCapacityUnits"] <= 16


def test_a_table_class_changes_twice_in_thirty_days(strict):
    strict.create_table(TableName="table", **schema())
    strict.update_table(TableName="table", TableClass="STANDARD_INFREQUENT_ACCESS")
    strict.update_table(TableName="table", TableClass="STANDARD")
    text = "Subscriber limit exceeded: Updates to TableClass are limited to 2 times in 30 day(s)."
    with refused("LimitExceededException", text):
        strict.update_table(TableName="table", TableClass="STANDARD_INFREQUENT_ACCESS")


def test_an_account_has_as_many_units_as_its_limits_say(strict):
    limits = strict.describe_limits()
    table, account = limits["TableMaxReadCapacityUnits"], limits["AccountMaxReadCapacityUnits"]
    with refused("LimitExceededException", containing=f"Per table maximum: {table}."):
        strict.create_table(TableName="table", **schema(units=(table + 1, 1)))
    for name in ["one", "two"]:
        strict.create_table(TableName=f"table-{name}", **schema(units=(table, 1)))
    with refused("LimitExceededException", containing=f"Limit: {account}. Requested: 1."):
        strict.create_table(TableName="table-three", **schema(units=(1, 1)))


def test_quotas_do_not_hold_unless_they_are_asked_for(client, own_server, make_table):
    table = make_table(units=(90_000, 90_000))
    for each in range(8, 0, -1):
        client.update_table(TableName=table, **units(each))
    for _ in range(2):
        for kind in ["STANDARD_INFREQUENT_ACCESS", "STANDARD"]:
            client.update_table(TableName=table, TableClass=kind)
