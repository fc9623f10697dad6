"""Secrets and items are in no log, however much is logged, and in no file beside the store."""

import json

import pytest
from botocore.exceptions import ClientError

from conftest import connect
from server import Server
from tables import schema
from users import ADMINISTRATOR, Admin

MARKER = "zebrafish-in-the-mirror"


@pytest.fixture(scope="module")
def logged(tmp_path_factory):
    """What a server logs at the finest level while items and secrets pass through it, and the secrets."""
    folder = tmp_path_factory.mktemp("secrecy")
    root = ("AKIAROOT", "root-secret-of-the-test")
    with open(folder / "log", "wb") as log:
        server = Server(
            "--data", str(folder / "data"), "--credentials", ":".join(root), "--log", "trace",
            "--audit-log", str(folder / "audit.jsonl"), log=log,
        )
        try:
            admin = Admin(server.endpoint, *root)
            made = admin("CreateUser", UserName="app", CreateAccessKey=True)["AccessKey"]
            admin("AttachUserPolicy", UserName="app", PolicyArn=ADMINISTRATOR)
            key, secret = made["AccessKeyId"], made["SecretAccessKey"]
            session = Admin(server.endpoint, key, secret)("GetSessionToken")["Credentials"]
            use(server.endpoint, key, secret, None)
            use(
                server.endpoint, session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"]
            )
        finally:
            assert server.end() == 0
    secrets = [root[1], secret, session["SecretAccessKey"], session["SessionToken"]]
    return folder, secrets


def use(endpoint, key, secret, token):
    client = connect(endpoint, key=key, secret=secret, token=token)
    if "items" not in client.list_tables()["TableNames"]:
        client.create_table(TableName="items", **schema())
    item = {"pk": {"S": f"{MARKER}-key"}, "value": {"S": f"{MARKER}-value"}}
    client.put_item(TableName="items", Item=item)
    client.get_item(TableName="items", Key={"pk": item["pk"]})
    client.query(
        TableName="items",
        KeyConditionExpression="pk = :pk",
        FilterExpression="#v = :v",
        ExpressionAttributeNames={"#v": "value"},
        ExpressionAttributeValues={":pk": item["pk"], ":v": item["value"]},
    )
    client.transact_write_items(TransactItems=[{"Put": {"TableName": "items", "Item": item}}])
    for refused in [
        lambda: client.put_item(TableName="items", Item={"other": item["value"]}),
        lambda: client.put_item(
            TableName="items", Item=item, ConditionExpression="attribute_not_exists(pk)"
        ),
        lambda: client.get_item(TableName="items", Key={"pk": {"N": "1"}, "x": item["value"]}),
        lambda: client.update_item(
            TableName="items",
            Key={"pk": item["pk"]},
            UpdateExpression="SET #v = #v + :one",
            ExpressionAttributeNames={"#v": "value"},
            ExpressionAttributeValues={":one": {"N": "1"}},
        ),
    ]:
        with pytest.raises(ClientError):
            refused()


def test_no_secret_is_in_the_log_or_the_audit_log(logged):
    folder, secrets = logged
    for name in ["log", "audit.jsonl"]:
        text = (folder / name).read_bytes()
        assert text, "something was logged"
        for secret in secrets:
            assert secret.encode() not in text, name


def test_nothing_of_an_item_is_in_the_log_or_the_audit_log(logged):
    folder, _ = logged
    for name in ["log", "audit.jsonl"]:
        assert MARKER.encode() not in (folder / name).read_bytes(), name


def test_no_secret_is_readable_in_the_data_folder(logged):
    folder, secrets = logged
    files = [path for path in (folder / "data").rglob("*") if path.is_file()]
    assert files
    for path in files:
        content = path.read_bytes()
        for secret in secrets:
            assert secret.encode() not in content, path.name


def test_the_audit_log_is_lines_of_json(logged):
    folder, _ = logged
    lines = (folder / "audit.jsonl").read_text().splitlines()
    assert {json.loads(line)["operation"] for line in lines} >= {"iam:CreateUser", "PutItem", "GetItem"}
