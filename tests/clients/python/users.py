"""Users of a server, what they may do, and the commands about them."""

import contextlib
import json
import os
import subprocess
import uuid
from dataclasses import dataclass

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from conftest import REGION, connect
from refusal import refused
from server import Server, binary
from wire import ACCESS_KEY, SECRET, Reply, Wire

ACCOUNT = "123456789012"
OTHER_ACCOUNT = "210987654321"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
FULL = "arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess"
READ_ONLY = "arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess"


class Refused(Exception):
    """A command that was not done."""

    def __init__(self, reply: Reply):
        super().__init__(f"{reply.status} {reply.error}: {reply.message}")
        self.reply = reply


class Admin:
    """Gives a server commands about its users."""

    def __init__(self, endpoint, access_key, secret, token=None, region=REGION):
        self.wire = Wire(endpoint, region)
        self.credentials = Credentials(access_key, secret, token)

    def send(self, command, body) -> Reply:
        """The reply as it came. A body that is not bytes is written as JSON."""
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        path = f"/_pixii/admin/{command}"
        headers = {"Host": self.wire.address, "Content-Type": "application/json"}
        request = AWSRequest("POST", f"http://{self.wire.address}{path}", headers, body)
        SigV4Auth(self.credentials, "dynamodb", self.wire.region).add_auth(request)
        return self.wire.send("POST", path, dict(request.headers.items()), body)

    def __call__(self, command, **body):
        """What came of a command. Of the other account it is given by the root of that one."""
        is_root = self.credentials.access_key == ACCESS_KEY
        if is_root and body.get("Account") == OTHER_ACCOUNT:
            return Admin(f"http://{self.wire.address}", OTHER_ACCOUNT, SECRET)(command, **body)
        reply = self.send(command, body)
        if reply.status != 200:
            raise Refused(reply)
        return reply.json

    @contextlib.contextmanager
    def refuses(self, status, code, containing=()):
        """Expects the block to end with a command that is not done."""
        try:
            yield
        except Refused as refused:
            reply = refused.reply
            assert (reply.status, reply.error) == (status, code), refused
            assert reply.message, "it says why"
            for part in [containing] if isinstance(containing, str) else containing:
                assert part in reply.message
            assert reply.checksum_is_right
        else:
            raise AssertionError("the command was done")


@dataclass
class User:
    """A user with one key."""

    endpoint: str
    root: Admin
    account: str
    name: str
    key: str
    secret: str

    @property
    def arn(self):
        return f"arn:aws:iam::{self.account}:user/{self.name}"

    @property
    def admin(self):
        """Gives commands as this user."""
        return Admin(self.endpoint, self.key, self.secret)

    def client(self, service="dynamodb", **config):
        return connect(self.endpoint, service, key=self.key, secret=self.secret, **config)

    def may(self, *statements, policy="own"):
        """Gives the user a policy, in place of the one of that name."""
        body = {"PolicyName": policy, "PolicyDocument": document(*statements)}
        self.root("PutUserPolicy", UserName=self.name, Account=self.account, **body)
        return self

    def may_no_more(self, policy="own"):
        self.root("DetachUserPolicy", UserName=self.name, Account=self.account, PolicyName=policy)


def make(root: Admin, *statements, account=ACCOUNT, name=None, managed=(), tags=None) -> User:
    """Makes a user with a key, who may do what the statements and the managed policies say."""
    name = name or f"u-{uuid.uuid4().hex[:12]}"
    tags = [{"Key": key, "Value": value} for key, value in (tags or {}).items()]
    made = root("CreateUser", UserName=name, Account=account, CreateAccessKey=True, Tags=tags)
    key = made["AccessKey"]
    endpoint = f"http://{root.wire.address}"
    user = User(endpoint, root, account, name, key["AccessKeyId"], key["SecretAccessKey"])
    if statements:
        user.may(*statements)
    for arn in managed:
        root("AttachUserPolicy", UserName=name, Account=account, PolicyArn=arn)
    return user


def session_client(endpoint, credentials, service="dynamodb", **config):
    """A client with the credentials of a session."""
    return connect(
        endpoint,
        service,
        key=credentials["AccessKeyId"],
        secret=credentials["SecretAccessKey"],
        token=credentials["SessionToken"],
        **config,
    )


# Policies


def document(*statements) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def action(name):
    return name if ":" in name or name == "*" else f"dynamodb:{name}"


def statement(effect, *actions, on="*", when=None, to=None, sid=None):
    """A statement. `when` is its condition, `to` its principals."""
    made = {"Effect": effect, "Action": [action(each) for each in actions], "Resource": on}
    for name, value in [("Condition", when), ("Principal", to), ("Sid", sid)]:
        if value is not None:
            made[name] = value
    return made


def allow(*actions, **parts):
    return statement("Allow", *actions, **parts)


def deny(*actions, **parts):
    return statement("Deny", *actions, **parts)


def arn(resource, account=ACCOUNT, region=REGION):
    return f"arn:aws:dynamodb:{region}:{account}:{resource}"


def table_arn(table, account=ACCOUNT):
    return arn(f"table/{table}", account)


# Denials

NO_IDENTITY = "because no identity-based policy allows the {action} action"
NO_SESSION = "because no session policy allows the {action} action"
NO_RESOURCE = "because no resource-based policy allows the {action} action"
IDENTITY_DENIES = "with an explicit deny in an identity-based policy"
RESOURCE_DENIES = "with an explicit deny in a resource-based policy"
SESSION_DENIES = "with an explicit deny in a session policy"


def denial(principal, name, resource, why=NO_IDENTITY):
    """The whole message."""
    name = action(name)
    start = f"User: {principal} is not authorized to perform: {name} on resource: {resource}"
    return f"{start} {why.format(action=name)}"


def denied(principal=None, name=None, resource=None, why=NO_IDENTITY):
    """Expects the block to be denied, with the whole message where it is said who may not do what."""
    message = denial(principal, name, resource, why) if principal else None
    return refused("AccessDeniedException", message)


# Servers

# The roots of both accounts.
ROOTS = f"{ACCESS_KEY}:{SECRET},{OTHER_ACCOUNT}:{SECRET}"


@pytest.fixture(scope="module")
def root(own_server):
    """Commands by the root of a server that the tests of a module share, with users and tables of their own; the root
    of another account is there too."""
    server = Server("--in-memory", "--credentials", ROOTS)
    yield Admin(server.endpoint, ACCESS_KEY, SECRET)
    server.end()


@pytest.fixture(scope="module")
def endpoint(root):
    return f"http://{root.wire.address}"


@pytest.fixture(scope="module")
def client(endpoint):
    """A client of root, who makes what users then use."""
    return connect(endpoint)


# The command line


def pixii(*arguments, **environment) -> subprocess.CompletedProcess:
    """Runs the program with nothing of this machine's settings."""
    kept = {name: os.environ[name] for name in ["PATH"] if name in os.environ}
    return subprocess.run(
        [binary(), *map(str, arguments)],
        env={**kept, "AWS_EC2_METADATA_DISABLED": "true", **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


def told(*arguments, **environment):
    """The JSON that the program prints."""
    done = pixii(*arguments, "--output", "json", **environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
