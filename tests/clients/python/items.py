"""Short spellings of attribute values and items."""


def value(plain):
    """The typed form: str is S, int N, bytes B, bool BOOL, None NULL, list L, dict M. A typed
    value is spelled `Typed`."""
    if isinstance(plain, Typed):
        return plain.typed
    if isinstance(plain, bool):
        return {"BOOL": plain}
    if plain is None:
        return {"NULL": True}
    if isinstance(plain, str):
        return {"S": plain}
    if isinstance(plain, int):
        return {"N": str(plain)}
    if isinstance(plain, bytes):
        return {"B": plain}
    if isinstance(plain, list):
        return {"L": [value(element) for element in plain]}
    return {"M": {name: value(element) for name, element in plain.items()}}


class Typed:
    """A value that is typed already."""

    def __init__(self, **typed):
        self.typed = typed


def strings(*members):
    return Typed(SS=list(members))


def numbers(*members):
    return Typed(NS=[str(member) for member in members])


def binaries(*members):
    return Typed(BS=list(members))


def number(text):
    return Typed(N=text)


def item(**attributes):
    """An item. With no `pk` given it is `a`."""
    return {name: value(plain) for name, plain in {"pk": "a", **attributes}.items()}


def values(**plain):
    """ExpressionAttributeValues, without the colons."""
    return {f":{name}": value(element) for name, element in plain.items()}


def nested(levels, leaf="x"):
    """A scalar within so many maps."""
    typed = {"S": leaf}
    for _ in range(levels):
        typed = {"M": {"m": typed}}
    return typed
