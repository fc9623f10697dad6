"""Tags of tables."""

import pytest
from botocore.exceptions import ClientError

from refusal import refused
from tables import schema


@pytest.fixture
def arn(client, table):
    return client.describe_table(TableName=table)["Table"]["TableArn"]


def tags(**pairs):
    return [{"Key": key, "Value": value} for key, value in pairs.items()]


def listed(client, arn):
    """All tags, from all pages."""
    found, more = {}, {}
    while True:
        reply = client.list_tags_of_resource(ResourceArn=arn, **more)
        assert len(reply["Tags"]) <= 10
        found.update({each["Key"]: each["Value"] for each in reply["Tags"]})
        if "NextToken" not in reply:
            return found
        more = {"NextToken": reply["NextToken"]}


def test_a_table_without_tags_lists_none(client, arn):
    assert client.list_tags_of_resource(ResourceArn=arn)["Tags"] == []


def test_tags_are_set_replaced_and_taken_away(client, arn):
    client.tag_resource(ResourceArn=arn, Tags=tags(one="1", two="2"))
    client.tag_resource(ResourceArn=arn, Tags=tags(two="zwei", three="3"))
    assert listed(client, arn) == {"one": "1", "two": "zwei", "three": "3"}
    client.untag_resource(ResourceArn=arn, TagKeys=["one", "nothing"])
    assert listed(client, arn) == {"two": "zwei", "three": "3"}


def test_tags_may_be_given_when_a_table_is_made(client, make_table):
    table = make_table(Tags=tags(made="with"))
    arn = client.describe_table(TableName=table)["Table"]["TableArn"]
    assert listed(client, arn) == {"made": "with"}


def test_the_tags_of_a_deleted_table_are_gone(client, make_table, name):
    make_table(name=name, Tags=tags(old="1"))
    client.delete_table(TableName=name)
    client.get_waiter("table_not_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    make_table(name=name)
    arn = client.describe_table(TableName=name)["Table"]["TableArn"]
    assert listed(client, arn) == {}


def test_tags_are_listed_ten_at_a_time(client, arn):
    many = {f"key-{each:02}": str(each) for each in range(25)}
    client.tag_resource(ResourceArn=arn, Tags=tags(**many))
    assert len(client.list_tags_of_resource(ResourceArn=arn)["Tags"]) == 10
    assert listed(client, arn) == many
    pages = client.get_paginator("list_tags_of_resource").paginate(ResourceArn=arn)
    assert [len(page["Tags"]) for page in pages] == [10, 10, 5]


def test_a_table_has_at_most_50_tags(client, arn):
    client.tag_resource(ResourceArn=arn, Tags=tags(**{f"k{each}": "" for each in range(50)}))
    with pytest.raises(ClientError):
        client.tag_resource(ResourceArn=arn, Tags=tags(more=""))
    client.tag_resource(ResourceArn=arn, Tags=tags(k0="replaced"))
    assert len(listed(client, arn)) == 50


def test_too_many_tags_make_no_table(client, name):
    with pytest.raises(ClientError):
        client.create_table(TableName=name, **schema(), Tags=tags(**{f"k{each}": "" for each in range(51)}))
    with refused("ResourceNotFoundException"):
        client.describe_table(TableName=name)


@pytest.mark.parametrize(
    ("key", "value"),
    [("k" * 128, "v" * 256), ("k", ""), ("aZ09 +-=._:/", "aZ09 +-=._:/"), ("\u00e9", "\u4e2d")],
)
def test_a_tag_may_be_long_or_empty_and_have_many_characters(client, arn, key, value):
    client.tag_resource(ResourceArn=arn, Tags=[{"Key": key, "Value": value}])
    assert listed(client, arn) == {key: value}


@pytest.mark.parametrize(
    "faulty",
    [
        {"Key": "", "Value": "v"},
        {"Key": "k" * 129, "Value": "v"},
        {"Key": "k", "Value": "v" * 257},
        {"Key": "k"},
        {"Value": "v"},
        {"Key": "k?", "Value": "v"},
        {"Key": "k", "Value": "<v>"},
    ],
    ids=[
        "empty key",
        "long key",
        "long value",
        "no value",
        "no key",
        "characters of the key",
        "characters of the value",
    ],
)
def test_a_faulty_tag_is_refused(loose, arn, faulty):
    with refused():
        loose.tag_resource(ResourceArn=arn, Tags=[faulty])
    assert listed(loose, arn) == {}


def test_an_index_has_no_tags(client, make_table):
    table = make_table(indexes={"by-g": ("g", None, "ALL")})
    arn = client.describe_table(TableName=table)["Table"]["TableArn"] + "/index/by-g"
    with refused():
        client.tag_resource(ResourceArn=arn, Tags=tags(a="b"))
    with refused():
        client.list_tags_of_resource(ResourceArn=arn)


def test_a_table_that_is_not_there_has_no_tags(client, arn, name):
    other = arn.rpartition("/")[0] + "/" + name
    with refused("ResourceNotFoundException"):
        client.list_tags_of_resource(ResourceArn=other)
    with refused("ResourceNotFoundException"):
        client.tag_resource(ResourceArn=other, Tags=tags(a="b"))
    with refused("ResourceNotFoundException"):
        client.untag_resource(ResourceArn=other, TagKeys=["a"])


@pytest.mark.parametrize("faulty", ["nonsense", "arn:aws:dynamodb", "arn:aws:s3:::bucket"])
def test_a_faulty_arn_is_refused(client, faulty):
    with pytest.raises(ClientError) as caught:
        client.list_tags_of_resource(ResourceArn=faulty)
    assert caught.value.response["Error"]["Code"] in {"ValidationException", "AccessDeniedException"}
