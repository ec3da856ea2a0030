"""Logs and metrics, by Powertools: one line per invocation, with the correlation id that joins them all."""

from functools import cache
from typing import Any

from aws_lambda_powertools.logging.logger import Logger


@cache
def logger() -> Logger:
    return Logger()


def invocation_log(correlation_id: str, outcome: str, **fields: Any) -> None:
    """The one line of an invocation that went as it should."""
    logger().info(outcome, extra={"correlation_id": correlation_id, **fields})
