"""Backups in an object store: what S3's own clients call a bucket."""

import boto3
import pytest
from moto.server import ThreadedMotoServer

from conftest import connect
from items import item
from server import Server
from tables import schema
from test_backups import back_up, contents, restore, wait_until_available
from waiting import wait_until

BUCKET = "backups"


@pytest.fixture(scope="module")
def bucket():
    """The address of an object store with a bucket, and a client of it."""
    store = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    store.start()
    host, port = store.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    client = boto3.client(
        "s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="any", aws_secret_access_key="any"
    )
    client.create_bucket(Bucket=BUCKET)
    yield endpoint, client
    store.stop()


@pytest.fixture
def serve(bucket, monkeypatch, tmp_path):
    """Starts servers whose backups go to the bucket, each with data of its own."""
    endpoint, _ = bucket
    settings = {
        "AWS_ENDPOINT": endpoint,
        "AWS_ALLOW_HTTP": "true",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "any",
        "AWS_SECRET_ACCESS_KEY": "any",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    servers = []

    def start(name):
        folder = str(tmp_path / name)
        servers.append(Server("--data", folder, "--backup-url", f"s3://{BUCKET}/pixii"))
        return connect(servers[-1].endpoint)

    yield start
    for server in servers:
        server.kill()


def names(store):
    return [each["Key"] for each in store.list_objects_v2(Bucket=BUCKET).get("Contents", [])]


def test_a_backup_in_a_bucket_restores_on_another_server(serve, bucket):
    _, store = bucket
    first = serve("first")
    first.create_table(TableName="films", **schema("pk"))
    for number in range(40):
        first.put_item(TableName="films", Item=item(pk=f"film {number}", text="x" * 1000))
    expected = contents(first, "films")
    arn = back_up(first, "films")
    assert all(name.startswith("pixii/") for name in names(store))
    second = serve("second")
    wait_until_available(second, arn)
    restore(second, arn, "films")
    assert contents(second, "films") == expected
    listed = second.list_backups()["BackupSummaries"]
    assert [each["BackupArn"] for each in listed] == [arn]
    second.delete_backup(BackupArn=arn)
    wait_until(lambda: not names(store), "the bucket is empty")


def test_a_bucket_that_is_not_there_costs_the_backup_and_nothing_else(serve, bucket, monkeypatch):
    del bucket
    monkeypatch.setenv("AWS_ENDPOINT", "http://127.0.0.1:9")
    client = serve("alone")
    client.create_table(TableName="films", **schema("pk"))
    client.put_item(TableName="films", Item=item(pk="one"))
    created = client.create_backup(TableName="films", BackupName="never")["BackupDetails"]
    assert created["BackupStatus"] == "CREATING"
    client.put_item(TableName="films", Item=item(pk="two"))
    assert len(contents(client, "films")) == 2
    shown = client.describe_backup(BackupArn=created["BackupArn"])["BackupDescription"]["BackupDetails"]
    assert shown["BackupStatus"] == "CREATING"
