"""Short spellings of the parameters of CreateTable."""


def key_schema(partition, sort):
    elements = [{"AttributeName": name, "KeyType": "HASH"} for name in listed(partition)]
    return elements + [{"AttributeName": name, "KeyType": "RANGE"} for name in listed(sort)]


def listed(names):
    return [names] if isinstance(names, str) else list(names or ())


def projection_of(projection):
    if isinstance(projection, str):
        return {"ProjectionType": projection}
    return {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(projection)}


def schema(partition="pk", sort=None, local=None, indexes=None, types=None, units=None, **other):
    """The parameters of CreateTable, short.

    `local` maps a local index's name to (sort key, projection), `indexes` a global index's name to
    (partition key or keys, sort key or keys or None, projection). A projection is a type, or a list of the
    attributes to include. `types` gives the key types that are not S. `units` = (read, write) makes
    the table provisioned.
    """
    types = types or {}
    local = local or {}
    indexes = indexes or {}
    names = listed(partition) + listed(sort)
    names += [sort_key for sort_key, _ in local.values()]
    for hashes, ranges, _ in indexes.values():
        names += listed(hashes) + listed(ranges)
    parameters = {
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": types.get(name, "S")} for name in dict.fromkeys(names)
        ],
        "KeySchema": key_schema(partition, sort),
    }
    throughput = {}
    if units:
        read, write = units
        throughput = {"ProvisionedThroughput": {"ReadCapacityUnits": read, "WriteCapacityUnits": write}}
        parameters["BillingMode"] = "PROVISIONED"
    else:
        parameters["BillingMode"] = "PAY_PER_REQUEST"
    if local:
        parameters["LocalSecondaryIndexes"] = [
            {
                "IndexName": index,
                "KeySchema": key_schema(partition, sort_key),
                "Projection": projection_of(projection),
            }
            for index, (sort_key, projection) in local.items()
        ]
    if indexes:
        parameters["GlobalSecondaryIndexes"] = [
            {
                "IndexName": index,
                "KeySchema": key_schema(hashes, ranges),
                "Projection": projection_of(projection),
                **throughput,
            }
            for index, (hashes, ranges, projection) in indexes.items()
        ]
    return {**parameters, **throughput, **other}
