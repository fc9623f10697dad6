"""Users, their keys and their sessions: made on the command line or by the server, and believed at once."""

import base64
import contextlib
import json
import re
import subprocess
import time

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from conftest import connect
from items import item
from refusal import refused
from server import Server, binary
from tables import schema
from users import (
    ACCOUNT,
    ADMINISTRATOR,
    FULL,
    NO_SESSION,
    OTHER_ACCOUNT,
    READ_ONLY,
    ROOTS,
    SESSION_DENIES,
    Admin,
    Refused,
    allow,
    arn,
    denial,
    denied,
    deny,
    document,
    make,
    pixii,
    root,
    session_client,
    table_arn,
    told,
)
from wire import ACCESS_KEY, SECRET

pytestmark = pytest.mark.usefixtures("own_server")

KEY = "0123456789abcdef" * 4
WRONG_KEY = "fedcba9876543210" * 4
UNKNOWN_KEY_ID = "AKIA" + "A" * 16


@pytest.fixture
def user(root):
    """A user who may do nothing yet."""
    return make(root)


@pytest.fixture
def data(tmp_path):
    """The folder of a database that nobody serves yet."""
    return tmp_path / "data"


@pytest.fixture
def serve(data):
    """Starts servers on that folder, one after another."""
    servers = []

    def start(*options):
        for server in servers:
            if server.is_running():
                server.end()
        servers.append(Server("--data", str(data), *options))
        return servers[-1]

    yield start
    for server in servers:
        if server.is_running():
            server.kill()


def administrator(data, name="admin", **environment):
    """The key of an administrator, made in the folder."""
    made = told("user", "create", name, "--administrator", "--data", data, **environment)
    return made["AccessKey"]["AccessKeyId"], made["AccessKey"]["SecretAccessKey"]


def as_key(key_id, secret):
    """The environment of who has this key."""
    return {"AWS_ACCESS_KEY_ID": key_id, "AWS_SECRET_ACCESS_KEY": secret}


def start_refused(*options, listen="127.0.0.1:0", **environment):
    """What a server that does not start says."""
    done = subprocess.run(
        [binary(), "serve", "--listen", listen, *map(str, options)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode != 0
    return done.stderr


def works(client):
    client.list_tables()
    return True


# Users


def test_a_user_is_made_with_an_id_and_an_arn(root):
    before = time.time()
    made = root("CreateUser", UserName="ann")
    user = made["User"]
    assert user["UserName"] == "ann"
    assert re.fullmatch(r"AIDA[A-Z2-7]{17}", user["UserId"])
    assert user["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/ann"
    assert before - 5 < user["CreateDate"] < time.time() + 5
    assert "AccessKey" not in made
    described = root("GetUser", UserName="ann")
    assert described["User"] == user
    assert (described["AccessKeys"], described["Policies"]) == ([], [])


def test_a_user_is_made_with_a_key_whose_secret_is_never_shown_again(root):
    made = root("CreateUser", UserName="bob", CreateAccessKey=True)
    key = made["AccessKey"]
    assert re.fullmatch(r"AKIA[A-Z2-7]{16}", key["AccessKeyId"])
    assert re.fullmatch(r"[A-Za-z0-9/+]{40}", key["SecretAccessKey"])
    assert (key["UserName"], key["Status"]) == ("bob", "Active")
    assert key["CreateDate"] >= made["User"]["CreateDate"]
    described = root("GetUser", UserName="bob")
    assert [(each["AccessKeyId"], each["Status"]) for each in described["AccessKeys"]] == [
        (key["AccessKeyId"], "Active")
    ]
    assert key["SecretAccessKey"] not in json.dumps(described)
    assert key["SecretAccessKey"] not in json.dumps(root("ListUsers"))


def test_an_administrator_may_do_everything(root):
    made = root("CreateUser", UserName="carol", IsAdministrator=True, CreateAccessKey=True)
    key = made["AccessKey"]
    endpoint = f"http://{root.wire.address}"
    client = connect(endpoint, key=key["AccessKeyId"], secret=key["SecretAccessKey"])
    client.create_table(TableName="of-carol", **schema())
    client.delete_table(TableName="of-carol")
    assert root("GetUser", UserName="carol")["Policies"] == [{"PolicyArn": ADMINISTRATOR}]
    carol = Admin(endpoint, key["AccessKeyId"], key["SecretAccessKey"])
    assert "carol" in {each["UserName"] for each in carol("ListUsers")["Users"]}


def test_users_are_listed_by_name(root):
    for name in ["zoe", "Zoe", "amy"]:
        root("CreateUser", UserName=name)
    names = [each["UserName"] for each in root("ListUsers")["Users"]]
    assert {"zoe", "Zoe", "amy"} <= set(names)
    assert names == sorted(names)


def test_a_name_in_use_is_refused(root, user):
    with root.refuses(409, "EntityAlreadyExists", user.name):
        root("CreateUser", UserName=user.name)


@pytest.mark.parametrize("name", ["a", "A9_+=,.@-", "a" * 64])
def test_names_are_those_of_iam(root, name):
    assert root("CreateUser", UserName=name)["User"]["UserName"] == name
    root("DeleteUser", UserName=name)


def test_a_member_that_is_there_twice_is_refused(root, user):
    reply = root.send("DeleteUser", b'{"UserName": "another", "UserName": "%s"}' % user.name.encode())
    assert (reply.status, reply.error) == (400, "ValidationError")
    assert root("GetUser", UserName=user.name)


@pytest.mark.parametrize("name", ["", "a b", "a/b", "a:b", "a*", "é", "a" * 65])
def test_another_name_is_refused(root, name):
    with root.refuses(400, "ValidationError"):
        root("CreateUser", UserName=name)


@pytest.mark.parametrize("account", ["", "12345678901", "1234567890123", "111122223333"])
def test_root_makes_users_of_its_own_account_only(root, account):
    with root.refuses(400, "AccessDeniedException", "account"):
        root("CreateUser", UserName="somebody", Account=account)


def test_a_deleted_user_is_gone_with_its_keys_and_policies(root, user):
    user.may(allow("ListTables"))
    assert works(user.client())
    assert root("DeleteUser", UserName=user.name) == {}
    with root.refuses(404, "NoSuchEntity", user.name):
        root("GetUser", UserName=user.name)
    with refused("UnrecognizedClientException"):
        user.client().list_tables()
    again = root("CreateUser", UserName=user.name)["User"]
    described = root("GetUser", UserName=user.name)
    assert (described["AccessKeys"], described["Policies"]) == ([], [])
    assert described["User"]["UserId"] == again["UserId"]


def test_an_id_is_never_used_again(root, user):
    first = root("GetUser", UserName=user.name)["User"]["UserId"]
    root("DeleteUser", UserName=user.name)
    assert root("CreateUser", UserName=user.name)["User"]["UserId"] != first


@pytest.mark.parametrize(
    ("command", "body"),
    [
        ("GetUser", {}),
        ("DeleteUser", {}),
        ("CreateAccessKey", {}),
        ("RotateAccessKey", {"AccessKeyId": UNKNOWN_KEY_ID}),
        ("UpdateAccessKey", {"AccessKeyId": UNKNOWN_KEY_ID, "Status": "Active"}),
        ("DeleteAccessKey", {"AccessKeyId": UNKNOWN_KEY_ID}),
        ("PutUserPolicy", {"PolicyName": "p", "PolicyDocument": document(allow("*"))}),
        ("AttachUserPolicy", {"PolicyArn": FULL}),
        ("DetachUserPolicy", {"PolicyArn": FULL}),
        ("DetachUserPolicy", {"PolicyName": "p"}),
        ("TagUser", {"Tags": [{"Key": "a", "Value": "b"}]}),
        ("UntagUser", {"TagKeys": ["a"]}),
        ("SimulatePolicy", {"ActionNames": ["dynamodb:Scan"], "ResourceArns": ["*"]}),
    ],
)
def test_a_user_who_is_not_there_is_no_such_entity(root, command, body):
    with root.refuses(404, "NoSuchEntity", "nobody"):
        root(command, UserName="nobody", **body)


@pytest.mark.parametrize(
    "command",
    [
        "AttachUserPolicy",
        "CreateAccessKey",
        "CreateUser",
        "DeleteAccessKey",
        "DeleteUser",
        "DetachUserPolicy",
        "GetUser",
        "PutUserPolicy",
        "RotateAccessKey",
        "TagUser",
        "UntagUser",
        "UpdateAccessKey",
    ],
)
def test_a_command_without_its_members_is_a_validation_error(root, command):
    with root.refuses(400, "ValidationError"):
        root(command)


@pytest.mark.parametrize(
    ("command", "body"),
    [
        ("GetUser", {}),
        ("DeleteUser", {}),
        ("CreateAccessKey", {}),
        ("RotateAccessKey", {"AccessKeyId": "{key}"}),
        ("UpdateAccessKey", {"AccessKeyId": "{key}", "Status": "Active"}),
        ("DeleteAccessKey", {"AccessKeyId": "{key}"}),
        ("PutUserPolicy", {"PolicyName": "p", "PolicyDocument": document(allow("*"))}),
        ("AttachUserPolicy", {"PolicyArn": FULL}),
        ("DetachUserPolicy", {"PolicyName": "own"}),
        ("TagUser", {"Tags": []}),
        ("UntagUser", {"TagKeys": []}),
        ("CreateUser", {}),
        ("ListUsers", None),
        ("GetSessionToken", None),
        ("SimulatePolicy", {"ActionNames": ["dynamodb:GetItem"]}),
    ],
)
def test_a_member_that_is_unknown_is_a_validation_error(root, user, command, body):
    """Such as one that is misspelled, and would otherwise be taken for one that is left out."""
    user.may(allow("ListTables"))
    name = {} if body is None else {"UserName": f"new-{user.name}" if command == "CreateUser" else user.name}
    members = {member: user.key if value == "{key}" else value for member, value in (body or {}).items()}
    with root.refuses(400, "ValidationError", "Acount"):
        root(command, **name, **members, Acount=OTHER_ACCOUNT)


def test_a_policy_is_detached_by_its_name_or_its_arn_and_not_by_both(root, user):
    user.may(allow("ListTables"))
    root("AttachUserPolicy", UserName=user.name, PolicyArn=FULL)
    with root.refuses(400, "ValidationError"):
        root("DetachUserPolicy", UserName=user.name, PolicyArn=FULL, PolicyName="own")


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"null", b"\xff", b'{"UserName":1}'])
def test_a_body_that_is_no_object_of_the_command_is_a_validation_error(root, body):
    reply = root.send("GetUser", body)
    assert (reply.status, reply.error) == (400, "ValidationError")


def test_a_command_that_there_is_not_is_told_those_there_are(root):
    with root.refuses(400, "ValidationError", ["CreateRole", "CreateUser", "SimulatePolicy"]):
        root("CreateRole", RoleName="x")


def test_a_command_needs_a_signature(root):
    path = "/_pixii/admin/ListUsers"
    reply = root.wire.send("POST", path, {"Content-Type": "application/json"}, b"{}")
    assert (reply.status, reply.error) == (400, "MissingAuthenticationTokenException")
    wrong = Admin(f"http://{root.wire.address}", ACCESS_KEY, "wrong")
    assert wrong.send("ListUsers", {}).error == "InvalidSignatureException"
    stranger = Admin(f"http://{root.wire.address}", "AKIDSTRANGER", SECRET)
    assert stranger.send("ListUsers", {}).error == "UnrecognizedClientException"


# Tags of users


def tags_of(root, user):
    return {each["Key"]: each["Value"] for each in root("GetUser", UserName=user.name)["User"]["Tags"]}


def test_tags_come_and_go(root):
    user = make(root, tags={"team": "red", "level": "1"})
    assert tags_of(root, user) == {"team": "red", "level": "1"}
    root("TagUser", UserName=user.name, Tags=[{"Key": "team", "Value": "blue"}, {"Key": "new", "Value": ""}])
    assert tags_of(root, user) == {"team": "blue", "level": "1", "new": ""}
    root("UntagUser", UserName=user.name, TagKeys=["level", "never"])
    assert tags_of(root, user) == {"team": "blue", "new": ""}


@pytest.mark.parametrize("tag", [("", "v"), ("k" * 129, "v"), ("k", "v" * 257)])
def test_a_tag_that_is_too_long_or_has_no_key_is_a_validation_error(root, user, tag):
    key, value = tag
    with root.refuses(400, "ValidationError"):
        root("TagUser", UserName=user.name, Tags=[{"Key": key, "Value": value}])


def test_a_user_has_fifty_tags_at_most(root, user):
    tags = [{"Key": f"k{number}", "Value": "v"} for number in range(50)]
    root("TagUser", UserName=user.name, Tags=tags)
    with pytest.raises(Refused) as caught:
        root("TagUser", UserName=user.name, Tags=[{"Key": "one more", "Value": "v"}])
    assert caught.value.reply.error in {"LimitExceeded", "ValidationError"}
    assert len(tags_of(root, user)) == 50


# Keys


def statuses(root, user):
    keys = root("GetUser", UserName=user.name)["AccessKeys"]
    return {each["AccessKeyId"]: each["Status"] for each in keys}


def test_a_user_has_two_keys_at_most(root, user):
    user.may(allow("ListTables"))
    second = root("CreateAccessKey", UserName=user.name)["AccessKey"]
    assert works(connect(user.endpoint, key=second["AccessKeyId"], secret=second["SecretAccessKey"]))
    assert works(user.client())
    with root.refuses(409, "LimitExceeded", "2"):
        root("CreateAccessKey", UserName=user.name)
    with root.refuses(409, "LimitExceeded", "2"):
        root("RotateAccessKey", UserName=user.name, AccessKeyId=user.key)
    assert statuses(root, user) == {user.key: "Active", second["AccessKeyId"]: "Active"}


def test_a_key_that_is_switched_off_is_refused_at_once_and_works_when_on_again(root, user):
    user.may(allow("ListTables"))
    client = user.client()
    assert works(client)
    switch = {"UserName": user.name, "AccessKeyId": user.key}
    assert root("UpdateAccessKey", **switch, Status="Inactive") == {}
    assert statuses(root, user) == {user.key: "Inactive"}
    with refused("UnrecognizedClientException"):
        client.list_tables()
    root("UpdateAccessKey", **switch, Status="Active")
    assert works(client)


@pytest.mark.parametrize("status", ["active", "Expired", "", None])
def test_a_status_that_there_is_not_is_a_validation_error(root, user, status):
    with root.refuses(400, "ValidationError"):
        root("UpdateAccessKey", UserName=user.name, AccessKeyId=user.key, Status=status)


def test_a_rotated_key_is_off_and_its_successor_on(root, user):
    user.may(allow("ListTables"))
    assert works(user.client())
    new = root("RotateAccessKey", UserName=user.name, AccessKeyId=user.key)["AccessKey"]
    assert new["Status"] == "Active"
    assert statuses(root, user) == {user.key: "Inactive", new["AccessKeyId"]: "Active"}
    assert works(connect(user.endpoint, key=new["AccessKeyId"], secret=new["SecretAccessKey"]))
    with refused("UnrecognizedClientException"):
        user.client().list_tables()
    root("UpdateAccessKey", UserName=user.name, AccessKeyId=user.key, Status="Active")
    assert works(user.client())


def test_a_deleted_key_is_gone_at_once_and_makes_room(root, user):
    user.may(allow("ListTables"))
    client = user.client()
    assert works(client)
    assert root("DeleteAccessKey", UserName=user.name, AccessKeyId=user.key) == {}
    with refused("UnrecognizedClientException"):
        client.list_tables()
    assert statuses(root, user) == {}
    root("CreateAccessKey", UserName=user.name)
    root("CreateAccessKey", UserName=user.name)


@pytest.mark.parametrize("command", ["RotateAccessKey", "UpdateAccessKey", "DeleteAccessKey"])
def test_a_key_of_somebody_else_is_no_such_entity(root, user, command):
    other = make(root)
    status = {"Status": "Inactive"} if command == "UpdateAccessKey" else {}
    with root.refuses(404, "NoSuchEntity", other.key):
        root(command, UserName=user.name, AccessKeyId=other.key, **status)
    assert statuses(root, other) == {other.key: "Active"}
    assert statuses(root, user) == {user.key: "Active"}


def test_a_key_tells_when_it_was_last_used(root, user):
    [key] = root("GetUser", UserName=user.name)["AccessKeys"]
    assert "LastUsedDate" not in key
    with denied():
        user.client().list_tables()
    [key] = root("GetUser", UserName=user.name)["AccessKeys"]
    assert key["LastUsedDate"] >= key["CreateDate"]


# Policies of users


def policies_of(root, user):
    return root("GetUser", UserName=user.name)["Policies"]


@pytest.mark.parametrize("form", ["string", "object"])
def test_a_policy_is_a_string_or_an_object(root, user, form):
    text = document(allow("ListTables"))
    policy = text if form == "string" else json.loads(text)
    put = root("PutUserPolicy", UserName=user.name, PolicyName="p", PolicyDocument=policy)
    assert put == {}
    [shown] = policies_of(root, user)
    assert shown["PolicyName"] == "p"
    assert json.loads(shown["PolicyDocument"]) == json.loads(text)
    assert works(user.client())


def test_a_policy_is_shown_as_it_was_put(root, user):
    text = json.dumps(json.loads(document(allow("ListTables"))), indent=3)
    root("PutUserPolicy", UserName=user.name, PolicyName="p", PolicyDocument=text)
    assert policies_of(root, user) == [{"PolicyName": "p", "PolicyDocument": text}]


def test_a_policy_of_the_same_name_is_put_in_its_place(root, user):
    user.may(allow("ListTables"))
    assert works(user.client())
    user.may(allow("DescribeLimits"))
    with denied():
        user.client().list_tables()
    user.client().describe_limits()
    assert len(policies_of(root, user)) == 1


def test_a_policy_may_be_taken_away_by_its_name_or_arn(root, user):
    user.may(allow("ListTables"))
    root("AttachUserPolicy", UserName=user.name, PolicyArn=READ_ONLY)
    root("AttachUserPolicy", UserName=user.name, PolicyArn=READ_ONLY)
    assert len(policies_of(root, user)) == 2
    assert root("DetachUserPolicy", UserName=user.name, PolicyName="own") == {}
    assert policies_of(root, user) == [{"PolicyArn": READ_ONLY}]
    assert works(user.client())
    root("DetachUserPolicy", UserName=user.name, PolicyArn=READ_ONLY)
    with denied():
        user.client().list_tables()
    for name in [{"PolicyName": "own"}, {"PolicyArn": READ_ONLY}]:
        with root.refuses(404, "NoSuchEntity"):
            root("DetachUserPolicy", UserName=user.name, **name)


@pytest.mark.parametrize(
    "managed", ["arn:aws:iam::aws:policy/ReadOnlyAccess", "AdministratorAccess", ""]
)
def test_only_policies_that_pixii_brings_can_be_attached(root, user, managed):
    with root.refuses(404, "NoSuchEntity", [ADMINISTRATOR, FULL, READ_ONLY]):
        root("AttachUserPolicy", UserName=user.name, PolicyArn=managed)


@pytest.mark.parametrize("name", ["", "a b", "a/b", "a" * 129])
def test_a_policys_name_is_one_of_iam(root, user, name):
    with root.refuses(400, "ValidationError"):
        root("PutUserPolicy", UserName=user.name, PolicyName=name, PolicyDocument=document(allow("*")))


def faulty(**changes):
    return json.dumps({"Version": "2012-10-17", "Statement": [{**allow("GetItem"), **changes}]})


@pytest.mark.parametrize(
    ("policy", "place"),
    [
        ("{", "not JSON"),
        ("[]", "object"),
        ('{"Version":"2012-10-17"}', "Statement"),
        ('{"Version":"2012-10-17","Statement":[]}', "Statement"),
        ('{"Version":"2013-10-17","Statement":[]}', "Version"),
        (faulty(Effect="Permit"), "Statement[0].Effect"),
        (faulty(Action="GetItem"), "Statement[0].Action"),
        (faulty(NotAction="dynamodb:PutItem"), "Statement[0]"),
        (faulty(Resource="table/orders"), "Statement[0].Resource"),
        (faulty(Principal="*"), "Statement[0].Principal"),
        (faulty(Conditions={}), "Statement[0].Conditions"),
        (faulty(Condition={"StringIs": {"aws:username": "a"}}), "StringIs"),
        (faulty(Condition={"IpAddress": {"aws:SourceIp": "here"}}), "aws:SourceIp"),
    ],
)
def test_a_faulty_policy_is_malformed_and_its_fault_named(root, user, policy, place):
    with root.refuses(400, "MalformedPolicyDocument", place):
        root("PutUserPolicy", UserName=user.name, PolicyName="p", PolicyDocument=policy)
    assert policies_of(root, user) == []


def long_policy(characters):
    """A policy of so many characters without white space."""
    tight = document(allow("GetItem", sid="")).replace(" ", "")
    return tight.replace('"Sid":""', '"Sid":"' + "s" * (characters - len(tight)) + '"')


def test_white_space_does_not_count_for_the_length_of_a_policy(root, user):
    body = {"UserName": user.name, "PolicyName": "p"}
    spaced = long_policy(6144).replace(",", "," + " " * 2000)
    root("PutUserPolicy", **body, PolicyDocument=spaced)
    with pytest.raises(Refused) as caught:
        root("PutUserPolicy", **body, PolicyDocument=long_policy(6145))
    assert caught.value.reply.error in {"LimitExceeded", "MalformedPolicyDocument"}
    assert "6144" in caught.value.reply.message


def test_a_user_has_a_limited_number_of_policies(root, user):
    with root.refuses(409, "LimitExceeded"):
        for number in range(100):
            user.may(allow("ListTables"), policy=f"p{number}")
    assert len(policies_of(root, user)) >= 10


# Who may give commands


def test_a_user_may_do_to_users_what_policies_say(root):
    user = make(root)
    helper = make(root, allow("iam:GetUser", "iam:CreateAccessKey", on=user.arn))
    assert helper.admin("GetUser", UserName=user.name)["User"]["UserName"] == user.name
    helper.admin("CreateAccessKey", UserName=user.name)
    message = denial(helper.arn, "iam:DeleteUser", user.arn)
    with root.refuses(400, "AccessDeniedException", message):
        helper.admin("DeleteUser", UserName=user.name)
    with root.refuses(400, "AccessDeniedException"):
        helper.admin("GetUser", UserName=helper.name)


COMMANDS = [
    ("GetUser", {}),
    ("CreateAccessKey", {}),
    ("RotateAccessKey", {"AccessKeyId": UNKNOWN_KEY_ID}),
    ("UpdateAccessKey", {"AccessKeyId": UNKNOWN_KEY_ID, "Status": "Active"}),
    ("DeleteAccessKey", {"AccessKeyId": UNKNOWN_KEY_ID}),
    ("PutUserPolicy", {"PolicyName": "p", "PolicyDocument": document(allow("*"))}),
    ("AttachUserPolicy", {"PolicyArn": ADMINISTRATOR}),
    ("DetachUserPolicy", {"PolicyArn": ADMINISTRATOR}),
    ("TagUser", {"Tags": []}),
    ("UntagUser", {"TagKeys": []}),
    ("CreateUser", {}),
    ("DeleteUser", {}),
]


@pytest.mark.parametrize(("command", "body"), COMMANDS)
def test_each_command_needs_the_action_of_its_name_on_the_user(root, command, body):
    """Also where the user is not there: that is not for everybody to know."""
    target = f"arn:aws:iam::{ACCOUNT}:user/nobody-{command}"
    user = make(root)
    with root.refuses(400, "AccessDeniedException", denial(user.arn, f"iam:{command}", target)):
        user.admin(command, UserName=f"nobody-{command}", **body)
    user.may(allow(f"iam:{command}", on=target))
    reply = user.admin.send(command, {"UserName": f"nobody-{command}", **body})
    assert reply.status == 200 if command == "CreateUser" else reply.error == "NoSuchEntity"


def test_listing_needs_the_action_on_all_users(root, user):
    everybody = f"arn:aws:iam::{ACCOUNT}:user/*"
    with root.refuses(400, "AccessDeniedException", denial(user.arn, "iam:ListUsers", everybody)):
        user.admin("ListUsers")
    user.may(allow("iam:ListUsers", on=everybody))
    assert user.name in {each["UserName"] for each in user.admin("ListUsers")["Users"]}


@pytest.mark.parametrize(
    ("member", "needed"),
    [
        ({"IsAdministrator": True}, "iam:AttachUserPolicy"),
        ({"CreateAccessKey": True}, "iam:CreateAccessKey"),
        ({"Tags": [{"Key": "team", "Value": "red"}]}, "iam:TagUser"),
    ],
)
def test_making_a_user_with_more_needs_the_actions_of_that_too(root, member, needed):
    user = make(root, allow("iam:CreateUser"))
    with root.refuses(400, "AccessDeniedException", needed):
        user.admin("CreateUser", UserName=f"more-of-{user.name}", **member)
    with root.refuses(404, "NoSuchEntity"):
        root("GetUser", UserName=f"more-of-{user.name}")


def test_a_user_may_change_its_own_keys_by_a_policy_with_its_name(root):
    own = f"arn:aws:iam::{ACCOUNT}:user/${{aws:username}}"
    user = make(root, allow("iam:*AccessKey", on=own))
    assert user.admin("CreateAccessKey", UserName=user.name)["AccessKey"]
    with root.refuses(400, "AccessDeniedException"):
        user.admin("CreateAccessKey", UserName=make(root).name)


def test_full_access_to_tables_is_none_to_users(root):
    user = make(root, managed=[FULL])
    with root.refuses(400, "AccessDeniedException"):
        user.admin("PutUserPolicy", UserName=user.name, PolicyName="p", PolicyDocument=document(allow("*")))


# Accounts


def test_users_of_two_accounts_may_have_one_name(root):
    here, there = make(root, name="twin"), make(root, account=OTHER_ACCOUNT, name="twin")
    assert (here.arn, there.arn) == (
        f"arn:aws:iam::{ACCOUNT}:user/twin",
        f"arn:aws:iam::{OTHER_ACCOUNT}:user/twin",
    )
    listed = root("ListUsers", Account=OTHER_ACCOUNT)["Users"]
    assert {each["Arn"].split(":")[4] for each in listed} == {OTHER_ACCOUNT}
    root("DeleteUser", UserName="twin", Account=OTHER_ACCOUNT)
    assert root("GetUser", UserName="twin")["User"]["Arn"] == here.arn


def test_each_account_has_tables_of_its_own(root, name):
    here = make(root, managed=[FULL]).client()
    there = make(root, account=OTHER_ACCOUNT, managed=[FULL]).client()
    here.create_table(TableName=name, **schema())
    made = there.create_table(TableName=name, **schema(sort="sk"))["TableDescription"]
    assert made["TableArn"] == table_arn(name, OTHER_ACCOUNT)
    here.put_item(TableName=name, Item=item())
    assert there.scan(TableName=name)["Count"] == 0
    there.delete_table(TableName=name)
    with refused("ResourceNotFoundException"):
        there.describe_table(TableName=name)
    assert here.scan(TableName=name)["Count"] == 1


def test_an_administrator_is_one_of_its_own_account_only(root):
    admin = make(root, managed=[ADMINISTRATOR]).admin
    for command, body in [("ListUsers", {}), ("CreateUser", {"UserName": "spy"})]:
        with root.refuses(400, "AccessDeniedException", "account"):
            admin(command, Account=OTHER_ACCOUNT, **body)
    assert admin("ListUsers", Account=ACCOUNT)["Users"]


# From open to verified


@pytest.fixture
def open_server():
    server = Server("--in-memory")
    yield server
    server.end()


def test_the_first_user_makes_an_open_server_ask_for_signatures(open_server):
    anybody = connect(open_server.endpoint)
    anybody.create_table(TableName="songs", **schema())
    anyone = Admin(open_server.endpoint, "any", "any")
    made = anyone("CreateUser", UserName="admin", IsAdministrator=True, CreateAccessKey=True)
    with refused("UnrecognizedClientException"):
        anybody.list_tables()
    assert anyone.send("ListUsers", {}).error == "UnrecognizedClientException"
    key = made["AccessKey"]
    admin = connect(open_server.endpoint, key=key["AccessKeyId"], secret=key["SecretAccessKey"])
    assert admin.list_tables()["TableNames"] == ["songs"]


def test_the_reply_to_the_first_user_says_that_signatures_are_asked_for_now(open_server):
    anyone = Admin(open_server.endpoint, "any", "any")
    first = anyone("CreateUser", UserName="admin", IsAdministrator=True, CreateAccessKey=True)
    key = first["AccessKey"]
    admin = Admin(open_server.endpoint, key["AccessKeyId"], key["SecretAccessKey"])
    second = admin("CreateUser", UserName="second", CreateAccessKey=True)
    assert set(first) - set(second), "it says more than the reply to the second"


def test_a_server_whose_last_user_goes_stays_closed(open_server):
    """It would be everybody's at once, with all its data."""
    anyone = Admin(open_server.endpoint, "any", "any")
    key = anyone("CreateUser", UserName="admin", IsAdministrator=True, CreateAccessKey=True)["AccessKey"]
    admin = Admin(open_server.endpoint, key["AccessKeyId"], key["SecretAccessKey"])
    try:
        admin("DeleteUser", UserName="admin")
    except Refused as refusal:
        assert refusal.reply.error == "DeleteConflict"
    with refused("UnrecognizedClientException"):
        connect(open_server.endpoint).list_tables()


def test_with_credentials_users_and_root_are_both_believed(root):
    user = make(root, allow("ListTables"))
    assert works(user.client())
    assert works(connect(user.endpoint))
    with refused("UnrecognizedClientException"):
        connect(user.endpoint, key="any", secret="any").list_tables()


def test_an_open_server_gives_no_sessions(open_server):
    anyone = Admin(open_server.endpoint, "any", "any")
    with anyone.refuses(400, "ValidationError", "user"):
        anyone("GetSessionToken")


def test_an_address_that_others_reach_needs_somebody_who_can_sign():
    told = start_refused("--in-memory", listen="0.0.0.0:0")
    assert "0.0.0.0:0 can be reached from other machines" in told
    assert "--credentials" in told
    assert "pixii user" in told


def test_an_address_that_others_reach_is_served_where_there_is_a_user(data):
    key_id, secret = administrator(data)
    server = Server("--data", str(data), "--plain-http", listen="0.0.0.0:0")
    try:
        assert works(connect(server.endpoint, key=key_id, secret=secret))
        with refused("UnrecognizedClientException"):
            connect(server.endpoint).list_tables()
    finally:
        server.end()


# Sessions


@pytest.fixture
def session(root, user):
    """A user with some permissions, and credentials of a session of it."""
    user.may(allow("ListTables", "DescribeLimits", on="*"))
    return user, user.admin("GetSessionToken")["Credentials"]


def test_a_session_is_its_user_for_a_time(root, session):
    user, credentials = session
    assert re.fullmatch(r"ASIA[A-Z2-7]{16}", credentials["AccessKeyId"])
    assert len(credentials["SecretAccessKey"]) == 40
    assert abs(credentials["Expiration"] - time.time() - 43_200) < 60
    client = session_client(user.endpoint, credentials)
    assert works(client)
    with denied(user.arn, "DescribeEndpoints", "*"):
        client.describe_endpoints()


@pytest.mark.parametrize("seconds", [900, 129_600])
def test_a_session_lasts_as_long_as_it_is_asked_to(root, user, seconds):
    credentials = user.admin("GetSessionToken", DurationSeconds=seconds)["Credentials"]
    assert abs(credentials["Expiration"] - time.time() - seconds) < 60


def test_a_session_of_root_lasts_an_hour_and_may_do_all(root):
    credentials = root("GetSessionToken")["Credentials"]
    assert abs(credentials["Expiration"] - time.time() - 3600) < 60
    client = session_client(f"http://{root.wire.address}", credentials)
    client.create_table(TableName="of-root", **schema())
    client.delete_table(TableName="of-root")


@pytest.mark.parametrize("seconds", [899, 129_601, 0, -1, "900"])
def test_a_session_of_another_length_is_a_validation_error(root, user, seconds):
    with root.refuses(400, "ValidationError"):
        user.admin("GetSessionToken", DurationSeconds=seconds)


@pytest.mark.parametrize("name", ["", "a", "a b", "a" * 33])
def test_a_session_of_another_name_is_a_validation_error(root, user, name):
    with root.refuses(400, "ValidationError"):
        user.admin("GetSessionToken", SessionName=name)


def tampered(token):
    """The token with one character changed in the middle, and cut at its end."""
    middle = len(token) // 2
    other = "A" if token[middle] != "A" else "B"
    return [token[:middle] + other + token[middle + 1 :], token[:-8], token + "AAAA"]


def test_a_token_that_was_changed_is_unrecognized(session):
    user, credentials = session
    for token in tampered(credentials["SessionToken"]):
        with refused("UnrecognizedClientException"):
            session_client(user.endpoint, {**credentials, "SessionToken": token}).list_tables()


def test_a_token_goes_with_its_own_key_id_and_secret_only(session):
    user, credentials = session
    other = user.admin("GetSessionToken")["Credentials"]
    for change, code in [
        ({"AccessKeyId": other["AccessKeyId"]}, "UnrecognizedClientException"),
        ({"AccessKeyId": user.key, "SecretAccessKey": user.secret}, "UnrecognizedClientException"),
        ({"AccessKeyId": ACCESS_KEY, "SecretAccessKey": SECRET}, "UnrecognizedClientException"),
        ({"SecretAccessKey": other["SecretAccessKey"]}, "InvalidSignatureException"),
        ({"SessionToken": None}, "UnrecognizedClientException"),
    ]:
        with refused(code):
            session_client(user.endpoint, {**credentials, **change}).list_tables()


def test_a_token_does_not_show_what_is_in_it(session):
    user, credentials = session
    token = credentials["SessionToken"]
    shown = token.encode() + base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    for secret in [credentials["SecretAccessKey"], credentials["AccessKeyId"], user.secret, user.key]:
        assert secret.encode() not in shown


def test_a_session_cannot_make_a_session(root, session):
    user, credentials = session
    names = ["AccessKeyId", "SecretAccessKey", "SessionToken"]
    admin = Admin(user.endpoint, *(credentials[name] for name in names))
    with root.refuses(400, "AccessDeniedException", "session"):
        admin("GetSessionToken")


@pytest.mark.parametrize("form", ["string", "object"])
def test_a_policy_cuts_a_session_down(root, user, form):
    user.may(allow("ListTables", "DescribeLimits"))
    text = document(allow("ListTables", "DescribeEndpoints"))
    policy = text if form == "string" else json.loads(text)
    credentials = user.admin("GetSessionToken", PolicyDocument=policy)["Credentials"]
    client = session_client(user.endpoint, credentials)
    assert works(client)
    with denied(user.arn, "DescribeLimits", "*", NO_SESSION):
        client.describe_limits()
    with denied(user.arn, "DescribeEndpoints", "*"):
        client.describe_endpoints()


def test_a_session_is_denied_by_its_own_policy(root, user):
    user.may(allow("*"))
    policy = document(allow("*"), deny("ListTables"))
    credentials = user.admin("GetSessionToken", PolicyDocument=policy)["Credentials"]
    client = session_client(user.endpoint, credentials)
    client.describe_limits()
    with denied(user.arn, "ListTables", arn("table/*"), SESSION_DENIES):
        client.list_tables()


def test_a_policy_cuts_a_session_of_root_down(root):
    credentials = root("GetSessionToken", PolicyDocument=document(allow("ListTables")))["Credentials"]
    client = session_client(f"http://{root.wire.address}", credentials)
    assert works(client)
    with denied(f"arn:aws:iam::{ACCOUNT}:root", "DescribeLimits", "*", NO_SESSION):
        client.describe_limits()
    names = ["AccessKeyId", "SecretAccessKey", "SessionToken"]
    admin = Admin(f"http://{root.wire.address}", *(credentials[name] for name in names))
    with root.refuses(400, "AccessDeniedException"):
        admin("CreateUser", UserName="by-a-session")


def test_a_session_with_a_faulty_policy_is_malformed(root, user):
    with root.refuses(400, "MalformedPolicyDocument", "Statement"):
        user.admin("GetSessionToken", PolicyDocument='{"Version":"2012-10-17"}')


def test_a_session_follows_what_its_user_may(root, session):
    user, credentials = session
    client = session_client(user.endpoint, credentials)
    assert works(client)
    user.may(allow("DescribeLimits"))
    with denied(user.arn, "ListTables", arn("table/*")):
        client.list_tables()


def test_a_session_ends_while_its_key_is_off(root, session):
    user, credentials = session
    client = session_client(user.endpoint, credentials)
    assert works(client)
    switch = {"UserName": user.name, "AccessKeyId": user.key}
    root("UpdateAccessKey", **switch, Status="Inactive")
    with refused("UnrecognizedClientException"):
        client.list_tables()


@pytest.mark.parametrize("command", ["DeleteAccessKey", "RotateAccessKey", "DeleteUser"])
def test_a_session_ends_with_its_key(root, session, command):
    user, credentials = session
    client = session_client(user.endpoint, credentials)
    assert works(client)
    key = {} if command == "DeleteUser" else {"AccessKeyId": user.key}
    root(command, UserName=user.name, **key)
    with refused("UnrecognizedClientException"):
        client.list_tables()


def test_a_named_session_is_told_apart_from_its_user(root, user):
    arn = f"arn:aws:sts::{ACCOUNT}:federated-user/batch"
    user.may(allow("ListTables"))
    with root.refuses(400, "AccessDeniedException", "sts:GetFederationToken"):
        user.admin("GetSessionToken", SessionName="batch")
    user.may(allow("ListTables"), allow("sts:GetFederationToken", on=arn))
    credentials = user.admin("GetSessionToken", SessionName="batch")["Credentials"]
    client = session_client(user.endpoint, credentials)
    assert works(client)
    with denied(arn, "DescribeLimits", "*"):
        client.describe_limits()


# The metrics


def test_metrics_are_for_whom_policies_let_see_them(root, user):
    url = f"{user.endpoint}/metrics"

    def metrics():
        request = AWSRequest("GET", url, {"Host": root.wire.address})
        SigV4Auth(Credentials(user.key, user.secret), "dynamodb", "us-east-1").add_auth(request)
        return root.wire.send("GET", "/metrics", dict(request.headers.items()))

    reply = metrics()
    assert (reply.status, reply.error) == (400, "AccessDeniedException")
    assert denial(user.arn, "cloudwatch:GetMetricData", "*") == reply.message
    user.may(allow("cloudwatch:GetMetricData"))
    assert b"pixii_build" in metrics().body


# On disk


def stored(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_secrets_cannot_be_read_in_the_folder(data, serve):
    key_id, secret = administrator(data)
    server = serve()
    admin = Admin(server.endpoint, key_id, secret)
    second = admin("CreateUser", UserName="app", CreateAccessKey=True)["AccessKey"]["SecretAccessKey"]
    third = admin("CreateAccessKey", UserName="app")["AccessKey"]["SecretAccessKey"]
    token = admin("GetSessionToken")["Credentials"]
    server.end()
    files = stored(data)
    assert any(b"app" in content for content in files.values()), "the user is there to be found"
    for hidden in [secret, second, third, token["SecretAccessKey"]]:
        plain = hidden.encode()
        for form in [plain, base64.b64encode(plain).rstrip(b"="), plain.hex().encode()]:
            assert [path.name for path, content in files.items() if form in content] == []


def test_the_key_file_is_for_its_owner_alone(data, serve):
    administrator(data)
    file = data / "secrets.key"
    assert file.stat().st_mode & 0o777 == 0o600
    assert re.fullmatch(r"[0-9a-f]{64}\n?", file.read_text())
    file.chmod(0o644)
    told = start_refused("--data", data)
    assert f"chmod 600 {file}" in told
    file.chmod(0o600)
    serve()


def test_no_key_file_is_made_where_there_are_no_users(data, serve):
    works(connect(serve().endpoint))
    assert not (data / "secrets.key").exists()


def test_a_wrong_key_is_told_at_the_start(data, serve):
    key_id, secret = administrator(data)
    file = data / "secrets.key"
    right = file.read_text()
    file.write_text(WRONG_KEY)
    told = start_refused("--data", data)
    assert "another key" in told
    assert key_id in told
    assert secret not in told
    file.write_text("none")
    assert "64 hexadecimal digits" in start_refused("--data", data)
    file.write_text(right)
    assert works(connect(serve().endpoint, key=key_id, secret=secret))


def test_a_lost_key_file_is_told_at_the_start(data):
    """A new one would open nothing, and the old one may be put back."""
    administrator(data)
    file = data / "secrets.key"
    file.rename(data.parent / "elsewhere")
    assert "is not there" in start_refused("--data", data)
    assert not file.exists()


def test_the_key_may_be_given_in_the_environment(data, monkeypatch, serve):
    key_id, secret = administrator(data, PIXII_KEY=KEY)
    assert not (data / "secrets.key").exists()
    assert "another key" in start_refused("--data", data, PIXII_KEY=WRONG_KEY)
    assert "64 hexadecimal digits" in start_refused("--data", data, PIXII_KEY="short")
    monkeypatch.setenv("PIXII_KEY", KEY)
    assert works(connect(serve().endpoint, key=key_id, secret=secret))


def test_the_key_may_be_in_a_file_elsewhere(data, tmp_path, serve):
    file = tmp_path / "key"
    key_id, secret = administrator(data, PIXII_KEY_FILE=str(file))
    assert file.stat().st_mode & 0o777 == 0o600
    assert not (data / "secrets.key").exists()
    server = serve("--key-file", str(file))
    assert works(connect(server.endpoint, key=key_id, secret=secret))


@pytest.mark.parametrize("ends", ["end", "kill"])
def test_users_survive_the_end_of_the_server(data, serve, ends):
    key_id, secret = administrator(data)
    server = serve()
    admin = Admin(server.endpoint, key_id, secret)
    user = make(admin, allow("ListTables"), tags={"team": "red"}, managed=[READ_ONLY])
    credentials = user.admin("GetSessionToken")["Credentials"]
    gone = make(admin, allow("ListTables"))
    admin("DeleteUser", UserName=gone.name)
    off = make(admin, allow("ListTables"))
    admin("UpdateAccessKey", UserName=off.name, AccessKeyId=off.key, Status="Inactive")
    described = admin("GetUser", UserName=user.name)
    getattr(server, ends)()
    server = serve()
    admin = Admin(server.endpoint, key_id, secret)
    again = admin("GetUser", UserName=user.name)
    without_use = [{**key, "LastUsedDate": None} for key in described["AccessKeys"]]
    assert [{**key, "LastUsedDate": None} for key in again["AccessKeys"]] == without_use
    assert (again["User"], again["Policies"]) == (described["User"], described["Policies"])
    assert works(connect(server.endpoint, key=user.key, secret=user.secret))
    assert works(session_client(server.endpoint, credentials))
    for each in [gone, off]:
        with refused("UnrecognizedClientException"):
            connect(server.endpoint, key=each.key, secret=each.secret).list_tables()
    with refused("UnrecognizedClientException"):
        connect(server.endpoint, key="any", secret="any").list_tables()


# The command line


def test_the_first_administrator_is_made_before_the_start(data, serve):
    key_id, secret = administrator(data)
    client = connect(serve().endpoint, key=key_id, secret=secret)
    client.create_table(TableName="songs", **schema())
    assert client.list_tables()["TableNames"] == ["songs"]


def test_the_secret_is_printed_once(data):
    done = pixii("user", "create", "app", "--data", data)
    assert done.returncode == 0, done.stderr
    key_id = re.search(r"AKIA[A-Z2-7]{16}", done.stdout)[0]
    secret = re.search(r"Secret access key +(\S{40})\n", done.stdout)[1]
    assert secret not in done.stderr
    assert "not shown again" in done.stdout
    shown = pixii("user", "describe", "app", "--data", data).stdout
    assert key_id in shown
    assert secret not in shown


def test_users_are_managed_in_a_folder(data, tmp_path):
    policy = tmp_path / "policy.json"
    policy.write_text(document(allow("ListTables")))
    at = ("--data", data)
    made = told("user", "create", "app", "--no-key", "--tag", "team=red", "--tag", "a=b=c", *at)
    assert "AccessKey" not in made
    assert {each["Key"]: each["Value"] for each in made["User"]["Tags"]} == {"team": "red", "a": "b=c"}
    first = told("user", "key", "create", "app", *at)["AccessKey"]["AccessKeyId"]
    second = told("user", "key", "rotate", "app", first, *at)["AccessKey"]["AccessKeyId"]
    told("user", "key", "enable", "app", first, *at)
    told("user", "key", "disable", "app", second, *at)
    told("user", "policy", "attach", "app", READ_ONLY, *at)
    told("user", "policy", "attach", "app", "--file", policy, "--name", "mine", *at)
    told("user", "tag", "app", "team=blue", *at)
    told("user", "untag", "app", "a", *at)
    shown = told("user", "describe", "app", *at)
    statuses = {each["AccessKeyId"]: each["Status"] for each in shown["AccessKeys"]}
    assert statuses == {first: "Active", second: "Inactive"}
    assert shown["User"]["Tags"] == [{"Key": "team", "Value": "blue"}]
    assert {"PolicyArn": READ_ONLY} in shown["Policies"]
    assert {"PolicyName": "mine", "PolicyDocument": policy.read_text()} in shown["Policies"]
    told("user", "key", "delete", "app", first, *at)
    told("user", "policy", "detach", "app", READ_ONLY, *at)
    told("user", "policy", "detach", "app", "mine", *at)
    shown = told("user", "describe", "app", *at)
    assert (len(shown["AccessKeys"]), shown["Policies"]) == (1, [])
    told("user", "delete", "app", *at)
    assert told("user", "list", *at) == {"Users": []}


def test_users_are_managed_on_a_server(root, user, tmp_path):
    policy = tmp_path / "policy.json"
    policy.write_text(document(allow("ListTables")))
    at = ("--endpoint", user.endpoint)
    who = as_key(ACCESS_KEY, SECRET)
    made = told("user", "create", "by-cli", *at, **who)["AccessKey"]
    client = connect(user.endpoint, key=made["AccessKeyId"], secret=made["SecretAccessKey"])
    with denied():
        client.list_tables()
    told("user", "policy", "attach", "by-cli", "--file", policy, "--name", "mine", *at, **who)
    assert works(client)
    told("user", "key", "disable", "by-cli", made["AccessKeyId"], *at, **who)
    with refused("UnrecognizedClientException"):
        client.list_tables()
    assert "by-cli" in pixii("user", "list", *at, **who).stdout
    told("user", "delete", "by-cli", *at, **who)


def test_keys_may_be_options_of_the_command_line(user):
    options = ["--access-key-id", ACCESS_KEY, "--secret-access-key", SECRET]
    listed = told("user", "list", "--endpoint", user.endpoint, *options)["Users"]
    assert user.name in {each["UserName"] for each in listed}


def test_an_account_may_be_named(data, serve):
    made = told("user", "create", "app", "--account", OTHER_ACCOUNT, "--data", data)
    assert made["User"]["Arn"] == f"arn:aws:iam::{OTHER_ACCOUNT}:user/app"
    assert told("user", "list", "--data", data) == {"Users": []}
    assert len(told("user", "list", "--account", OTHER_ACCOUNT, "--data", data)["Users"]) == 1


def test_a_session_is_printed_for_a_shell_to_take(user, tmp_path):
    user.may(allow("ListTables", "DescribeLimits"))
    policy = tmp_path / "policy.json"
    policy.write_text(document(allow("ListTables")))
    at = ("--endpoint", user.endpoint, "--duration", 900, "--file", policy)
    done = pixii("user", "session", *at, **as_key(user.key, user.secret))
    assert done.returncode == 0, done.stderr
    exported = dict(re.findall(r"^export (\w+)=(\S+)$", done.stdout, re.MULTILINE))
    client = connect(
        user.endpoint,
        key=exported["AWS_ACCESS_KEY_ID"],
        secret=exported["AWS_SECRET_ACCESS_KEY"],
        token=exported["AWS_SESSION_TOKEN"],
    )
    assert works(client)
    with denied():
        client.describe_limits()
    # And the program itself takes them.
    asked = pixii("query", "ListTables", "--endpoint", user.endpoint, **exported)
    assert asked.returncode == 0, asked.stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["user", "describe", "nobody"], "NoSuchEntity"),
        (["user", "delete", "nobody"], "NoSuchEntity"),
        (["user", "create", "taken"], "EntityAlreadyExists"),
        (["user", "create", "a b"], "ValidationError"),
        (["user", "key", "disable", "taken", UNKNOWN_KEY_ID], "NoSuchEntity"),
        (["user", "policy", "attach", "taken", "arn:aws:iam::aws:policy/None"], "NoSuchEntity"),
        (["user", "policy", "detach", "taken", "none"], "NoSuchEntity"),
    ],
)
def test_a_refusal_is_told_by_its_code_and_status_one(root, data, arguments, code):
    told("user", "create", "taken", "--data", data)
    if code == "EntityAlreadyExists":
        make(root, name="taken")
    elif not {each["UserName"] for each in root("ListUsers")["Users"]} & {"taken"}:
        root("CreateUser", UserName="taken")
    where = [("--data", data), ("--endpoint", f"http://{root.wire.address}")]
    try:
        for at in where:
            done = pixii(*arguments, *at, **as_key(ACCESS_KEY, SECRET))
            assert (done.returncode, done.stdout) == (1, "")
            assert code in done.stderr
    finally:
        root("DeleteUser", UserName="taken")


def test_who_may_not_is_told_so_with_status_one(user):
    done = pixii("user", "list", "--endpoint", user.endpoint, **as_key(user.key, user.secret))
    assert done.returncode == 1
    assert denial(user.arn, "iam:ListUsers", f"arn:aws:iam::{ACCOUNT}:user/*") in done.stderr


def test_where_nobody_can_be_asked_the_status_is_two(data, serve, tmp_path):
    assert pixii("user", "list", "--endpoint", "http://127.0.0.1:1").returncode == 2
    missing = pixii("user", "policy", "attach", "a", "--file", tmp_path / "none", "--name", "p", "--data", data)
    assert missing.returncode == 2
    serve()
    done = pixii("user", "list", "--data", data)
    assert done.returncode == 2
    assert "leave out --data" in done.stderr


def test_reading_makes_no_folder(tmp_path):
    folder = tmp_path / "nothing"
    done = pixii("user", "list", "--data", folder)
    assert done.returncode != 0 or done.stdout == ""
    assert not folder.exists()


def test_a_faulty_policy_file_is_named_with_its_fault(data, tmp_path):
    policy = tmp_path / "policy.json"
    policy.write_text('{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"GetItem","Resource":"*"}}')
    told("user", "create", "app", "--data", data)
    done = pixii("user", "policy", "attach", "app", "--file", policy, "--name", "p", "--data", data)
    assert done.returncode == 1
    assert "MalformedPolicyDocument" in done.stderr
    assert "Statement.Action" in done.stderr


# Limits


@contextlib.contextmanager
def limited(count):
    """A server on which so many requests of one key may run at once."""
    server = Server("--in-memory", "--credentials", ROOTS, "--caller-requests-max", str(count))
    yield server
    server.end()


def test_a_caller_with_as_many_requests_as_may_run_is_told_to_come_again(own_server):
    with limited(0) as server, refused("ThrottlingException", containing="--caller-requests-max"):
        connect(server.endpoint).list_tables()


def test_a_request_that_has_ended_makes_room_for_the_next(own_server):
    with limited(1) as server:
        for _ in range(5):
            assert works(connect(server.endpoint))
            with refused("ResourceNotFoundException"):
                connect(server.endpoint).describe_table(TableName="unknown")
