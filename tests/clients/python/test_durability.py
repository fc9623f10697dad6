"""What was acknowledged outlives the server, however it ends."""

import contextlib
import signal
import threading
import uuid

import pytest
from botocore.exceptions import BotoCoreError

from conftest import connect
from items import item, numbers, values
from refusal import refused
from server import Server
from tables import schema

pytestmark = pytest.mark.usefixtures("own_server")


@contextlib.contextmanager
def running(data, *arguments):
    """A server on that folder, killed at the end unless it has ended before."""
    server = Server("--data", str(data), *arguments)
    try:
        yield server
    finally:
        if server.is_running():
            server.kill()


def create(client, name, **options):
    client.create_table(TableName=name, **schema(**options))
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})


def fill(client):
    """Writes in every way there is, and gives what must be found again."""
    create(
        client,
        "songs",
        sort="sk",
        local={"by-l": ("l", "ALL")},
        indexes={"by-g": (["g", "h"], None, ["p"])},
        Tags=[{"Key": "kept", "Value": "yes"}],
        DeletionProtectionEnabled=True,
    )
    create(client, "gone")
    client.put_item(TableName="gone", Item=item())
    client.delete_table(TableName="gone")
    put = item(sk="put", g="x", h="y", l="z", p="p", n=numbers("1.50", 2), b=b"\x00\xff")
    client.put_item(TableName="songs", Item=put)
    client.update_item(
        TableName="songs",
        Key=item(sk="updated"),
        UpdateExpression="ADD n :v",
        ExpressionAttributeValues=values(v=7),
    )
    client.batch_write_item(
        RequestItems={"songs": [{"PutRequest": {"Item": item(sk=f"batch-{each}")}} for each in range(5)]}
    )
    client.delete_item(TableName="songs", Key=item(sk="batch-0"))
    action = {"Put": {"TableName": "songs", "Item": item(sk="transacted")}}
    client.transact_write_items(TransactItems=[action], ClientRequestToken="a-token")
    client.delete_item(TableName="songs", Key=item(sk="transacted"))
    return action


def survey(client):
    """All there is to see."""
    description = client.describe_table(TableName="songs")["Table"]
    return {
        "tables": client.list_tables()["TableNames"],
        "description": description,
        "tags": client.list_tags_of_resource(ResourceArn=description["TableArn"])["Tags"],
        "items": client.scan(TableName="songs", ConsistentRead=True)["Items"],
        "by-g": client.scan(TableName="songs", IndexName="by-g")["Items"],
        "by-l": client.scan(TableName="songs", IndexName="by-l")["Items"],
    }


@pytest.mark.parametrize("ending", ["kill", "end"])
def test_everything_is_there_after_a_restart(tmp_path, ending):
    with running(tmp_path) as server:
        client = connect(server.endpoint)
        action = fill(client)
        before = survey(client)
        assert before["tables"] == ["songs"]
        assert len(before["items"]) == 6
        getattr(server, ending)()
    with running(tmp_path) as server:
        client = connect(server.endpoint)
        assert survey(client) == before
        # The token was used before, and the transaction happened then and not now.
        client.transact_write_items(TransactItems=[action], ClientRequestToken="a-token")
        assert "Item" not in client.get_item(TableName="songs", Key=item(sk="transacted"))
        with refused("IdempotentParameterMismatchException"):
            client.transact_write_items(
                TransactItems=[{"Delete": {"TableName": "songs", "Key": item(sk="x")}}],
                ClientRequestToken="a-token",
            )
        with refused("ValidationException"):
            client.delete_table(TableName="songs")


def test_a_server_ends_cleanly_when_asked(tmp_path):
    with running(tmp_path) as server:
        create(connect(server.endpoint), "songs")
        assert server.end() == 0


def test_an_interrupt_ends_the_server_too(tmp_path):
    with running(tmp_path) as server:
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(timeout=30) in {0, 130, -signal.SIGINT}


def test_a_server_in_memory_keeps_nothing(tmp_path):
    for _ in range(2):
        server = Server("--in-memory")
        client = connect(server.endpoint)
        assert client.list_tables()["TableNames"] == []
        create(client, "songs")
        assert server.end() == 0


def test_what_was_acknowledged_before_a_crash_is_there_after_it(tmp_path):
    """Threads write until the server is killed under them."""
    acknowledged, lock = set(), threading.Lock()
    enough = threading.Event()

    def write(client, thread):
        number = 0
        with contextlib.suppress(BotoCoreError):
            while True:
                key = f"{thread}-{number}"
                client.put_item(TableName="songs", Item=item(pk=key, g="x"))
                with lock:
                    acknowledged.add(key)
                    if len(acknowledged) >= 200:
                        enough.set()
                number += 1

    with running(tmp_path) as server:
        client = connect(server.endpoint)
        create(client, "songs", indexes={"by-g": ("g", None, "KEYS_ONLY")})
        threads = [threading.Thread(target=write, args=(client, each)) for each in range(8)]
        for thread in threads:
            thread.start()
        assert enough.wait(timeout=60)
        server.kill()
        for thread in threads:
            thread.join()
    with running(tmp_path) as server:
        client = connect(server.endpoint)
        paginator = client.get_paginator("scan")
        found = {each["pk"]["S"] for page in paginator.paginate(TableName="songs") for each in page["Items"]}
        indexed = {
            each["pk"]["S"]
            for page in paginator.paginate(TableName="songs", IndexName="by-g")
            for each in page["Items"]
        }
        assert acknowledged <= found
        assert indexed == found
        assert client.describe_table(TableName="songs")["Table"]["ItemCount"] == len(found)


def test_a_transaction_is_whole_after_a_crash(tmp_path):
    enough = threading.Event()
    done = []

    def write(client):
        with contextlib.suppress(BotoCoreError):
            while True:
                pair = uuid.uuid4().hex
                actions = [
                    {"Put": {"TableName": "songs", "Item": item(pk=f"{pair}-{side}")}} for side in "lr"
                ]
                client.transact_write_items(TransactItems=actions)
                done.append(pair)
                if len(done) >= 50:
                    enough.set()

    with running(tmp_path) as server:
        client = connect(server.endpoint)
        create(client, "songs")
        thread = threading.Thread(target=write, args=(client,))
        thread.start()
        assert enough.wait(timeout=60)
        server.kill()
        thread.join()
    with running(tmp_path) as server:
        pages = connect(server.endpoint).get_paginator("scan").paginate(TableName="songs")
        found = {each["pk"]["S"] for page in pages for each in page["Items"]}
        sides = {side: {key[:-2] for key in found if key.endswith(f"-{side}")} for side in "lr"}
        assert sides["l"] == sides["r"]
        assert set(done) <= sides["l"]


def test_two_servers_do_not_share_a_folder(tmp_path):
    with running(tmp_path) as server:
        create(connect(server.endpoint), "songs")
        with pytest.raises(RuntimeError):
            with running(tmp_path):
                pass
        assert connect(server.endpoint).list_tables()["TableNames"] == ["songs"]
