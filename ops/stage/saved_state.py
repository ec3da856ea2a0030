"""How something was before a command changed it for a while, kept in AWS.

Whoever repeats a command that was killed then still knows what to put back.
"""

import json
from collections.abc import Callable
from typing import TypeVar

from botocore.exceptions import ClientError

from ops.stage.aws import Aws
from shared.clients import error_code

T = TypeVar("T")


def save_once(aws: Aws, name: str, look: Callable[[], T]) -> T:
    """What was kept by a command that did not come to its end, or else what is seen now, which is kept."""
    value = _saved(aws, name)
    if value is None:
        value = json.dumps(look(), separators=(",", ":"))
        aws.parameters.put_parameter(Name=_key(aws, name), Value=value, Type="String")
    kept: T = json.loads(value)
    return kept


def is_saved(aws: Aws, name: str) -> bool:
    """Whether a command has changed it and has not put it back: it is at work, or was killed."""
    return _saved(aws, name) is not None


def delete(aws: Aws, name: str) -> None:
    """All of it is put back."""
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
