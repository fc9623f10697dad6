"""Endpoint discovery: the SDK asks where to send requests, and sends them there.

The SDK does so only where it was given no endpoint, and then by HTTPS. So here all names lead to the server under
test, as on a network that says so, and TLS has been taken off on the way, as by a proxy in front of it.
"""

import urllib.parse

import boto3
import pytest
from botocore.config import Config

from conftest import REGION, connect
from items import item
from server import Server
from wire import ACCESS_KEY, SECRET

ASKED = "DescribeEndpoints"


class Network:
    """Leads a client's requests to the server whatever their host, and keeps what was asked of whom."""

    def __init__(self, endpoint):
        self.address = urllib.parse.urlsplit(endpoint).netloc
        self.seen = []

    def lead(self, client):
        client.meta.events.register("before-send.dynamodb", self.send)

    def send(self, request, **_):
        parts = urllib.parse.urlsplit(request.url)
        operation = request.headers["X-Amz-Target"].decode().partition(".")[2]
        self.seen.append((operation, parts.netloc))
        request.headers["Host"] = parts.netloc
        request.url = parts._replace(scheme="http", netloc=self.address).geturl()


def discovering(endpoint_url=None, **config):
    return boto3.client(
        "dynamodb",
        endpoint_url=endpoint_url,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET,
        config=Config(retries={"total_max_attempts": 1}, **config),
    )


def ask_as(client, name):
    """Has the client ask under that name. Who asks under a name is told the name: only a client that goes by the
    answer will ever use it again."""

    def elsewhere(request, operation_name, **_):
        if operation_name == ASKED:
            request.url = f"https://{name}/"

    # First, so that the request is signed as it then is.
    client.meta.events.register_first("request-created.dynamodb", elsewhere)


def test_the_sdk_discovers_an_endpoint_once_and_sends_its_requests_there(endpoint, table):
    network = Network(endpoint)
    client = discovering(endpoint_discovery_enabled=True)
    network.lead(client)
    ask_as(client, "discovered.example")
    client.put_item(TableName=table, Item=item())
    assert client.get_item(TableName=table, Key=item(), ConsistentRead=True)["Item"] == item()
    assert [each for each in network.seen if each[0] == ASKED] == [(ASKED, "discovered.example")]
    assert network.seen[-2:] == [("PutItem", "discovered.example"), ("GetItem", "discovered.example")]


def test_requests_are_signed_for_the_discovered_host(own_server):
    server = Server("--in-memory", "--credentials", f"{ACCESS_KEY}:{SECRET}")
    try:
        network = Network(server.endpoint)
        client = discovering(endpoint_discovery_enabled=True)
        network.lead(client)
        ask_as(client, "discovered.example")
        assert client.list_tables()["TableNames"] == []
        assert network.seen[-1] == ("ListTables", "discovered.example")
    finally:
        server.end()


@pytest.mark.parametrize("enabled", [True, "auto"])
def test_a_client_that_was_given_an_endpoint_uses_that(endpoint, table, enabled):
    client = discovering(endpoint, endpoint_discovery_enabled=enabled)
    network = Network(endpoint)
    network.lead(client)
    assert "Item" not in client.get_item(TableName=table, Key=item())
    assert network.seen == [("GetItem", network.address)]


def test_what_is_described_is_where_the_request_came_to(wire):
    reply = wire.post(ASKED, {})
    assert reply.json == {"Endpoints": [{"Address": wire.address, "CachePeriodInMinutes": 1440}]}


def test_a_request_in_the_form_for_proxies_is_answered(endpoint):
    """A client that takes the server for its HTTP proxy names the host in the request line."""
    client = connect("http://dynamodb.example", proxies={"http": endpoint})
    assert "TableNames" in client.list_tables()
    described = client.describe_endpoints()["Endpoints"]
    assert [each["Address"] for each in described] == ["dynamodb.example"]
