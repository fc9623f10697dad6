"""One server for the whole run, and a table of its own for each test."""

import contextlib
import os
import uuid

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from server import Server
from tables import schema
from wire import ACCESS_KEY, SECRET, Wire

REGION = "us-east-1"


def pytest_addoption(parser):
    parser.addoption(
        "--endpoint",
        default=os.environ.get("PIXII_ENDPOINT"),
        help="test a server that is already up, instead of starting one",
    )


def connect(
    endpoint, service="dynamodb", region=REGION, key=ACCESS_KEY, secret=SECRET, token=None, **config
):
    """A client that never retries, so that a test sees every reply."""
    config.setdefault("retries", {"total_max_attempts": 1})
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
        config=Config(max_pool_connections=32, **config),
    )


@pytest.fixture(scope="session")
def server(request):
    """The server that this run started, or None."""
    if request.config.getoption("--endpoint"):
        yield None
        return
    server = Server("--in-memory")
    yield server
    if server.is_running():
        server.end()
    else:
        pytest.fail(f"the server died with status {server.process.returncode}")


@pytest.fixture(scope="session")
def endpoint(request, server):
    return server.endpoint if server else request.config.getoption("--endpoint")


@pytest.fixture(scope="session")
def client(endpoint):
    """An SDK client as a user would have it."""
    return connect(endpoint)


@pytest.fixture(scope="session")
def loose(endpoint):
    """A client that sends faulty parameters instead of finding the faults itself."""
    return connect(endpoint, parameter_validation=False)


@pytest.fixture(scope="session")
def wire(endpoint):
    return Wire(endpoint)


@pytest.fixture(scope="session")
def own_server(request):
    """Marks tests that need servers of their own, with options of their own."""
    if request.config.getoption("--endpoint"):
        pytest.skip("needs a server of its own")


@pytest.fixture
def name():
    """A table name that nothing else has."""
    return f"t-{uuid.uuid4().hex}"


@pytest.fixture
def make_table(client):
    """Makes tables, which go when the test ends. See `schema` for what it takes."""
    made = []

    def make(**options):
        table = options.pop("name", None) or f"t-{uuid.uuid4().hex}"
        client.create_table(TableName=table, **schema(**options))
        made.append(table)
        client.get_waiter("table_exists").wait(TableName=table, WaiterConfig={"Delay": 1})
        return table

    yield make
    for table in made:
        with contextlib.suppress(ClientError, BotoCoreError):
            client.delete_table(TableName=table)


@pytest.fixture
def table(make_table):
    """A table with the partition key `pk`, a string, and nothing else."""
    return make_table()


@pytest.fixture
def sorted_table(make_table):
    """A table with the partition key `pk` and the sort key `sk`, both strings."""
    return make_table(sort="sk")
