"""A server that dies under its clients and comes back: the SDK's own retries carry the calls through."""

import concurrent.futures
import threading

import pytest
from botocore.exceptions import EndpointConnectionError

from conftest import connect
from items import item, values
from server import Server, lasting_address
from tables import schema

pytestmark = pytest.mark.usefixtures("own_server")

# The server dies after a third and after two thirds of the calls.
THREADS = 4
CALLS = 60
MODES = ["legacy", "standard", "adaptive"]


class Mortal:
    """A server on one folder and one address, which can be killed and comes back."""

    def __init__(self, data):
        self.arguments = ("--data", str(data))
        self.address = lasting_address()
        self.server = Server(*self.arguments, listen=self.address)
        self.endpoint = self.server.endpoint

    def crash(self):
        self.server.kill()
        self.server = Server(*self.arguments, listen=self.address)


@pytest.fixture
def mortal(tmp_path):
    mortal = Mortal(tmp_path)
    yield mortal
    mortal.server.kill()


def call_through_crashes(mortal, call):
    """Has threads make all calls, each with its number, and the server die twice meanwhile."""
    done, lock = 0, threading.Lock()
    deaths = {THREADS * CALLS // 3, THREADS * CALLS * 2 // 3}
    crash = threading.Semaphore(0)

    def calls(thread):
        nonlocal done
        for number in range(CALLS):
            call(f"{thread}-{number}")
            with lock:
                done += 1
                if done in deaths:
                    crash.release()

    def crashes():
        for _ in deaths:
            assert crash.acquire(timeout=60)
            mortal.crash()

    with concurrent.futures.ThreadPoolExecutor(THREADS + 1) as pool:
        for future in [pool.submit(crashes), *(pool.submit(calls, thread) for thread in range(THREADS))]:
            future.result()


def retrying(mortal, mode):
    return connect(mortal.endpoint, retries={"mode": mode, "total_max_attempts": 20})


@pytest.mark.parametrize("mode", MODES)
def test_no_call_fails_though_the_server_is_killed_and_every_write_is_there(mortal, mode):
    client = retrying(mortal, mode)
    client.create_table(TableName="songs", **schema())
    retries = []

    def put(key):
        reply = client.put_item(TableName="songs", Item=item(pk=key))
        retries.append(reply["ResponseMetadata"]["RetryAttempts"])

    call_through_crashes(mortal, put)
    assert max(retries) > 0
    pages = client.get_paginator("scan").paginate(TableName="songs", ConsistentRead=True)
    found = {each["pk"]["S"] for page in pages for each in page["Items"]}
    assert found == {f"{thread}-{number}" for thread in range(THREADS) for number in range(CALLS)}


@pytest.mark.parametrize("mode", MODES)
def test_a_transaction_that_is_tried_again_with_its_token_happens_once(mortal, mode):
    """The SDK makes the token itself, once for each call, so that a retry after a crash carries it again."""
    client = retrying(mortal, mode)
    client.create_table(TableName="counts", **schema())
    update = {
        "TableName": "counts",
        "Key": item(pk="count"),
        "UpdateExpression": "ADD n :one",
        "ExpressionAttributeValues": values(one=1),
    }
    call_through_crashes(mortal, lambda _: client.transact_write_items(TransactItems=[{"Update": update}]))
    counted = client.get_item(TableName="counts", Key=item(pk="count"), ConsistentRead=True)
    assert counted["Item"]["n"]["N"] == str(THREADS * CALLS)


def test_a_client_that_never_retries_fails_while_the_server_is_dead_and_not_afterwards(mortal):
    client = connect(mortal.endpoint)
    client.create_table(TableName="songs", **schema())
    mortal.server.kill()
    with pytest.raises(EndpointConnectionError):
        client.get_item(TableName="songs", Key=item())
    mortal.server = Server(*mortal.arguments, listen=mortal.address)
    assert "Item" not in client.get_item(TableName="songs", Key=item())


def test_a_server_that_is_asked_to_end_and_started_again_is_not_missed(mortal):
    client = retrying(mortal, "standard")
    client.create_table(TableName="songs", **schema())
    restarted = threading.Event()

    def restart():
        mortal.server.end()
        mortal.server = Server(*mortal.arguments, listen=mortal.address)
        restarted.set()

    thread = threading.Thread(target=restart)
    thread.start()
    number = 0
    while not restarted.is_set() or number < 10:
        client.put_item(TableName="songs", Item=item(pk=str(number)))
        number += 1
    thread.join()
    assert client.describe_table(TableName="songs")["Table"]["ItemCount"] == number
