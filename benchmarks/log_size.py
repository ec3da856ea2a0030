"""How much functions write to their logs, by the real logger and the real metrics."""

import json
from collections.abc import Sequence
from contextlib import redirect_stdout
from io import StringIO
from typing import Any

from aws_lambda_powertools.logging.logger import Logger

from infra import access_log
from shared import metrics
from shared.context import Figure
from shared.spec import Http
from shared.telemetry import LOGGED

BYTES_PER_LINE = 26
"""What CloudWatch adds to each line, by its documentation of PutLogEvents."""

WRITTEN = StringIO()
LOGGER = Logger(service="benchmark", stream=WRITTEN, **LOGGED)
"""One for the process: Powertools keeps a logger, with its first stream, for each service's name."""

REQUEST = {
    "$context.requestId": "fDcRSgHKoAMEJpw=",
    "$context.requestTime": "25/Nov/2026:09:30:00 +0000",
    "$context.status": "201",
    "$context.authorizer.claims.sub": "3b1f8c52-9d04-4b7e-8a37-5d2e6c90f1ab",
    "$context.responseLatency": "48",
    "$context.error.message": "-",
}
"""Of a request that succeeds; API Gateway writes a dash for what there isn't."""


def access_log_bytes(route: Http) -> int:
    """The line of API Gateway's own log about a request."""
    values = {**REQUEST, "$context.routeKey": f"{route.method} {route.path}"}
    line = json.dumps({name: values[value] for name, value in access_log.FIELDS.items()})
    return len(line.encode()) + BYTES_PER_LINE


class LogSize:
    """Takes the place of `invocation_log` and `write_figures`; `bytes` is what they would have written.

    Lambda's own lines are not counted: a durable stage has none but for failures (`system_log_level`).
    """

    def __init__(self) -> None:
        self.bytes = 0

    def line(self, correlation_id: str, outcome: str, **fields: Any) -> None:
        LOGGER.info(outcome, extra={"correlation_id": correlation_id, **fields})
        self._count()

    def figures(self, figures: Sequence[Figure]) -> None:
        if figures:
            with redirect_stdout(WRITTEN):
                metrics.write(figures)
        self._count()

    def _count(self) -> None:
        lines = WRITTEN.getvalue().splitlines()
        self.bytes += sum(len(line.encode()) + BYTES_PER_LINE for line in lines)
        WRITTEN.seek(0)
        WRITTEN.truncate()
