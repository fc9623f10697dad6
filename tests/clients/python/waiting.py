"""Waiting for what the server does behind the scenes."""

import time

SECONDS_MAX = 120


def wait_until(holds, what):
    """Asks until it holds, and gives what it gave."""
    deadline = time.monotonic() + SECONDS_MAX
    while time.monotonic() < deadline:
        found = holds()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"it never happened: {what}")


def wait_for_index(client, table, index):
    """Waits until an index can be read, and gives its description."""

    def active():
        indexes = client.describe_table(TableName=table)["Table"].get("GlobalSecondaryIndexes", [])
        found = next(each for each in indexes if each["IndexName"] == index)
        return found if found["IndexStatus"] == "ACTIVE" else None

    return wait_until(active, f"{index} of {table} is ACTIVE")


def wait_for_expiry(client, table):
    """Waits until every item that is there will expire."""

    def enabled():
        described = client.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
        return described["TimeToLiveStatus"] == "ENABLED"

    wait_until(enabled, f"the items of {table} expire")
