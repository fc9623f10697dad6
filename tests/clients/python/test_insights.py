"""Contributor insights: the keys that are used, and throttled, most."""

import json
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from conftest import connect
from items import item
from refusal import refused
from server import Server
from tables import schema

pytestmark = pytest.mark.usefixtures("own_server")


def enable(client, table, **more):
    return client.update_contributor_insights(TableName=table, ContributorInsightsAction="ENABLE", **more)


def report(server, headers=(), **query):
    url = f"{server.endpoint}/_pixii/insights?{urllib.parse.urlencode(query)}"
    with urllib.request.urlopen(urllib.request.Request(url, headers=dict(headers))) as reply:
        return json.loads(reply.read())


def contributors(found, code):
    """Pairs of a key and what it came to."""
    for rule in found["Rules"]:
        if f"-{code}-" in rule["RuleName"]:
            return [(each["Key"], each["Value"]) for each in rule["Contributors"]]
    raise AssertionError(f"no {code} in {found}")


def test_the_keys_that_are_used_most_are_found(client, server, make_table):
    table = make_table(sort="sk", indexes={"by-g": ("g", None, "ALL")})
    assert enable(client, table)["ContributorInsightsStatus"] == "ENABLING"
    enable(client, table, IndexName="by-g")
    described = client.describe_contributor_insights(TableName=table)
    assert described["ContributorInsightsStatus"] == "ENABLED"
    names = described["ContributorInsightsRuleList"]
    assert [name.split("-")[1] for name in names] == ["PKC", "SKC", "PKT", "SKT"]
    for number in range(20):
        client.get_item(TableName=table, Key=item(pk="hot" if number % 2 else str(number), sk="s"))
    client.put_item(TableName=table, Item=item(pk="put", sk="s", g="x"))
    found = report(server, table=table)
    assert contributors(found, "PKC")[:2] == [(item(pk="hot"), 5.0), (item(pk="put"), 3.0)]
    assert contributors(found, "SKC")[0] == (item(pk="hot", sk="s"), 5.0)
    assert contributors(report(server, table=table, index="by-g"), "PKC") == [({"g": {"S": "x"}}, 3.0)]
    listed = client.list_contributor_insights(TableName=table)["ContributorInsightsSummaries"]
    assert [each.get("IndexName") for each in listed] == [None, "by-g"]
    client.update_contributor_insights(TableName=table, ContributorInsightsAction="DISABLE")
    listed = client.list_contributor_insights(TableName=table)["ContributorInsightsSummaries"]
    assert [each.get("IndexName") for each in listed] == ["by-g"]


def test_the_keys_that_are_throttled_most_are_found(own_server):
    server = Server("--in-memory", "--enforce-capacity")
    try:
        client = connect(server.endpoint)
        client.create_table(TableName="table", **schema(units=(1, 1)))
        enable(client, "table", ContributorInsightsMode="THROTTLED_KEYS")
        large = item(pk="hot", text="x" * 100_000)
        for _ in range(4):
            client.put_item(TableName="table", Item=large)
        for _ in range(3):
            with pytest.raises(ClientError):
                client.put_item(TableName="table", Item=large)
        found = report(server, table="table")
        assert contributors(found, "PKT") == [(item(pk="hot"), 3.0)]
        assert len(found["Rules"]) == 1
    finally:
        server.end()


def test_an_index_or_a_table_that_is_not_there_is_said_to_be(client, server, table):
    with refused("ResourceNotFoundException", containing="Index: none not found for table:"):
        enable(client, table, IndexName="none")
    with pytest.raises(urllib.error.HTTPError) as caught:
        report(server, table="none")
    assert json.loads(caught.value.read())["__type"].endswith("#ResourceNotFoundException")
    with pytest.raises(urllib.error.HTTPError) as caught:
        report(server)
    assert caught.value.code == 400


def test_with_credentials_who_signs_sees_the_own_tables():
    server = Server("--in-memory", "--credentials", "AKIDEXAMPLE:secret")
    try:
        client = connect(server.endpoint, key="AKIDEXAMPLE", secret="secret")
        client.create_table(TableName="table", **schema())
        enable(client, "table")
        client.get_item(TableName="table", Key=item(pk="a"))
        with pytest.raises(urllib.error.HTTPError):
            report(server, table="table")
        request = AWSRequest("GET", f"{server.endpoint}/_pixii/insights?table=table", {"Host": server.address})
        SigV4Auth(Credentials("AKIDEXAMPLE", "secret"), "dynamodb", "us-east-1").add_auth(request)
        found = report(server, request.headers.items(), table="table")
        assert contributors(found, "PKC") == [(item(pk="a"), 0.5)]
    finally:
        server.end()


def test_settings_and_minutes_that_are_over_survive_a_crash(tmp_path):
    data = str(tmp_path / "data")
    server = Server("--data", data)
    client = connect(server.endpoint)
    client.create_table(TableName="table", **schema())
    enable(client, "table", ContributorInsightsMode="ACCESSED_AND_THROTTLED_KEYS")
    names = client.describe_contributor_insights(TableName="table")["ContributorInsightsRuleList"]
    client.get_item(TableName="table", Key=item(pk="a"))
    time.sleep(60 - time.time() % 60 + 2)
    server.kill()
    server = Server("--data", data)
    try:
        client = connect(server.endpoint)
        described = client.describe_contributor_insights(TableName="table")
        assert described["ContributorInsightsRuleList"] == names
        client.get_item(TableName="table", Key=item(pk="b"))
        found = report(server, table="table")
        assert contributors(found, "PKC") == [(item(pk="a"), 0.5), (item(pk="b"), 0.5)]
    finally:
        server.end()
