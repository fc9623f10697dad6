"""Which attributes a read returns."""

import pytest

from items import item, value, values
from refusal import refused
from tables import schema

WHOLE = item(a=1, m={"x": 1, "y": {"z": 2}}, l=["p", "q", {"r": 3, "s": 4}])


@pytest.fixture
def filled(client, table):
    client.put_item(TableName=table, Item=WHOLE)
    return table


def project(client, table, expression, names=None):
    more = {"ExpressionAttributeNames": names} if names else {}
    return client.get_item(TableName=table, Key=item(), ProjectionExpression=expression, **more)["Item"]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("a", {"a": 1}),
        ("pk, a", {"pk": "a", "a": 1}),
        ("m.x", {"m": {"x": 1}}),
        ("m.y.z, m.x", {"m": {"x": 1, "y": {"z": 2}}}),
        ("l[1]", {"l": ["q"]}),
        ("l[1], l[0]", {"l": ["p", "q"]}),
        ("l[2].s, l[2].r", {"l": [{"r": 3, "s": 4}]}),
        ("l[2].r, l[0]", {"l": ["p", {"r": 3}]}),
        ("a.x", {}),
        ("m[0]", {}),
        ("l.x", {}),
        ("l[9]", {}),
        ("m.nothing, a", {"a": 1}),
        ("nothing", {}),
    ],
)
def test_a_projection_keeps_the_paths_it_names_and_nothing_else(client, filled, expression, expected):
    """Keys come only when asked for; elements of lists move together, in their order."""
    assert project(client, filled, expression) == {name: value(each) for name, each in expected.items()}


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("a, a", None),
        ("m, m.x", None),
        ("m.x, m", None),
        ("m.x, m[0]", None),
        ("l[0], l[0]", None),
        ("a, #a", {"#a": "a"}),
        ("#a, #b", {"#a": "a", "#b": "a"}),
        ("m.#x, m.x.y", {"#x": "x"}),
    ],
)
def test_paths_that_overlap_or_conflict_are_refused(client, filled, expression, names):
    with refused(containing="Invalid ProjectionExpression: Two document paths"):
        project(client, filled, expression, names)


def test_projections_work_on_every_kind_of_read(client, filled):
    projection = {"ProjectionExpression": "#a, m.x", "ExpressionAttributeNames": {"#a": "a"}}
    expected = {"a": value(1), "m": value({"x": 1})}
    query = {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": values(p="a")}
    assert client.query(TableName=filled, **query, **projection)["Items"] == [expected]
    assert client.scan(TableName=filled, **projection)["Items"] == [expected]
    batch = client.batch_get_item(RequestItems={filled: {"Keys": [item()], **projection}})
    assert batch["Responses"][filled] == [expected]
    get = {"TableName": filled, "Key": item(), **projection}
    assert client.transact_get_items(TransactItems=[{"Get": get}])["Responses"] == [{"Item": expected}]


# AttributesToGet


def test_attributes_to_get_takes_literal_names(client, table):
    client.put_item(TableName=table, Item=item(**{"m.x": "dotted", "m": {"x": 1}, "name": "reserved"}))
    reply = client.get_item(TableName=table, Key=item(), AttributesToGet=["m.x", "name", "nothing"])
    assert reply["Item"] == {"m.x": value("dotted"), "name": value("reserved")}


def test_attributes_to_get_works_on_every_kind_of_read(client, filled):
    expected = {"a": value(1)}
    only = {"AttributesToGet": ["a"]}
    assert client.get_item(TableName=filled, Key=item(), **only)["Item"] == expected
    assert client.scan(TableName=filled, **only)["Items"] == [expected]
    batch = client.batch_get_item(RequestItems={filled: {"Keys": [item()], **only}})
    assert batch["Responses"][filled] == [expected]


@pytest.mark.parametrize("faulty", [[], ["a", "a"], [""]], ids=["empty", "duplicate", "empty name"])
def test_attributes_to_get_is_not_empty_and_has_no_duplicates(loose, filled, faulty):
    with refused():
        loose.get_item(TableName=filled, Key=item(), AttributesToGet=faulty)
    with refused():
        loose.scan(TableName=filled, AttributesToGet=faulty)


# Select


@pytest.fixture
def indexed(client, make_table):
    table = make_table(
        sort="sk",
        local={"local-keys": ("l", "KEYS_ONLY"), "local-some": ("l", ["p"])},
        indexes={
            "all": ("g", None, "ALL"),
            "keys": ("g", None, "KEYS_ONLY"),
            "some": ("g", None, ["p", "g"]),
        },
    )
    client.put_item(TableName=table, Item=item(sk="1", g="x", l="y", p="z", extra="e"))
    return table


def select(client, table, which=None, index=None, **more):
    """The same read by Scan."""
    request = {"TableName": table, **more}
    if which:
        request["Select"] = which
    if index:
        request["IndexName"] = index
    return client.scan(**request)


def query(client, table, which=None, index=None, **more):
    """The same read by Query."""
    key = {None: "pk", "local-keys": "pk", "local-some": "pk"}.get(index, "g")
    return select_by(client.query, table, which, index, key, **more)


def select_by(read, table, which, index, key, **more):
    request = {"TableName": table, "KeyConditionExpression": f"{key} = :k", **more}
    request["ExpressionAttributeValues"] = values(k={"pk": "a", "g": "x"}[key])
    if which:
        request["Select"] = which
    if index:
        request["IndexName"] = index
    return read(**request)


FULL = item(sk="1", g="x", l="y", p="z", extra="e")


@pytest.mark.parametrize("read", [select, query])
@pytest.mark.parametrize(
    ("index", "expected"),
    [
        (None, FULL),
        ("all", FULL),
        ("keys", item(sk="1", g="x")),
        ("some", item(sk="1", g="x", p="z")),
        ("local-keys", item(sk="1", l="y")),
        ("local-some", item(sk="1", l="y", p="z")),
    ],
)
def test_a_read_gives_all_there_is_where_it_reads(client, indexed, read, index, expected):
    assert read(client, indexed, index=index)["Items"] == [expected]
    if index:
        assert read(client, indexed, "ALL_PROJECTED_ATTRIBUTES", index)["Items"] == [expected]


@pytest.mark.parametrize("read", [select, query])
@pytest.mark.parametrize("index", [None, "all", "keys", "local-keys"])
def test_a_count_has_no_items(client, indexed, read, index):
    reply = read(client, indexed, "COUNT", index)
    assert reply["Count"] == 1
    assert reply["ScannedCount"] == 1
    assert "Items" not in reply


@pytest.mark.parametrize("read", [select, query])
@pytest.mark.parametrize("index", [None, "all", "local-keys", "local-some"])
def test_all_attributes_come_from_tables_full_indexes_and_local_indexes(client, indexed, read, index):
    assert read(client, indexed, "ALL_ATTRIBUTES", index)["Items"] == [FULL]


@pytest.mark.parametrize("read", [select, query])
@pytest.mark.parametrize("index", ["keys", "some"])
def test_a_partial_global_index_has_not_all_attributes(client, indexed, read, index):
    with refused():
        read(client, indexed, "ALL_ATTRIBUTES", index)


@pytest.mark.parametrize("read", [select, query])
def test_specific_attributes_are_those_of_a_projection(client, indexed, read):
    reply = read(client, indexed, "SPECIFIC_ATTRIBUTES", ProjectionExpression="p")
    assert reply["Items"] == [{"p": value("z")}]
    with refused():
        read(client, indexed, "SPECIFIC_ATTRIBUTES")


@pytest.mark.parametrize("read", [select, query])
@pytest.mark.parametrize("which", ["ALL_ATTRIBUTES", "COUNT", "ALL_PROJECTED_ATTRIBUTES"])
def test_a_projection_goes_with_specific_attributes_only(client, indexed, read, which):
    with refused():
        read(client, indexed, which, "all", ProjectionExpression="p")
    with refused():
        select(client, indexed, which, "all", AttributesToGet=["p"])


@pytest.mark.parametrize("read", [select, query])
def test_all_projected_attributes_need_an_index(client, indexed, read):
    with refused():
        read(client, indexed, "ALL_PROJECTED_ATTRIBUTES")


@pytest.mark.parametrize("read", [select, query])
def test_an_unknown_selection_is_refused(loose, indexed, read):
    with refused():
        read(loose, indexed, "EVERYTHING")


@pytest.mark.parametrize("read", [select, query])
def test_an_unprojected_attribute_is_refused_on_a_global_index(client, indexed, read):
    with refused():
        read(client, indexed, index="keys", ProjectionExpression="extra")
    reply = read(client, indexed, index="some", ProjectionExpression="p, sk")
    assert reply["Items"] == [{"p": value("z"), "sk": value("1")}]


@pytest.mark.parametrize("read", [select, query])
def test_an_unprojected_attribute_is_fetched_by_a_local_index(client, indexed, read):
    reply = read(client, indexed, index="local-keys", ProjectionExpression="extra, l")
    assert reply["Items"] == [{"extra": value("e"), "l": value("y")}]


@pytest.mark.parametrize("read", [select, query])
def test_a_consistent_read_is_for_tables_and_local_indexes(client, indexed, read):
    assert read(client, indexed, ConsistentRead=True)["Count"] == 1
    assert read(client, indexed, index="local-keys", ConsistentRead=True)["Count"] == 1
    with refused(containing="Consistent reads are not supported on global secondary indexes"):
        read(client, indexed, index="all", ConsistentRead=True)


# Projections of indexes


def create_with(loose, name, projection):
    parameters = schema(indexes={"index": ("g", None, "ALL")})
    parameters["GlobalSecondaryIndexes"][0]["Projection"] = projection
    loose.create_table(TableName=name, **parameters)


@pytest.mark.parametrize(
    "faulty",
    [
        {},
        {"NonKeyAttributes": ["p"]},
        {"ProjectionType": "ALL", "NonKeyAttributes": ["p"]},
        {"ProjectionType": "KEYS_ONLY", "NonKeyAttributes": ["p"]},
        {"ProjectionType": "INCLUDE"},
        {"ProjectionType": "INCLUDE", "NonKeyAttributes": []},
        {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["p", "p"]},
        {"ProjectionType": "SOME"},
    ],
)
def test_a_projection_that_contradicts_itself_is_refused(loose, name, faulty):
    with refused():
        create_with(loose, name, faulty)


def test_a_projection_may_name_keys(client, make_table):
    table = make_table(indexes={"index": ("g", None, ["pk", "p"])})
    client.put_item(TableName=table, Item=item(g="x", p="y", q="z"))
    assert client.scan(TableName=table, IndexName="index")["Items"] == [item(g="x", p="y")]
