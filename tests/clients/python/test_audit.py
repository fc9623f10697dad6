"""The audit log: a line for each request, of who did what, and never with what data."""

import datetime
import json
import stat

import pytest

from conftest import connect
from items import item, values
from refusal import refused
from server import Server
from tables import schema
from users import ACCOUNT, FULL, OTHER_ACCOUNT, ROOTS, Admin, allow, arn, denied, make, table_arn
from wire import ACCESS_KEY, SECRET, Wire

pytestmark = pytest.mark.usefixtures("own_server")

ROOT = f"arn:aws:iam::{ACCOUNT}:root"
MARK = "XMARKX"


@pytest.fixture
def file(tmp_path):
    return tmp_path / "audit.jsonl"


@pytest.fixture
def root(file):
    """Commands by the root of a server that writes an audit log."""
    server = Server("--in-memory", "--credentials", ROOTS, "--audit-log", str(file))
    yield Admin(server.endpoint, ACCESS_KEY, SECRET)
    server.end()


@pytest.fixture
def client(root):
    return connect(f"http://{root.wire.address}")


def lines(file):
    return [json.loads(line) for line in file.read_text().splitlines()]


def last(file):
    return lines(file)[-1]


def test_a_request_is_a_line_that_is_there_when_it_is_answered(file, client):
    before = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=5)
    client.create_table(TableName="songs", **schema())
    [line] = lines(file)
    time = datetime.datetime.fromisoformat(line.pop("time").replace("Z", "+00:00"))
    assert before < time < before + datetime.timedelta(minutes=1)
    assert isinstance(line.pop("sourcePort"), int)
    assert line == {
        "sourceIp": "127.0.0.1",
        "isSecure": False,
        "caller": ROOT,
        "account": ACCOUNT,
        "accessKeyId": ACCESS_KEY,
        "region": "us-east-1",
        "operation": "CreateTable",
        "resources": [table_arn("songs")],
        "status": 200,
    }


def test_each_request_has_one_line(file, client):
    client.create_table(TableName="songs", **schema())
    for number in range(5):
        client.put_item(TableName="songs", Item=item(pk=str(number)))
    client.scan(TableName="songs")
    operations = [line["operation"] for line in lines(file)]
    assert operations == ["CreateTable"] + ["PutItem"] * 5 + ["Scan"]


def test_a_user_is_told_by_its_arn_and_its_key(file, root):
    user = make(root, allow("ListTables"))
    user.client().list_tables()
    line = last(file)
    assert (line["caller"], line["accessKeyId"]) == (user.arn, user.key)
    assert line["resources"] == [arn("table/*")]


def test_a_session_is_told_by_its_own_key_id(file, root):
    user = make(root, allow("ListTables"))
    credentials = user.admin("GetSessionToken")["Credentials"]
    names = ["AccessKeyId", "SecretAccessKey", "SessionToken"]
    key, secret, token = (credentials[name] for name in names)
    connect(user.endpoint, key=key, secret=secret, token=token).list_tables()
    line = last(file)
    assert (line["caller"], line["accessKeyId"]) == (user.arn, key)
    for hidden in [secret, token]:
        assert hidden not in file.read_text()


def test_a_denied_request_is_told(file, root, client):
    user = make(root)
    with denied():
        user.client().get_item(TableName="songs", Key=item())
    line = last(file)
    assert (line["status"], line["error"]) == (400, "AccessDeniedException")
    assert (line["caller"], line["operation"]) == (user.arn, "GetItem")
    assert line["resources"] == [table_arn("songs")]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"secret": "wrong"}, "InvalidSignatureException"),
        ({"key": "AKIDSTRANGER"}, "UnrecognizedClientException"),
    ],
)
def test_who_is_not_believed_is_told_by_the_key_it_named_alone(file, root, change, error):
    with refused(error):
        connect(f"http://{root.wire.address}", **change).list_tables()
    line = last(file)
    assert (line["status"], line["error"]) == (400, error)
    assert line["accessKeyId"] == change.get("key", ACCESS_KEY)
    assert line["operation"] == "ListTables"
    assert "caller" not in line
    assert line["sourceIp"] == "127.0.0.1"


def test_a_request_that_is_none_is_told(file, root):
    wire = Wire(f"http://{root.wire.address}")
    assert wire.send("POST", "/", {}, b"").status >= 400
    assert last(file)["status"] >= 400
    assert wire.post("ListTables", b"{").error == "SerializationException"
    assert last(file)["error"] == "SerializationException"
    assert wire.post("NoSuchThing", {}).error == "UnknownOperationException"
    assert last(file)["error"] == "UnknownOperationException"


def test_faults_of_items_and_conditions_are_told_by_their_names(file, client):
    client.create_table(TableName="songs", **schema())
    client.put_item(TableName="songs", Item=item())
    with refused("ConditionalCheckFailedException"):
        client.put_item(TableName="songs", Item=item(), ConditionExpression="attribute_not_exists(pk)")
    assert last(file)["error"] == "ConditionalCheckFailedException"
    with refused("ResourceNotFoundException"):
        client.get_item(TableName="none", Key=item())
    assert last(file)["error"] == "ResourceNotFoundException"


def test_each_resource_is_named_once(file, client):
    for name in ["a-songs", "b-songs"]:
        client.create_table(TableName=name, **schema(indexes={"by-g": ("g", None, "ALL")}))
    both = {"a-songs": {"Keys": [item(pk="1"), item(pk="2")]}, "b-songs": {"Keys": [item()]}}
    client.batch_get_item(RequestItems=both)
    assert last(file)["resources"] == [table_arn("a-songs"), table_arn("b-songs")]
    client.transact_write_items(
        TransactItems=[{"Put": {"TableName": "a-songs", "Item": item(pk=key)}} for key in "xy"]
    )
    assert last(file)["resources"] == [table_arn("a-songs")]
    client.scan(TableName="a-songs", IndexName="by-g")
    assert last(file)["resources"] == [f"{table_arn('a-songs')}/index/by-g"]
    client.list_tags_of_resource(ResourceArn=table_arn("a-songs"))
    assert last(file)["resources"] == [table_arn("a-songs")]


def test_a_guests_request_names_the_account_of_the_table(file, root, client):
    client.create_table(TableName="songs", **schema())
    guest = make(root, account=OTHER_ACCOUNT, managed=[FULL])
    with denied():
        guest.client().get_item(TableName=table_arn("songs"), Key=item())
    line = last(file)
    assert (line["account"], line["caller"]) == (OTHER_ACCOUNT, guest.arn)
    assert line["resources"] == [table_arn("songs")]


def test_no_data_is_in_it(file, client):
    """Nothing of an item, a key, a condition, a tag's value or a policy."""
    client.create_table(TableName="songs", Tags=[{"Key": f"k{MARK}", "Value": f"v{MARK}"}], **schema())
    marked = item(pk=f"key-{MARK}", **{f"name-{MARK}": f"value-{MARK}"})
    client.put_item(TableName="songs", Item=marked)
    client.get_item(TableName="songs", Key=item(pk=f"key-{MARK}"))
    client.query(
        TableName="songs",
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues=values(pk=f"key-{MARK}"),
    )
    client.batch_write_item(RequestItems={"songs": [{"PutRequest": {"Item": marked}}]})
    with refused("TransactionCanceledException"):
        client.transact_write_items(
            TransactItems=[
                {
                    "Put": {
                        "TableName": "songs",
                        "Item": marked,
                        "ConditionExpression": "attribute_not_exists(pk)",
                        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                    }
                }
            ]
        )
    with refused():
        client.put_item(TableName="songs", Item=item(pk="a", sk=MARK), ConditionExpression=f"?{MARK}")
    assert len(lines(file)) == 7
    assert MARK not in file.read_text()


def test_commands_about_users_are_told_without_their_secrets(file, root):
    made = root("CreateUser", UserName="ann", CreateAccessKey=True)["AccessKey"]
    line = last(file)
    assert line["operation"] == "iam:CreateUser"
    assert (line["caller"], line["accessKeyId"]) == (ROOT, ACCESS_KEY)
    assert line["resources"] == [f"arn:aws:iam::{ACCOUNT}:user/ann"]
    root("UpdateAccessKey", UserName="ann", AccessKeyId=made["AccessKeyId"], Status="Inactive")
    rotated = root("RotateAccessKey", UserName="ann", AccessKeyId=made["AccessKeyId"])["AccessKey"]
    with root.refuses(404, "NoSuchEntity"):
        root("DeleteUser", UserName="bob", Account=OTHER_ACCOUNT)
    line = last(file)
    assert (line["operation"], line["status"], line["error"]) == ("iam:DeleteUser", 404, "NoSuchEntity")
    assert line["resources"] == [f"arn:aws:iam::{OTHER_ACCOUNT}:user/bob"]
    operations = [line["operation"] for line in lines(file)]
    assert operations == ["iam:CreateUser", "iam:UpdateAccessKey", "iam:RotateAccessKey", "iam:DeleteUser"]
    for secret in [made["SecretAccessKey"], rotated["SecretAccessKey"], SECRET]:
        assert secret not in file.read_text()


def test_a_denied_command_is_told(file, root):
    user = make(root)
    with root.refuses(400, "AccessDeniedException"):
        user.admin("DeleteUser", UserName="somebody")
    line = last(file)
    assert (line["caller"], line["error"]) == (user.arn, "AccessDeniedException")


def test_a_command_of_a_strange_name_cannot_forge_a_line(file, root):
    root.send("List%0A%7B%7D" + "x" * 500, {})
    root.send("GetUser", {"UserName": 'a"}\n{"operation":"forged"}'})
    assert len(lines(file)) == 2
    assert all(line.get("operation") != "forged" for line in lines(file))


def test_requests_at_the_health_text_are_no_lines(file, root):
    root.wire.send("GET", "/")
    assert lines(file) == []


def test_others_may_not_read_it_and_what_was_there_stays(tmp_path, file):
    arguments = ("--in-memory", "--credentials", f"{ACCESS_KEY}:{SECRET}", "--audit-log", str(file))
    for _ in range(2):
        server = Server(*arguments)
        connect(server.endpoint).list_tables()
        server.end()
    assert len(lines(file)) == 2
    assert not stat.S_IMODE(file.stat().st_mode) & stat.S_IRWXO


def test_an_open_server_writes_one_too(file):
    server = Server("--in-memory", "--audit-log", str(file))
    connect(server.endpoint).list_tables()
    server.end()
    [line] = lines(file)
    assert (line["caller"], line["status"]) == (ROOT, 200)
    assert line["accessKeyId"] == ACCESS_KEY


def test_a_log_that_cannot_be_written_is_told_at_the_start(tmp_path):
    with pytest.raises(RuntimeError):
        Server("--in-memory", "--audit-log", str(tmp_path / "none" / "audit.jsonl"))
