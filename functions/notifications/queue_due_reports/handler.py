from typing import Any

from functions.notifications.queue_due_reports.use_case import queue_due_reports
from functions.notifications.rows import TABLES
from shared.context import invocation
from shared.settings import queue_url
from shared.spec import QUERY, UPDATE, Every, UseCase
from shared.telemetry import invocation_log
from shared.wiring import store
from shared.work_queue import SqsWorkQueue

SPEC = UseCase(
    service="notifications",
    name="queue_due_reports",
    summary="Hand the reports that are due to the sender",
    trigger=Every(minutes=1),
    access={"reports": (UPDATE,), "reports/by_due": (QUERY,)},
    sends_to=("reports",),
    timeout_seconds=50,
)


def handler(_event: dict[str, Any], lambda_context: Any) -> None:
    context = invocation(lambda_context)
    queued = queue_due_reports(store(TABLES), context, SqsWorkQueue(queue_url("reports")))
    invocation_log(context.correlation_id, "queued", reports=queued)
