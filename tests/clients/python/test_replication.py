"""Replication between servers, each the home of one Region, whatever happens to them and to what joins them."""

import contextlib
import itertools
import random
import re
import subprocess
import threading
import time
import urllib.request
from collections import defaultdict

import pytest
from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, EndpointConnectionError

from conftest import connect
from items import item, values
from proxy import Proxy
from refusal import refused
from server import Server, binary, lasting_address
from test_global_tables import (
    AWAY,
    HOME,
    INDEX,
    NEW,
    OLD,
    REGIONS,
    THIRD,
    add,
    create,
    create_group,
    described,
    exists,
    expiry,
    get,
    make_index,
    members,
    records,
    remove,
    scan,
    some,
    switch_expiry,
    wait_for_group,
    wait_for_item,
    wait_for_old_group,
    wait_until_equal,
    without_marks,
)
from waiting import wait_for_expiry, wait_until

pytestmark = pytest.mark.usefixtures("own_server")

TABLE = "songs"


# Servers


def start(region, data, address, peers):
    """Starts the home of one Region. `peers` has the endpoint of each other Region."""
    options = ["--local-region", region]
    for other, endpoint in peers.items():
        options += ["--region-endpoint", f"{other}={endpoint}"]
    return Server("--data", str(data), *options, listen=address)


class Cluster:
    """A server for each Region. All that they say to each other goes through proxies, one for each direction."""

    def __init__(self, folder):
        self.folder = folder
        addresses = set()
        while len(addresses) < len(REGIONS):
            addresses.add(lasting_address())
        self.addresses = dict(zip(REGIONS, addresses, strict=True))
        self.proxies = {
            (source, target): Proxy(self.addresses[target])
            for source, target in itertools.permutations(REGIONS, 2)
        }
        self.servers = {}
        # These retry: a connection that outlived its server is no fault of the test.
        again = {"retries": {"total_max_attempts": 6}}
        self.clients = {region: self.connect(region, **again) for region in REGIONS}
        self.streams = {region: self.connect(region, "dynamodbstreams", **again) for region in REGIONS}

    def connect(self, region, service="dynamodb", **config):
        return connect(f"http://{self.addresses[region]}", service, region, **config)

    def start(self, region):
        peers = {to: proxy.endpoint for (source, to), proxy in self.proxies.items() if source == region}
        self.servers[region] = start(region, self.folder / region, self.addresses[region], peers)

    def stop(self, region):
        assert self.servers[region].end() == 0
        del self.servers[region]

    def kill(self, region):
        self.servers.pop(region).kill()

    def restart(self, region):
        """As after a crash."""
        self.kill(region)
        self.start(region)

    def links(self, *regions):
        """The proxies between these Regions, or between this one and all others."""
        return [
            proxy
            for pair, proxy in self.proxies.items()
            if (set(pair) == set(regions) if len(regions) == 2 else regions[0] in pair)
        ]

    def part(self, *regions):
        for proxy in self.links(*regions):
            proxy.cut()

    def join(self, *regions):
        for proxy in self.links(*regions):
            proxy.heal()

    def end(self):
        for region in list(self.servers):
            self.stop(region)

    def close(self):
        for region in list(self.servers):
            self.kill(region)
        for proxy in self.proxies.values():
            proxy.close()


@pytest.fixture
def cluster(tmp_path):
    cluster = Cluster(tmp_path)
    try:
        for region in REGIONS:
            cluster.start(region)
        yield cluster
    finally:
        cluster.close()


@pytest.fixture
def clients(cluster):
    return cluster.clients


def fill(client, count, **attributes):
    for first in range(0, count, 25):
        puts = [
            {"PutRequest": {"Item": item(pk=f"p{number}", g=f"g{number % 7}", **attributes)}}
            for number in range(first, first + 25)
        ]
        client.batch_write_item(RequestItems={TABLE: puts})


# While all is well


@pytest.mark.parametrize("version", [OLD, NEW])
def test_a_write_to_any_server_is_seen_at_all(clients, version):
    create_group(clients, TABLE, version, indexes=INDEX)
    for region, client in clients.items():
        key = item(pk=region)
        written = item(pk=region, g="x", m={"l": [1, True, None, b"\x00\xff"]}, n=1)
        client.put_item(TableName=TABLE, Item=written)
        wait_for_item(clients, TABLE, key, written)
        client.update_item(
            TableName=TABLE,
            Key=key,
            UpdateExpression="SET g = :g REMOVE m ADD n :n",
            ExpressionAttributeValues=values(g="y", n=1),
        )
        wait_for_item(clients, TABLE, key, item(pk=region, g="y", n=2))
        client.delete_item(TableName=TABLE, Key=key)
        wait_for_item(clients, TABLE, key, None)
        puts = [{"PutRequest": {"Item": item(pk=f"{region}-{each}", g="x")}} for each in range(25)]
        client.batch_write_item(RequestItems={TABLE: puts})
        actions = [{"Delete": {"TableName": TABLE, "Key": item(pk=f"{region}-{each}")}} for each in range(10)]
        client.transact_write_items(TransactItems=actions)
    found = wait_until_equal(clients, TABLE)
    assert len(found) == 45
    for client in clients.values():
        assert scan(client, TABLE, IndexName="by-g") == found
        assert described(client, TABLE)["ItemCount"] == 45


@pytest.mark.parametrize("version", [OLD, NEW])
def test_a_group_is_described_at_every_server_also_after_a_crash_of_all(cluster, clients, version):
    create_group(clients, TABLE, version)
    for region in REGIONS:
        cluster.kill(region)
    for region in REGIONS:
        cluster.start(region)
    if version == NEW:
        wait_for_group(clients, TABLE, REGIONS)
    else:
        wait_for_old_group(clients, TABLE, REGIONS)
        for region, client in clients.items():
            [listed] = client.list_global_tables(RegionName=region)["GlobalTables"]
            assert members(listed) == set(REGIONS)
    for region, client in clients.items():
        client.put_item(TableName=TABLE, Item=item(pk=region))
        wait_for_item(clients, TABLE, item(pk=region), item(pk=region))


def test_a_region_that_a_server_was_not_told_of_takes_no_replica(clients):
    create(clients[HOME], TABLE)
    with refused(containing="Region sa-east-1 is not supported."):
        add(clients[HOME], TABLE, "sa-east-1")
    assert "GlobalTableVersion" not in described(clients[HOME], TABLE)


def test_a_removed_replica_leaves_its_server(clients):
    create_group(clients, TABLE)
    clients[AWAY].put_item(TableName=TABLE, Item=item(pk="before"))
    wait_for_item(clients, TABLE, item(pk="before"), item(pk="before"))
    remove(clients[HOME], TABLE, AWAY)
    wait_until(lambda: clients[AWAY].list_tables()["TableNames"] == [], "the table is gone")
    wait_for_group(clients, TABLE, [HOME, THIRD])
    clients[THIRD].put_item(TableName=TABLE, Item=item(pk="after"))
    assert len(wait_until_equal(some(clients, HOME, THIRD), TABLE)) == 2
    assert not exists(clients[AWAY], TABLE)


def test_settings_reach_every_server(clients):
    create_group(clients, TABLE)
    fill(clients[HOME], 100)
    make_index(clients, TABLE, AWAY, 100)
    wait_for_group(clients, TABLE, REGIONS)
    switch_expiry(clients[THIRD], TABLE, True)
    for client in clients.values():
        wait_for_expiry(client, TABLE)
        assert expiry(client, TABLE)["AttributeName"] == "until"


# While servers are parted


def test_both_sides_of_a_partition_go_on_and_agree_after_it(cluster, clients):
    """A condition holds where it was asked, and is not asked again where the write arrives."""
    create_group(clients, TABLE)
    cluster.part(AWAY)
    is_new = {"ConditionExpression": "attribute_not_exists(pk)"}
    clients[HOME].put_item(TableName=TABLE, Item=item(side="home"), **is_new)
    clients[AWAY].put_item(TableName=TABLE, Item=item(side="away"), **is_new)
    # However fine the clocks are, these are later.
    for number in range(20):
        clients[AWAY].put_item(TableName=TABLE, Item=item(side="away", n=number))
    for region in [HOME, AWAY]:
        for number in range(100):
            clients[region].put_item(TableName=TABLE, Item=item(pk=f"{region}-{number}"))
    wait_until_equal(some(clients, HOME, THIRD), TABLE)
    assert get(clients[THIRD], TABLE, item()) == item(side="home")
    assert len(scan(clients[THIRD], TABLE)) == 101
    assert len(scan(clients[AWAY], TABLE)) == 101
    cluster.join(AWAY)
    found = wait_until_equal(clients, TABLE)
    assert len(found) == 201
    assert item(side="away", n=19) in found


def test_what_two_servers_cannot_say_to_each_other_they_say_later(cluster, clients):
    create_group(clients, TABLE)
    cluster.part(HOME, AWAY)
    for region in REGIONS:
        clients[region].put_item(TableName=TABLE, Item=item(pk=region))
        wait_for_item(some(clients, THIRD, region), TABLE, item(pk=region), item(pk=region))
    cluster.join(HOME, AWAY)
    assert len(wait_until_equal(clients, TABLE)) == 3


@pytest.mark.parametrize("is_killed", [False, True], ids=["parted", "parted and killed"])
@pytest.mark.parametrize("last", ["put", "delete"])
@pytest.mark.parametrize("later", [HOME, AWAY])
def test_the_later_of_a_write_and_a_delete_wins(cluster, clients, later, last, is_killed):
    earlier = HOME if later == AWAY else AWAY
    create_group(clients, TABLE)
    clients[HOME].put_item(TableName=TABLE, Item=item(n=0))
    wait_for_item(clients, TABLE, item(), item(n=0))
    cluster.part(AWAY)
    if last == "put":
        clients[earlier].delete_item(TableName=TABLE, Key=item())
    else:
        clients[earlier].put_item(TableName=TABLE, Item=item(n=100))
    # However fine the clocks are, these are later.
    for number in range(1, 21):
        clients[later].put_item(TableName=TABLE, Item=item(n=number))
    if last == "delete":
        clients[later].delete_item(TableName=TABLE, Key=item())
    if is_killed:
        for region in [earlier, later]:
            cluster.restart(region)
    cluster.join(AWAY)
    wait_for_item(clients, TABLE, item(), item(n=20) if last == "put" else None)
    # The same Regions go on from there.
    clients[earlier].put_item(TableName=TABLE, Item=item(n=200))
    wait_for_item(clients, TABLE, item(), item(n=200))


def test_an_item_that_was_refreshed_elsewhere_does_not_stay_expired(cluster, clients):
    """An expiry is as old as the item that it removes."""
    create_group(clients, TABLE)
    switch_expiry(clients[HOME], TABLE, True)
    for client in clients.values():
        wait_for_expiry(client, TABLE)

    def session(seconds, number):
        return {**item(n=number), "until": {"N": str(int(time.time()) + seconds)}}

    first, refreshed = session(10_000, 1), session(20_000, 3)
    clients[HOME].put_item(TableName=TABLE, Item=first)
    wait_for_item(clients, TABLE, item(), first)
    cluster.part(AWAY)
    clients[AWAY].put_item(TableName=TABLE, Item=session(2, 2))
    for _ in range(20):
        clients[HOME].put_item(TableName=TABLE, Item=session(15_000, 0))
        clients[HOME].put_item(TableName=TABLE, Item=refreshed)
    wait_until(lambda: get(clients[AWAY], TABLE, item()) is None, "the item expires")
    cluster.join(AWAY)
    wait_for_item(clients, TABLE, item(), refreshed)


# While servers are killed


def test_a_replica_is_filled_although_servers_are_killed(cluster, clients):
    create(clients[HOME], TABLE, indexes=INDEX)
    fill(clients[HOME], 5000, filler="x" * 200)
    add(clients[HOME], TABLE, AWAY)
    for number, region in enumerate([HOME, AWAY, HOME, AWAY]):
        clients[HOME].put_item(TableName=TABLE, Item=item(pk=f"p{number}", g="between"))
        clients[HOME].delete_item(TableName=TABLE, Key=item(pk=f"p{4000 + number}"))
        cluster.restart(region)
    both = some(clients, HOME, AWAY)
    wait_for_group(both, TABLE, [HOME, AWAY])
    found = wait_until_equal(both, TABLE)
    assert len(found) == 4996
    for number in range(4):
        assert item(pk=f"p{number}", g="between") in found
    for client in both.values():
        assert scan(client, TABLE, IndexName="by-g") == found
        assert described(client, TABLE)["ItemCount"] == len(found)


def test_each_stream_shows_each_change_once_although_servers_are_killed(cluster, clients):
    create_group(clients, TABLE)
    expected = []
    for each in REGIONS * 2:
        for number, (region, client) in itertools.product(range(20), clients.items()):
            key = f"{len(expected)}-{region}-{number}"
            client.put_item(TableName=TABLE, Item=item(pk=key))
            expected.append(key)
        cluster.restart(each)
    wait_until_equal(clients, TABLE)
    # Each Region ends with a write that is seen after all of its own.
    for region, client in clients.items():
        client.put_item(TableName=TABLE, Item=item(pk=f"end-{region}"))
        wait_for_item(clients, TABLE, item(pk=f"end-{region}"), item(pk=f"end-{region}"))
        expected.append(f"end-{region}")
    for region in REGIONS:
        found = records(cluster.streams[region], clients[region], TABLE)
        assert {each["eventName"] for each in found} == {"INSERT"}
        assert sorted(each["dynamodb"]["Keys"]["pk"]["S"] for each in found) == sorted(expected)


# While everything happens


# What a write is refused with when another one got in its way. It has then not happened.
IN_THE_WAY = {"TransactionCanceledException", "TransactionConflictException"}
HOT = [f"hot-{number}" for number in range(4)]
OWN_COUNT = 40
PROGRESS = 15


class Memory:
    """What one writer knows of each key it writes: how its last acknowledged write left the item, and the marks
    of the writes since then that may or may not have happened. A delete leaves None, and has None for a mark."""

    def __init__(self):
        self.left = {}
        self.open = defaultdict(list)

    def acknowledge(self, key, left):
        self.left[key] = left
        self.open[key] = []

    def doubt(self, key, mark):
        self.open[key].append(mark)

    def may_have_left(self, key, found):
        """Whether the item may be the work of this writer."""
        mark = found["mark"]["S"] if found else None
        return (key in self.left and self.left[key] == found) or mark in self.open[key]


class Writer:
    """Writes to one Region in every way there is: to keys that are its own, and to a few that all writers share."""

    def __init__(self, cluster, region, number):
        self.region = region
        self.name = f"{region}-{number}"
        self.own = [f"{self.name}-{each}" for each in range(OWN_COUNT)]
        self.memory = Memory()
        # How many writes were acknowledged.
        self.count = 0
        self._client = cluster.connect(region)
        self._choice = random.Random(self.name)
        self._marks = itertools.count()

    def run(self, is_over):
        while not is_over.is_set():
            if not self._write():
                is_over.wait(0.05)

    def _write(self):
        """Makes one request. Returns whether the server is there."""
        kind = self._choice.choice(["put", "update", "delete", "batch", "transact"])
        if kind in {"batch", "transact"}:
            plan = {key: self._new(key) for key in self._choice.sample(self.own, 5)}
        else:
            key = self._choice.choice(HOT if self._choice.randrange(3) == 0 else self.own)
            plan = {key: None if kind == "delete" else self._new(key)}
        try:
            for key, left in getattr(self, f"_{kind}")(plan).items():
                self.memory.acknowledge(key, left)
            self.count += 1
            return True
        except (EndpointConnectionError, ConnectTimeoutError):
            return False
        except BotoCoreError:
            self._doubt(plan)
            return False
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
                self._doubt(plan)
                return False
            if error.response["Error"]["Code"] not in IN_THE_WAY:
                raise
            return True

    def _doubt(self, plan):
        for key, planned in plan.items():
            self.memory.doubt(key, planned["mark"]["S"] if planned else None)

    def _new(self, key):
        mark = f"{self.name}-{next(self._marks)}"
        return item(pk=key, mark=mark, g=self._choice.choice("abc"), n=self._choice.randrange(100))

    # Each kind of write gives how it left the items that it wrote.

    def _put(self, plan):
        [planned] = plan.values()
        self._client.put_item(TableName=TABLE, Item=planned)
        return plan

    def _update(self, plan):
        [(key, planned)] = plan.items()
        reply = self._client.update_item(
            TableName=TABLE,
            Key=item(pk=key),
            UpdateExpression="SET mark = :mark, g = :g ADD updates :one",
            ExpressionAttributeValues={**values(one=1), ":mark": planned["mark"], ":g": planned["g"]},
            ReturnValues="ALL_NEW",
        )
        return {key: without_marks(reply["Attributes"])}

    def _delete(self, plan):
        [key] = plan
        self._client.delete_item(TableName=TABLE, Key=item(pk=key))
        return plan

    def _batch(self, plan):
        first = next(iter(plan))
        plan[first] = None
        requests = [{"PutRequest": {"Item": planned}} for planned in plan.values() if planned]
        requests.append({"DeleteRequest": {"Key": item(pk=first)}})
        reply = self._client.batch_write_item(RequestItems={TABLE: requests})
        left_out = [
            request["DeleteRequest"]["Key"] if "DeleteRequest" in request else request["PutRequest"]["Item"]
            for request in reply["UnprocessedItems"].get(TABLE, [])
        ]
        return {key: plan[key] for key in plan.keys() - {each["pk"]["S"] for each in left_out}}

    def _transact(self, plan):
        actions = [{"Put": {"TableName": TABLE, "Item": planned}} for planned in plan.values()]
        self._client.transact_write_items(TransactItems=actions)
        return plan


class Writers:
    """Several writers in each Region, each in a thread of its own."""

    def __init__(self, cluster):
        self.all = [Writer(cluster, region, number) for region in REGIONS for number in range(3)]
        self.failures = []
        self.is_over = threading.Event()
        self.threads = [threading.Thread(target=self._run, args=(writer,)) for writer in self.all]

    def _run(self, writer):
        try:
            writer.run(self.is_over)
        except Exception as error:
            self.failures.append(error)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        for thread in self.threads:
            thread.join()

    def go_on(self, regions):
        """Waits until each writer in these Regions has had more writes acknowledged."""
        enough = {writer: writer.count + PROGRESS for writer in self.all if writer.region in regions}

        def have_gone_on():
            assert not self.failures
            return all(writer.count >= count for writer, count in enough.items())

        wait_until(have_gone_on, f"writers in {regions} go on")


@contextlib.contextmanager
def stopped(cluster, region):
    cluster.stop(region)
    yield [each for each in REGIONS if each != region]
    cluster.start(region)


@contextlib.contextmanager
def killed(cluster, region):
    cluster.kill(region)
    yield [each for each in REGIONS if each != region]
    cluster.start(region)


@contextlib.contextmanager
def parted(cluster, region):
    cluster.part(region)
    yield REGIONS
    cluster.join(region)


def replay(found):
    """The items as the records of a stream leave them, each of which goes on from the one before."""
    images = {}
    for each in found:
        change = each["dynamodb"]
        key = change["Keys"]["pk"]["S"]
        old, new = (
            without_marks(change[image]) if image in change else None for image in ["OldImage", "NewImage"]
        )
        assert old == images.get(key), each
        assert old != new, each
        images[key] = new
    return [image for _, image in sorted(images.items()) if image]


def check_items(writers, found):
    """All that was acknowledged is there, unless a later write has replaced it."""
    found = {each["pk"]["S"]: each for each in found}
    for writer in writers:
        for key in writer.own:
            left = found.pop(key, None)
            was_never_there = left is None and key not in writer.memory.left
            assert was_never_there or writer.memory.may_have_left(key, left), (key, left, vars(writer.memory))
    for key in HOT:
        left = found.pop(key, None)
        by = [writer.name for writer in writers if writer.memory.may_have_left(key, left)]
        was_never_there = left is None and not any(key in writer.memory.left for writer in writers)
        assert was_never_there or by, (key, left)
    assert not found


def check_replicas(cluster, found):
    """What follows from the items is right at every server."""
    for region, client in cluster.clients.items():
        assert described(client, TABLE)["ItemCount"] == len(found), region
        assert scan(client, TABLE, IndexName="by-g") == found, region
        assert replay(records(cluster.streams[region], client, TABLE)) == found, region


@pytest.mark.parametrize("version", [OLD, NEW])
def test_replicas_agree_and_nothing_acknowledged_is_lost_whatever_happens(cluster, clients, version):
    create_group(clients, TABLE, version, indexes=INDEX)
    with Writers(cluster) as writers:
        writers.go_on(REGIONS)
        for fault in [stopped, killed, parted]:
            for region in REGIONS:
                with fault(cluster, region) as others:
                    writers.go_on(others)
                writers.go_on(REGIONS)
        # Two at once: who is parted from a third writes on, while the second is down.
        for region, other in itertools.permutations(REGIONS, 2):
            with parted(cluster, region), killed(cluster, other) as others:
                writers.go_on(others)
        writers.go_on(REGIONS)
    assert not writers.failures
    found = wait_until_equal(clients, TABLE)
    check_items(writers.all, found)
    check_replicas(cluster, found)
    cluster.end()
    for region in REGIONS:
        checked = subprocess.run([binary(), "check", str(cluster.folder / region)], capture_output=True)
        assert checked.returncode == 0, checked.stdout


# How far behind


def lag(cluster, source, target):
    """How far a replica is behind, in seconds, as the source's metrics tell it; None where they do not."""
    with urllib.request.urlopen(f"http://{cluster.addresses[source]}/metrics") as reply:
        text = reply.read().decode()
    series = f'table="{TABLE}",source="{source}",target="{target}"'
    found = re.search(rf"^pixii_replication_lag_seconds{{[^}}]*{re.escape(series)}[^}}]*}} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else None


def test_metrics_tell_how_far_replicas_are_behind(cluster, clients):
    create_group(clients, TABLE)
    clients[HOME].put_item(TableName=TABLE, Item=item())
    wait_for_item(clients, TABLE, item(), item())
    for source, target in itertools.permutations(REGIONS, 2):
        wait_until(lambda: lag(cluster, source, target) is not None, f"{source} tells of {target}")
    cluster.part(AWAY)
    clients[HOME].put_item(TableName=TABLE, Item=item(n=1))
    wait_until(lambda: lag(cluster, HOME, AWAY) > 1, "what is not told gets old")
    cluster.join(AWAY)
    wait_for_item(clients, TABLE, item(), item(n=1))
    wait_until(lambda: lag(cluster, HOME, AWAY) == 0, "everything is told")
    remove(clients[HOME], TABLE, AWAY)
    wait_until(lambda: lag(cluster, HOME, AWAY) is None, "the replica is forgotten")
