"""Asks whether a condition is true of an item."""

from items import item, values


def holds(client, table, condition, names=None, key=None, **placeholders):
    """Whether `condition` is true of the item with `key`, by an update that changes nothing."""
    request = {"TableName": table, "Key": key or item(), "ConditionExpression": condition}
    if names:
        request["ExpressionAttributeNames"] = names
    if placeholders:
        request["ExpressionAttributeValues"] = values(**placeholders)
    try:
        client.update_item(**request)
    except client.exceptions.ConditionalCheckFailedException:
        return False
    return True
