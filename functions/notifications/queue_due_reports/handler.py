"""Every minute"""

from typing import Any

from functions.notifications.queue_due_reports.use_case import queue_due_reports
from functions.notifications.tables import TABLES
from shared.settings import queue_url
from shared.telemetry import invocation_log
from shared.wiring import invocation, store
from shared.work_queue import SqsWorkQueue


def handler(_event: dict[str, Any], lambda_context: Any) -> None:
    context = invocation(lambda_context)
    queued = queue_due_reports(store(TABLES), context, SqsWorkQueue(queue_url("reports")))
    invocation_log(context.correlation_id, "queued", reports=queued)
