"""What things may be called, and how large they may be."""

import re
import uuid

import pytest

from items import item, nested, number, value, values
from refusal import refused
from tables import schema

ITEM_BYTES_MAX = 409_600


def create(loose, name="abc", **options):
    return loose.create_table(TableName=name, **schema(**options))


# Names


@pytest.mark.parametrize("length", [3, 255])
def test_a_table_name_may_be_short_or_long(client, make_table, length):
    name = uuid.uuid4().hex[:length].ljust(length, "x")
    assert make_table(name=name) == name
    assert client.describe_table(TableName=name)["Table"]["TableName"] == name


def test_a_table_name_may_have_all_the_allowed_characters(make_table, name):
    make_table(name=f"aZ09_.-{name}")


@pytest.mark.parametrize("faulty", ["ab", "a" * 256, "", "a b", "a/b", "tabl\u00e9"])
def test_a_faulty_table_name_is_refused_everywhere(loose, faulty):
    """A faulty name is no missing table, on item operations as well."""
    key = {"pk": {"S": "a"}}
    with refused():
        create(loose, faulty)
    with refused():
        loose.describe_table(TableName=faulty)
    with refused():
        loose.delete_table(TableName=faulty)
    with refused():
        loose.get_item(TableName=faulty, Key=key)
    with refused():
        loose.put_item(TableName=faulty, Item=key)
    with refused():
        loose.scan(TableName=faulty)
    with refused():
        loose.batch_get_item(RequestItems={faulty: {"Keys": [key]}})
    with refused():
        loose.transact_get_items(TransactItems=[{"Get": {"TableName": faulty, "Key": key}}])


@pytest.mark.parametrize("faulty", ["ab", "a" * 256, "a b", "a/b"])
def test_a_faulty_index_name_is_refused(loose, table, name, faulty):
    with refused():
        create(loose, name, indexes={faulty: ("g", None, "ALL")})
    with refused():
        loose.scan(TableName=table, IndexName=faulty)


def test_table_names_are_case_sensitive(client, make_table, name):
    lower, upper = make_table(name=name.lower()), make_table(name=name.upper())
    client.put_item(TableName=lower, Item=item())
    assert client.scan(TableName=lower)["Count"] == 1
    assert client.scan(TableName=upper)["Count"] == 0


def test_an_arn_is_accepted_wherever_a_name_is(client, sorted_table):
    description = client.describe_table(TableName=sorted_table)["Table"]
    arn = description["TableArn"]
    one = item(sk="1")
    client.put_item(TableName=arn, Item=one)
    assert client.get_item(TableName=arn, Key=one)["Item"] == one
    client.update_item(
        TableName=arn,
        Key=one,
        UpdateExpression="SET v = :v",
        ExpressionAttributeValues=values(v=1),
    )
    query = client.query(
        TableName=arn,
        KeyConditionExpression="pk = :p",
        ExpressionAttributeValues=values(p="a"),
    )
    assert query["Count"] == 1
    assert client.scan(TableName=arn)["Count"] == 1
    assert client.describe_table(TableName=arn)["Table"]["TableId"] == description["TableId"]
    client.batch_write_item(RequestItems={arn: [{"PutRequest": {"Item": item(sk="2")}}]})
    assert list(client.batch_get_item(RequestItems={arn: {"Keys": [one]}})["Responses"].values())[0]
    client.transact_write_items(TransactItems=[{"Delete": {"TableName": arn, "Key": one}}])
    client.transact_get_items(TransactItems=[{"Get": {"TableName": arn, "Key": one}}])
    client.delete_item(TableName=arn, Key=item(sk="2"))
    client.update_table(TableName=arn, DeletionProtectionEnabled=False)
    client.delete_table(TableName=arn)


def test_arns_say_what_they_name(client, make_table):
    table = make_table(indexes={"by-g": ("g", None, "ALL")}, sort="sk", local={"by-l": ("l", "ALL")})
    description = client.describe_table(TableName=table)["Table"]
    arn = description["TableArn"]
    assert re.fullmatch(rf"arn:aws:dynamodb:us-east-1:\d{{12}}:table/{table}", arn)
    assert description["GlobalSecondaryIndexes"][0]["IndexArn"] == f"{arn}/index/by-g"
    assert description["LocalSecondaryIndexes"][0]["IndexArn"] == f"{arn}/index/by-l"


def test_a_table_keeps_its_id_and_a_new_one_of_its_name_has_another(client, name):
    created = client.create_table(TableName=name, **schema())["TableDescription"]["TableId"]
    assert re.fullmatch(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", created)
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    assert client.describe_table(TableName=name)["Table"]["TableId"] == created
    client.delete_table(TableName=name)
    client.get_waiter("table_not_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    again = client.create_table(TableName=name, **schema())["TableDescription"]["TableId"]
    assert again != created
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    client.delete_table(TableName=name)


# Attribute names


@pytest.mark.parametrize(
    "attribute", ["x" * 65_535, "\u00e9" * 32_767, "with.dots", "a[0]", "nul\x00", " ", "\U0001f600"]
)
def test_an_attribute_may_be_called_anything(client, table, attribute):
    client.put_item(TableName=table, Item=item(**{attribute: "v"}))
    assert client.get_item(TableName=table, Key=item())["Item"] == item(**{attribute: "v"})


@pytest.mark.parametrize("attribute", ["x" * 65_536, "\u00e9" * 32_768])
def test_an_attribute_name_above_65535_bytes_is_refused(loose, table, attribute):
    with refused():
        loose.put_item(TableName=table, Item=item(**{attribute: "v"}))


@pytest.mark.parametrize(
    "faulty",
    [{"": "v"}, {"m": {"": "v"}}, {"l": [{"m": {"": "v"}}]}],
    ids=["top", "in a map", "in a list"],
)
def test_an_empty_attribute_name_is_refused_at_any_depth(loose, table, faulty):
    with refused(containing="Empty attribute name"):
        loose.put_item(TableName=table, Item=item(**faulty))


def test_a_key_name_may_have_255_bytes_and_no_more(client, loose, make_table, name):
    longest = "k" * 255
    table = make_table(partition=longest)
    client.put_item(TableName=table, Item={longest: {"S": "a"}})
    with refused():
        create(loose, name, partition="k" * 256)


def test_an_index_key_name_may_have_255_bytes_and_no_more(loose, make_table, name):
    make_table(indexes={"index": ("g" * 255, None, "ALL")})
    with refused():
        create(loose, name, indexes={"index": ("g" * 256, None, "ALL")})


def test_a_projected_name_may_have_255_bytes_and_no_more(loose, make_table, name):
    make_table(indexes={"index": ("g", None, ["p" * 255])})
    with refused():
        create(loose, name, indexes={"index": ("g", None, ["p" * 256])})


# Key values


@pytest.mark.parametrize(
    ("kind", "largest", "too_large"),
    [
        ("S", "x" * 2048, "x" * 2049),
        ("S", "\u00e9" * 1024, "\u00e9" * 1024 + "x"),
        ("B", b"x" * 2048, b"x" * 2049),
    ],
    ids=["ascii", "two bytes each", "binary"],
)
def test_a_partition_key_has_at_most_2048_bytes(client, make_table, kind, largest, too_large):
    table = make_table(types={"pk": kind})
    good, bad = {"pk": {kind: largest}}, {"pk": {kind: too_large}}
    client.put_item(TableName=table, Item=good)
    assert client.get_item(TableName=table, Key=good)["Item"] == good
    with refused():
        client.put_item(TableName=table, Item=bad)
    with refused():
        client.update_item(TableName=table, Key=bad)
    with refused():
        client.delete_item(TableName=table, Key=bad)


def test_a_partition_key_that_is_too_large_is_refused_on_reads_too(client, sorted_table):
    """The text has no space before the number."""
    text = "Size of hashkey has exceeded the maximum size limit of2048 bytes"
    with refused(containing=text):
        client.get_item(TableName=sorted_table, Key=item(pk="x" * 2049, sk="1"))
    with refused(containing=text):
        client.query(
            TableName=sorted_table,
            KeyConditionExpression="pk = :p",
            ExpressionAttributeValues=values(p="x" * 2049),
        )


@pytest.mark.parametrize(("kind", "unit"), [("S", "x"), ("B", b"x")])
def test_a_sort_key_has_at_most_1024_bytes(client, make_table, kind, unit):
    table = make_table(sort="sk", types={"sk": kind})
    good, bad = item(sk=unit * 1024), item(sk=unit * 1025)
    client.put_item(TableName=table, Item=good)
    assert client.get_item(TableName=table, Key=good)["Item"] == good
    with refused():
        client.put_item(TableName=table, Item=bad)


def test_a_sort_key_that_is_too_large_is_refused_on_reads_too(client, sorted_table):
    text = "Aggregated size of all range keys has exceeded the size limit of 1024 bytes"
    with refused(containing=text):
        client.get_item(TableName=sorted_table, Key=item(sk="x" * 1025))
    with refused(containing=text):
        client.query(
            TableName=sorted_table,
            KeyConditionExpression="pk = :p AND sk > :s",
            ExpressionAttributeValues=values(p="a", s="x" * 1025),
        )


def test_a_local_index_may_hold_two_sort_keys_of_full_size(client, make_table):
    table = make_table(sort="sk", local={"by-l": ("l", "ALL")})
    full = item(sk="s" * 1024, l="l" * 1024)
    client.put_item(TableName=table, Item=full)
    assert client.scan(TableName=table, IndexName="by-l")["Items"] == [full]


# Index keys within items


@pytest.fixture
def indexed(make_table):
    return make_table(
        sort="sk", local={"by-l": ("l", "ALL")}, indexes={"by-g": ("g", "h", "KEYS_ONLY")}, types={"h": "N"}
    )


@pytest.mark.parametrize(
    "faulty",
    [
        {"g": "x" * 2049, "h": 1},
        {"g": 5, "h": 1},
        {"g": "", "h": 1},
        {"g": {"m": 1}, "h": 1},
        {"g": None, "h": 1},
        {"g": "good", "h": "no number"},
        {"l": "x" * 1025},
        {"l": b"binary"},
        {"l": ""},
    ],
    ids=lambda faulty: ",".join(f"{k}={str(v)[:8]}" for k, v in faulty.items()),
)
def test_a_faulty_index_key_rejects_the_whole_write(client, indexed, faulty):
    whole = item(sk="1", **faulty)
    with refused():
        client.put_item(TableName=indexed, Item=whole)
    with refused():
        client.batch_write_item(RequestItems={indexed: [{"PutRequest": {"Item": whole}}]})
    name, plain = next((k, v) for k, v in faulty.items() if v != 1 and v != "good")
    with refused():
        client.update_item(
            TableName=indexed,
            Key=item(sk="1"),
            UpdateExpression=f"SET {name} = :v",
            ExpressionAttributeValues=values(v=plain),
        )
    assert client.scan(TableName=indexed)["Count"] == 0


def test_an_item_without_an_index_key_is_left_out_of_the_index(client, indexed):
    client.put_item(TableName=indexed, Item=item(sk="1", g="x"))
    client.put_item(TableName=indexed, Item=item(sk="2", g="x", h=1))
    client.put_item(TableName=indexed, Item=item(sk="3", l="x"))
    assert client.scan(TableName=indexed)["Count"] == 3
    assert client.scan(TableName=indexed, IndexName="by-g")["Items"] == [item(sk="2", g="x", h=1)]
    assert client.scan(TableName=indexed, IndexName="by-l")["Items"] == [item(sk="3", l="x")]


# Items


def test_an_item_has_at_most_409600_bytes(client, table):
    room = ITEM_BYTES_MAX - len("pk") - len("a") - len("v")
    client.put_item(TableName=table, Item=item(v="x" * room))
    with refused(message="Item size has exceeded the maximum allowed size"):
        client.put_item(TableName=table, Item=item(v="x" * (room + 1)))
    assert len(client.get_item(TableName=table, Key=item())["Item"]["v"]["S"]) == room


def test_31_maps_around_a_scalar_pass_and_32_do_not(client, table):
    deepest = {**item(), "v": nested(31)}
    client.put_item(TableName=table, Item=deepest)
    assert client.get_item(TableName=table, Key=item())["Item"] == deepest
    with refused():
        client.put_item(TableName=table, Item={**item(), "v": nested(32)})


def test_an_update_may_not_nest_deeper_than_a_put(client, table):
    client.put_item(TableName=table, Item={**item(), "v": nested(31)})
    path = ".".join(["v"] + ["m"] * 31)
    with refused():
        client.update_item(
            TableName=table,
            Key=item(),
            UpdateExpression=f"SET {path} = :v",
            ExpressionAttributeValues=values(v={"deeper": 1}),
        )


def test_very_deep_nesting_is_refused_and_harmless(wire, table):
    depth = 20_000
    body = '{"TableName":"%s","Item":{"pk":{"S":"a"},"v":%s{"S":"x"}%s}}' % (
        table,
        '{"L":[' * depth,
        "]}" * depth,
    )
    assert wire.post("PutItem", body.encode()).status == 400
    assert wire.post("ListTables", {}).status == 200


# Expressions


def test_an_expression_has_at_most_4096_bytes(client, table):
    text = "attribute_not_exists(v)"
    client.put_item(TableName=table, Item=item(), ConditionExpression=text.ljust(4096))
    with refused(containing="Expression size has exceeded the maximum allowed size"):
        client.put_item(TableName=table, Item=item(), ConditionExpression=text.ljust(4097))


def test_the_size_of_an_expression_is_that_of_its_own_text(client, table):
    """What a placeholder stands for does not count."""
    client.put_item(
        TableName=table,
        Item=item(),
        ConditionExpression="attribute_not_exists(#long)",
        ExpressionAttributeNames={"#long": "x" * 5000},
    )


def test_an_expression_has_at_most_300_operators(client, table):
    def put(comparisons):
        client.put_item(
            TableName=table,
            Item=item(),
            ConditionExpression=" OR ".join(["v<>:v"] * comparisons),
            ExpressionAttributeValues=values(v=1),
        )

    put(150)  # 150 comparisons and 149 times OR
    with refused():
        put(151)


def test_in_has_at_most_100_operands(client, table):
    def put(operands):
        names = [f"v{index}" for index in range(operands)]
        client.put_item(
            TableName=table,
            Item=item(),
            ConditionExpression=f"NOT v IN ({', '.join(':' + name for name in names)})",
            ExpressionAttributeValues=values(**{name: name for name in names}),
        )

    put(100)
    with refused():
        put(101)


# Tables


def test_a_table_has_at_most_5_local_indexes(loose, make_table, name):
    make_table(sort="sk", local={f"by-{each}": (f"l{each}", "ALL") for each in range(5)})
    with refused():
        create(loose, name, sort="sk", local={f"by-{each}": (f"l{each}", "ALL") for each in range(6)})


def test_a_table_has_at_most_20_global_indexes(client, loose, make_table, name):
    table = make_table(indexes={f"by-{each}": (f"g{each}", None, "ALL") for each in range(20)})
    assert len(client.describe_table(TableName=table)["Table"]["GlobalSecondaryIndexes"]) == 20
    with pytest.raises(loose.exceptions.ClientError) as caught:
        create(loose, name, indexes={f"by-{each}": (f"g{each}", None, "ALL") for each in range(21)})
    assert caught.value.response["Error"]["Code"] in {"ValidationException", "LimitExceededException"}


def test_an_index_projects_at_most_20_attributes_by_name(loose, make_table, name):
    make_table(indexes={"index": ("g", None, [f"p{each}" for each in range(20)])})
    with refused():
        create(loose, name, indexes={"index": ("g", None, [f"p{each}" for each in range(21)])})


def test_all_indexes_together_project_at_most_100_attributes_by_name(loose, make_table, name):
    def indexes(count, attributes):
        return {
            f"by-{index}": (f"g{index}", None, [f"p{index}-{each}" for each in range(attributes)])
            for index in range(count)
        }

    make_table(indexes=indexes(5, 20))
    with refused():
        create(loose, name, indexes=indexes(6, 17))


def test_the_limits_are_described(client):
    limits = client.describe_limits()
    assert limits["TableMaxReadCapacityUnits"] == 40_000
    assert limits["TableMaxWriteCapacityUnits"] == 40_000
    assert limits["AccountMaxReadCapacityUnits"] == 80_000
    assert limits["AccountMaxWriteCapacityUnits"] == 80_000


def test_a_number_counts_by_its_digits_within_the_size_of_an_item(client, table):
    """38 digits take 20 bytes: 1, and 1 for every two digits."""
    digits = number("12345678901234567890123456789012345678")
    room = ITEM_BYTES_MAX - len("pk") - len("a") - len("n") - 20 - len("v")
    client.put_item(TableName=table, Item=item(n=digits, v="x" * room))
    with refused(message="Item size has exceeded the maximum allowed size"):
        client.put_item(TableName=table, Item=item(n=digits, v="x" * (room + 1)))


def test_values_are_what_they_were(client, table):
    everything = item(s="text", n=5, b=b"\x00\xff", t=True, f=False, z=None, l=[1, "a", []], m={"m": {}})
    client.put_item(TableName=table, Item=everything)
    assert client.get_item(TableName=table, Key={"pk": value("a")})["Item"] == everything
