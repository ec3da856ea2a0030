"""boto3 clients, made when first needed and kept for the life of the process."""

from functools import cache
from typing import Any

import boto3
from botocore.config import Config

CONFIG = Config(connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 4})


@cache
def client(name: str) -> Any:
    return boto3.client(name, config=CONFIG)  # type: ignore[call-overload]
