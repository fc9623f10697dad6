"""`/metrics`, as Prometheus reads it."""

import re
import urllib.error
import urllib.request

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from conftest import connect
from items import item
from refusal import refused
from server import Server
from tables import schema

pytestmark = pytest.mark.usefixtures("own_server")


def read(url, headers=()):
    with urllib.request.urlopen(urllib.request.Request(url, headers=dict(headers))) as reply:
        return reply.read().decode()


def value(text, series):
    """The value of a series, or None."""
    found = re.search(rf"^{re.escape(series)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else None


def of_table(metric, table, index=""):
    return f'{metric}{{account="123456789012",region="us-east-1",table="{table}",index="{index}"}}'


def test_what_is_consumed_is_what_replies_say(client, server, make_table):
    table = make_table(indexes={"by-g": ("g", None, "ALL")})
    url = f"{server.endpoint}/metrics"
    told = {"table": 0.0, "index": 0.0}
    for number in range(5):
        reply = client.put_item(
            TableName=table,
            Item=item(pk=str(number), g="x", text="x" * 900 * number),
            ReturnConsumedCapacity="INDEXES",
        )["ConsumedCapacity"]
        told["table"] += reply["Table"]["CapacityUnits"]
        told["index"] += reply["GlobalSecondaryIndexes"]["by-g"]["CapacityUnits"]
    text = read(url)
    assert value(text, of_table("pixii_consumed_write_units_total", table)) == told["table"]
    assert value(text, of_table("pixii_consumed_write_units_total", table, "by-g")) == told["index"]
    reply = client.scan(TableName=table, ReturnConsumedCapacity="TOTAL")
    text = read(url)
    consumed = value(text, of_table("pixii_consumed_read_units_total", table))
    assert consumed == reply["ConsumedCapacity"]["CapacityUnits"]
    assert value(text, of_table("pixii_returned_items_total", table)) == 5
    assert value(text, of_table("pixii_items", table)) == 5
    client.delete_table(TableName=table)
    assert table not in read(url)


def test_errors_are_told_by_class(client, server, table):
    url = f"{server.endpoint}/metrics"
    series = (
        'pixii_errors_total{operation="PutItem",error="ConditionalCheckFailedException",class="condition"}'
    )
    before = value(read(url), series) or 0
    with refused("ConditionalCheckFailedException"):
        client.put_item(TableName=table, Item=item(), ConditionExpression="attribute_exists(pk)")
    assert value(read(url), series) == before + 1


def test_with_credentials_a_request_must_be_signed_unless_there_is_a_port_for_it(tmp_path):
    credentials = Credentials("AKIDEXAMPLE", "secret")
    server = Server(
        "--in-memory", "--credentials", "AKIDEXAMPLE:secret", "--metrics-listen", "127.0.0.1:0", log=None
    )
    try:
        url = f"{server.endpoint}/metrics"
        with pytest.raises(urllib.error.HTTPError) as caught:
            read(url)
        assert caught.value.code == 400
        request = AWSRequest("GET", url, {"Host": server.address})
        SigV4Auth(credentials, "dynamodb", "eu-west-1").add_auth(request)
        assert "pixii_build" in read(url, request.headers.items())
        assert "pixii_build" in read(f"http://{server.metrics_address}/metrics")
        with pytest.raises(urllib.error.HTTPError):
            read(f"http://{server.metrics_address}/")
    finally:
        server.end()


def test_figures_of_storage_go_on_after_a_crash(tmp_path):
    server = Server("--data", str(tmp_path / "data"))
    client = connect(server.endpoint)
    client.create_table(TableName="songs", **schema())
    for number in range(10):
        client.put_item(TableName="songs", Item=item(pk=str(number)))
    before = read(f"{server.endpoint}/metrics")
    commits = value(before, "pixii_storage_commits_total")
    assert commits >= 11
    assert value(before, "pixii_storage_written_bytes") > 0
    assert value(before, of_table("pixii_consumed_write_units_total", "songs")) == 10
    server.kill()
    server = Server("--data", str(tmp_path / "data"))
    try:
        after = read(f"{server.endpoint}/metrics")
        assert value(after, "pixii_storage_commits_total") >= commits
        assert value(after, of_table("pixii_items", "songs")) == 10
        assert value(after, of_table("pixii_consumed_write_units_total", "songs")) == 0
    finally:
        server.end()
