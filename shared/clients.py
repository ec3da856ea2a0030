"""boto3 clients, made when first needed and kept for the life of the process."""

from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ATTEMPTS = 4


@cache
def client(name: str, attempts: int = ATTEMPTS) -> Any:
    """`attempts` is 1 for a call that must not be repeated when its answer got lost."""
    config = Config(
        connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": attempts}
    )
    return boto3.client(name, config=config)  # type: ignore[call-overload]


def error_code(error: ClientError) -> str:
    """The code by which AWS says why it refused a call, such as `ResourceNotFoundException`."""
    return error.response["Error"]["Code"]
