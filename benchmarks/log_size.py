"""How much functions write to their logs, by the real logger and the real metrics."""

from collections.abc import Sequence
from contextlib import redirect_stdout
from io import StringIO
from typing import Any

from aws_lambda_powertools.logging.logger import Logger

from shared import metrics
from shared.context import Figure

BYTES_PER_LINE = 26
"""What CloudWatch adds to each line, by its documentation of PutLogEvents."""


class LogSize:
    """Takes the place of `invocation_log` and `write_figures`; `bytes` is what they would have written.

    Lambda's own lines are not counted: a durable stage has none but for failures (`system_log_level`).
    """

    def __init__(self) -> None:
        self.bytes = 0
        self._written = StringIO()
        self._logger = Logger(service="benchmark", stream=self._written)

    def line(self, correlation_id: str, outcome: str, **fields: Any) -> None:
        self._logger.info(outcome, extra={"correlation_id": correlation_id, **fields})
        self._count()

    def figures(self, figures: Sequence[Figure]) -> None:
        if figures:
            with redirect_stdout(self._written):
                metrics.write(figures)
        self._count()

    def _count(self) -> None:
        lines = self._written.getvalue().splitlines()
        self.bytes += sum(len(line.encode()) + BYTES_PER_LINE for line in lines)
        self._written.seek(0)
        self._written.truncate()
