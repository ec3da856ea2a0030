"""Logs and metrics, with Powertools: one line per invocation, with its correlation id."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from aws_lambda_powertools.logging.logger import Logger

from shared.context import Figure

LOGGED: dict[str, Any] = {"location": None}
"""Every line would name the same place; that of an error is in its traceback."""


@cache
def logger() -> Logger:
    return Logger(**LOGGED)


def invocation_log(correlation_id: str, outcome: str, **fields: Any) -> None:
    """Write the log line of an invocation."""
    logger().info(outcome, extra={"correlation_id": correlation_id, **fields})


def write_figures(figures: Sequence[Figure]) -> None:
    """Write the metrics of an invocation, if it has any; only then is the library for them imported.

    The work is done by then: it must not seem to have failed because a metric can't be written.
    """
    if not figures:
        return
    try:
        from shared.metrics import write

        write(figures)
    except Exception as error:
        logger().exception("metrics were not written", exc_info=error)
