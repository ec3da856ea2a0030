"""botocore clients, created when first needed and kept by the process."""

from functools import cache
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import get_session

ATTEMPTS = 4


@cache
def client(name: str, attempts: int = ATTEMPTS) -> Any:
    """`attempts` is 1 for a call that must not be repeated if its answer is lost."""
    config = Config(
        connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": attempts}
    )
    return get_session().create_client(name, config=config)


def error_code(error: ClientError) -> str:
    """AWS's code of an error, such as `ResourceNotFoundException`."""
    return error.response["Error"]["Code"]
