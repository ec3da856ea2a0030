"""Saves in AWS how something was before a command changed it for a while.

If the command is killed, a repeated one still knows what to restore.
"""

import json
from collections.abc import Callable
from typing import TypeVar

from botocore.exceptions import ClientError

from ops.stage.aws import Aws
from shared.clients import error_code

T = TypeVar("T")


def save_once(aws: Aws, name: str, current: Callable[[], T]) -> T:
    """Saves the current state, unless a command that was killed has saved one; returns the saved state."""
    value = _saved(aws, name)
    if value is None:
        value = json.dumps(current(), separators=(",", ":"))
        aws.parameters.put_parameter(Name=_key(aws, name), Value=value, Type="String")
    saved: T = json.loads(value)
    return saved


def is_saved(aws: Aws, name: str) -> bool:
    """Whether a command has changed it and not restored it: it is running, or was killed."""
    return _saved(aws, name) is not None


def delete(aws: Aws, name: str) -> None:
    """Call it once everything is restored."""
    aws.parameters.delete_parameter(Name=_key(aws, name))


def _saved(aws: Aws, name: str) -> str | None:
    try:
        found: str = aws.parameters.get_parameter(Name=_key(aws, name))["Parameter"]["Value"]
    except ClientError as refused:
        if error_code(refused) != "ParameterNotFound":
            raise
        return None
    return found


def _key(aws: Aws, name: str) -> str:
    return f"/ates/{aws.target.stage}/before/{name}"
