"""Items that expire."""

import time

import pytest

from conftest import connect
from items import item
from refusal import refused
from server import Server
from tables import schema
from waiting import wait_for_expiry, wait_until


def switch(client, table, is_on, attribute="until"):
    return client.update_time_to_live(
        TableName=table, TimeToLiveSpecification={"Enabled": is_on, "AttributeName": attribute}
    )["TimeToLiveSpecification"]


def until(seconds):
    return {"until": {"N": str(int(time.time()) + seconds)}}


def ids(client, table):
    pages = client.get_paginator("scan").paginate(TableName=table)
    return sorted(each["pk"]["S"] for page in pages for each in page["Items"])


def test_an_expired_item_goes_within_seconds_and_the_others_stay(client, make_table):
    table = make_table(indexes={"by-g": ("g", None, "ALL")})
    assert switch(client, table, True) == {"Enabled": True, "AttributeName": "until"}
    wait_for_expiry(client, table)
    client.put_item(TableName=table, Item={**item(pk="past", g="x"), **until(-10)})
    client.put_item(TableName=table, Item={**item(pk="soon", g="x"), **until(2)})
    client.put_item(TableName=table, Item={**item(pk="later", g="x"), **until(10_000)})
    client.put_item(TableName=table, Item=item(pk="never", g="x", until="soon"))
    wait_until(lambda: ids(client, table) == ["later", "never"], "what is due goes")
    assert client.scan(TableName=table, IndexName="by-g", Select="COUNT")["Count"] == 2
    assert client.describe_table(TableName=table)["Table"]["ItemCount"] == 2


def test_items_that_are_older_than_the_setting_expire(client, table):
    for first in range(0, 2000, 25):
        puts = [
            {"PutRequest": {"Item": {**item(pk=f"{number:05}"), **until(-5 if number % 2 else 5000)}}}
            for number in range(first, first + 25)
        ]
        client.batch_write_item(RequestItems={table: puts})
    switch(client, table, True)
    wait_until(lambda: len(ids(client, table)) == 1000, "half of the items go")
    assert all(int(each) % 2 == 0 for each in ids(client, table))


def test_it_is_described(client, table):
    assert client.describe_time_to_live(TableName=table)["TimeToLiveDescription"] == {
        "TimeToLiveStatus": "DISABLED"
    }
    switch(client, table, True, "gone-at")
    wait_for_expiry(client, table)
    assert client.describe_time_to_live(TableName=table)["TimeToLiveDescription"] == {
        "TimeToLiveStatus": "ENABLED",
        "AttributeName": "gone-at",
    }
    with refused("ValidationException", "TimeToLive is already enabled"):
        switch(client, table, True, "gone-at")
    with refused(
        "ValidationException",
        "TimeToLive is active on a different AttributeName: current AttributeName is gone-at",
    ):
        switch(client, table, False)
    switch(client, table, False, "gone-at")
    with refused("ValidationException", "TimeToLive is already disabled"):
        switch(client, table, False, "gone-at")


@pytest.mark.usefixtures("own_server")
def test_what_is_due_goes_after_a_crash(tmp_path):
    data = tmp_path / "data"
    server = Server("--data", str(data))
    client = connect(server.endpoint)
    client.create_table(TableName="sessions", **schema())
    switch(client, "sessions", True)
    wait_for_expiry(client, "sessions")
    client.put_item(TableName="sessions", Item={**item(pk="soon"), **until(1)})
    client.put_item(TableName="sessions", Item={**item(pk="later"), **until(5000)})
    server.kill()
    server = Server("--data", str(data))
    try:
        client = connect(server.endpoint)
        wait_until(lambda: ids(client, "sessions") == ["later"], "what is due goes")
    finally:
        server.kill()
