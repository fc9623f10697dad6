"""What it means for a request to be refused."""

import contextlib

import pytest
from botocore.exceptions import ClientError

ENVELOPE = "1 validation error detected: "


def unwrapped(message: str) -> str:
    """The fault itself. Some operations put a single fault into an envelope and some do not."""
    return message.removeprefix(ENVELOPE)


@contextlib.contextmanager
def refused(code="ValidationException", message=None, containing=None):
    """Expects the block to fail with this error. The message is compared without its envelope,
    unless the one expected has an envelope too."""
    with pytest.raises(ClientError) as caught:
        yield caught
    error = caught.value.response["Error"]
    assert error["Code"] == code, error
    actual = error["Message"]
    if message is not None:
        if not message.startswith(ENVELOPE):
            actual = unwrapped(actual)
        assert actual == message
    for part in [containing] if isinstance(containing, str) else containing or []:
        assert part in actual
