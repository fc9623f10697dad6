"""Hostile bytes, and many clients at once."""

import json
import random
import socket
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from items import item, nested, value, values
from refusal import refused
from tables import schema


@pytest.fixture(autouse=True)
def still_serving(wire, table):
    """Whatever a test did, the server answers afterwards, and its items are as before."""
    body = {"TableName": table, "Item": {"pk": {"S": "witness"}}}
    assert wire.post("PutItem", body).status == 200
    yield
    key = {"TableName": table, "Key": {"pk": {"S": "witness"}}}
    assert wire.post("GetItem", key).json == {"Item": {"pk": {"S": "witness"}}}


# Bytes


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"Key":' + b'{"L":[' * 50_000,
        b'{"TableName":"' + b"\\" * 99_999,
        b'{"TableName":"\xff\xfe\xfd"}',
        b'{"TableName":"\\ud800"}',
        b'{"TableName":"\\udc00\\ud800"}',
        b'{"TableName":"\\u12"}',
        b'{"Limit":' + b"9" * 100_000 + b"}",
        b'{"Limit":1e' + b"9" * 100_000 + b"}",
        b'{"Limit":-}',
        b'{"Limit":01}',
        b'{"TableName":"abc","TableName":"abd"}',
        b"\x00" * 1000,
        b"{}{}",
        b"{} x",
        b"\xef\xbb\xbf{}",
        b"nul",
    ],
    ids=lambda body: body[:16].decode("latin-1").encode("unicode_escape").decode(),
)
@pytest.mark.parametrize("operation", ["PutItem", "DescribeTable", "Scan"])
def test_hostile_json_is_answered(wire, operation, body):
    reply = wire.post(operation, body)
    assert reply.status == 400
    assert reply.checksum_is_right


@pytest.mark.parametrize(
    "operation", ["PutItem", "UpdateItem", "Query", "BatchWriteItem", "CreateTable", "TransactWriteItems"]
)
def test_random_bytes_are_answered(wire, operation):
    generator = random.Random(operation)
    connection = wire.connect()
    for _ in range(40):
        reply = wire.post(operation, generator.randbytes(generator.randrange(300)), connection=connection)
        assert reply.status == 400
    connection.close()


def requests(table):
    """Good requests, to be spoiled."""
    key = {"pk": {"S": "a"}}
    placeholders = {":v": {"N": "1"}}
    return {
        "PutItem": {
            "TableName": table,
            "Item": {
                **key,
                "m": {"M": {"l": {"L": [{"N": "1.5"}, {"BOOL": True}, {"NULL": True}]}}},
                "b": {"B": "AAEC"},
                "s": {"SS": ["a", "b"]},
            },
            "ConditionExpression": "NOT (#a = :v OR size(b.c[0]) BETWEEN :v AND :v)",
            "ExpressionAttributeNames": {"#a": "x"},
            "ExpressionAttributeValues": placeholders,
        },
        "UpdateItem": {
            "TableName": table,
            "Key": key,
            "UpdateExpression": "SET a.b[3] = if_not_exists(c, :v) + :v REMOVE d ADD e :v",
            "ExpressionAttributeValues": placeholders,
        },
        "Query": {
            "TableName": table,
            "KeyConditionExpression": "pk = :v",
            "ProjectionExpression": "a.b[0], c",
            "ExpressionAttributeValues": placeholders,
        },
        "TransactWriteItems": {
            "TransactItems": [{"Delete": {"TableName": table, "Key": key}}],
            "ClientRequestToken": "spoiled",
        },
    }


def test_spoiled_requests_are_answered(wire, table):
    """Bytes of good requests are dropped, doubled, changed and swapped."""
    for operation, request in requests(table).items():
        good = json.dumps(request).encode()
        generator = random.Random(operation)
        connection = wire.connect()
        for _ in range(120):
            body = bytearray(good)
            for _ in range(generator.randrange(1, 4)):
                place = generator.randrange(len(body))
                match generator.randrange(4):
                    case 0:
                        del body[place]
                    case 1:
                        body.insert(place, body[place])
                    case 2:
                        body[place] = generator.randrange(256)
                    case 3:
                        body[place] = ord(generator.choice('{}[]",:()#=<>-.0eE\\'))
            reply = wire.post(operation, bytes(body), connection=connection)
            assert reply.status in {200, 400}, bytes(body)
        connection.close()


def test_spoiled_expressions_are_answered(wire, table):
    pieces = [
        "a",
        "#a",
        ":v",
        "(",
        ")",
        "[",
        "]",
        "0",
        "9" * 25,
        ".",
        ",",
        "=",
        "<>",
        "<",
        ">=",
        "+",
        "-",
        "AND",
        "OR",
        "NOT",
        "IN",
        "BETWEEN",
        "size",
        "contains",
        "attribute_exists",
        "SET",
        "REMOVE",
        "ADD",
        "DELETE",
        "if_not_exists",
        "list_append",
        " ",
        "\u00e9",
        "\U0001f600",
        "\x00",
    ]
    generator = random.Random(5)
    connection = wire.connect()
    for _ in range(400):
        text = " ".join(generator.choices(pieces, k=generator.randrange(1, 12)))
        kind, request = generator.choice(
            [
                ("ConditionExpression", {"Item": {"pk": {"S": "a"}}}),
                ("UpdateExpression", {"Key": {"pk": {"S": "a"}}}),
            ]
        )
        operation = "PutItem" if "Item" in request else "UpdateItem"
        body = {
            "TableName": table,
            **request,
            kind: text,
            "ExpressionAttributeNames": {"#a": "x"},
            "ExpressionAttributeValues": {":v": {"N": "1"}},
        }
        reply = wire.post(operation, body, connection=connection)
        assert reply.status in {200, 400}, text
    connection.close()


@pytest.mark.parametrize(
    "noise",
    [
        b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET\r\n\r\n",
        b"POST / HTTP/9.9\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\n" + b"X-Long: " + b"y" * 500_000 + b"\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\xff" * 100,
    ],
    ids=lambda noise: noise[:24].decode("latin-1").encode("unicode_escape").decode(),
)
def test_noise_on_a_connection_is_survived(wire, noise):
    host, port = wire.address.split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        try:
            connection.sendall(noise)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65_536):
                pass
        except OSError:
            pass  # To be cut off is a fair answer.


def test_a_client_that_leaves_early_is_survived(wire):
    for sent in [b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{", b"POST / HT"]:
        for _ in range(10):
            host, port = wire.address.split(":")
            with socket.create_connection((host, int(port)), timeout=5) as connection:
                connection.sendall(sent)


def test_what_is_echoed_is_bounded(wire, table):
    """A fault does not send a megabyte back."""
    long = "?" * 1_000_000
    for operation, body in [
        ("DescribeTable", {"TableName": long}),
        ("Scan", {"TableName": table, "FilterExpression": long}),
        ("Scan", {"TableName": table, "Select": long}),
        ("GetItem", {"TableName": table, "Key": {"pk": {"N": long}}}),
        ("PutItem", {"TableName": table, "Item": {"pk": {"S": "a"}, "s": {"SS": [long, long]}}}),
        ("BatchWriteItem", {"RequestItems": {table: [{}] * 100_000}}),
        ("CreateTable", {"TableName": "abc", "KeySchema": [{"KeyType": long}] * 3}),
    ]:
        reply = wire.post(operation, body)
        assert reply.status == 400
        assert len(reply.body) < 100_000, operation


def test_very_deep_values_are_refused_wherever_a_value_may_be(wire, table):
    deep = nested(5_000)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)
    try:
        for operation, body in [
            ("PutItem", {"TableName": table, "Item": {"pk": {"S": "a"}, "v": deep}}),
            ("GetItem", {"TableName": table, "Key": {"pk": deep}}),
            ("Scan", {"TableName": table, "ExclusiveStartKey": {"pk": deep}}),
            (
                "Scan",
                {
                    "TableName": table,
                    "FilterExpression": "a = :v",
                    "ExpressionAttributeValues": {":v": deep},
                },
            ),
        ]:
            body = json.dumps(body).encode()
            assert wire.post(operation, body).status == 400
    finally:
        sys.setrecursionlimit(limit)


# Many at once


THREADS = 16
ROUNDS = 15


def together(work):
    """Runs the work in all threads at once and gives their results."""
    barrier = threading.Barrier(THREADS)

    def run(number):
        barrier.wait()
        return work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


def test_additions_by_many_threads_lose_nothing(client, table):
    def add(_):
        for _ in range(ROUNDS):
            client.update_item(
                TableName=table,
                Key=item(),
                UpdateExpression="ADD n :one",
                ExpressionAttributeValues=values(one=1),
            )

    together(add)
    assert client.get_item(TableName=table, Key=item(), ConsistentRead=True)["Item"]["n"] == value(
        THREADS * ROUNDS
    )


def test_conditional_increments_by_many_threads_lose_nothing(client, table):
    """Each reads, adds one, and writes on condition that nobody was faster."""
    client.put_item(TableName=table, Item=item(n=0))

    def increment(_):
        done = 0
        while done < ROUNDS // 3:
            seen = client.get_item(TableName=table, Key=item(), ConsistentRead=True)["Item"]["n"]
            try:
                client.put_item(
                    TableName=table,
                    Item=item(n=int(seen["N"]) + 1),
                    ConditionExpression="n = :seen",
                    ExpressionAttributeValues={":seen": seen},
                )
                done += 1
            except client.exceptions.ConditionalCheckFailedException:
                pass
        return done

    assert sum(together(increment)) == THREADS * (ROUNDS // 3)
    seen = client.get_item(TableName=table, Key=item(), ConsistentRead=True)["Item"]["n"]
    assert seen == value(THREADS * (ROUNDS // 3))


def test_of_many_that_want_to_be_first_one_is(client, table):
    def claim(number):
        won = 0
        for round_number in range(ROUNDS):
            try:
                client.put_item(
                    TableName=table,
                    Item=item(pk=f"prize-{round_number}", winner=number),
                    ConditionExpression="attribute_not_exists(pk)",
                )
                won += 1
            except client.exceptions.ConditionalCheckFailedException:
                pass
        return won

    assert sum(together(claim)) == ROUNDS


def test_batches_and_transactions_mind_each_other(client, table):
    """Every write counts for one, whichever way it comes."""
    counted = []

    def write(number):
        for _ in range(ROUNDS // 3):
            if number % 2:
                client.update_item(
                    TableName=table,
                    Key=item(),
                    UpdateExpression="ADD n :one",
                    ExpressionAttributeValues=values(one=1),
                )
                counted.append(1)
                continue
            update = {
                "TableName": table,
                "Key": item(),
                "UpdateExpression": "ADD n :one",
                "ExpressionAttributeValues": values(one=1),
            }
            client.transact_write_items(TransactItems=[{"Update": update}])
            counted.append(1)

    def patient(number):
        try:
            write(number)
        except (
            client.exceptions.TransactionCanceledException,
            client.exceptions.TransactionConflictException,
        ) as error:
            assert "TransactionConflict" in str(error)

    together(patient)
    seen = client.get_item(TableName=table, Key=item(), ConsistentRead=True)["Item"]["n"]
    assert seen == value(len(counted))


def test_an_index_follows_its_table_under_contention(client, make_table):
    indexed = make_table(indexes={"by-g": ("g", None, "ALL")})

    def write(number):
        generator = random.Random(number)
        for _ in range(ROUNDS):
            key = str(generator.randrange(5))
            if generator.random() < 0.2:
                client.delete_item(TableName=indexed, Key=item(pk=key))
            else:
                client.put_item(
                    TableName=indexed, Item=item(pk=key, g=str(generator.randrange(3)), by=number)
                )

    together(write)
    of_table = client.scan(TableName=indexed, ConsistentRead=True)["Items"]
    of_index = client.scan(TableName=indexed, IndexName="by-g")["Items"]
    assert sorted(of_index, key=str) == sorted(of_table, key=str)


def test_tables_are_made_and_deleted_by_many_threads(client, name):
    def churn(number):
        table = f"{name}-{number}"
        client.create_table(TableName=table, **schema())
        client.get_waiter("table_exists").wait(TableName=table, WaiterConfig={"Delay": 1})
        client.put_item(TableName=table, Item=item(v=number))
        assert client.get_item(TableName=table, Key=item())["Item"] == item(v=number)
        client.delete_table(TableName=table)

    together(churn)


def test_of_many_that_make_one_table_one_does(client, name):
    def make(_):
        try:
            client.create_table(TableName=name, **schema())
            return 1
        except client.exceptions.ResourceInUseException:
            return 0

    assert sum(together(make)) == 1
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    client.delete_table(TableName=name)


def test_a_refused_request_leaves_no_trace(client, table):
    with refused():
        client.batch_write_item(
            RequestItems={table: [{"PutRequest": {"Item": item(pk="x")}}, {"PutRequest": {"Item": {}}}]}
        )
    assert client.scan(TableName=table)["Count"] == 1
