"""Logs, with Powertools: one line per invocation, with its correlation id."""

from functools import cache
from typing import Any

from aws_lambda_powertools.logging.logger import Logger


@cache
def logger() -> Logger:
    return Logger()


def invocation_log(correlation_id: str, outcome: str, **fields: Any) -> None:
    """Write the log line of an invocation."""
    logger().info(outcome, extra={"correlation_id": correlation_id, **fields})
