from typing import Any

from functions.notifications.domain import room
from functions.notifications.queue_due_reports.use_case import queue_due_reports
from functions.notifications.rows import TABLES
from shared.context import invocation
from shared.settings import per_second, queue_url, watched_queue_url
from shared.spec import MAIL, QUERY, UPDATE, Every, UseCase
from shared.telemetry import invocation_log
from shared.wiring import store
from shared.work_queue import SqsWorkQueue, depth

SPEC = UseCase(
    service="notifications",
    name="queue_due_reports",
    summary="Hand the reports that are due to the sender",
    trigger=Every(minutes=1),
    access={"reports": (UPDATE,), "reports/by_due": (QUERY,)},
    sends_to=("reports",),
    watches=("send_report",),
    rates=(MAIL,),
    timeout_seconds=50,
)


RESERVE_MILLISECONDS = 10_000


def handler(_event: dict[str, Any], lambda_context: Any) -> None:
    def has_time() -> bool:
        return bool(lambda_context.get_remaining_time_in_millis() > RESERVE_MILLISECONDS)

    context = invocation(lambda_context)
    more = room(per_second(MAIL), depth(watched_queue_url("send_report")))
    queue = SqsWorkQueue(queue_url("reports"))
    queued = queue_due_reports(store(TABLES), context, queue, more, has_time)
    invocation_log(context.correlation_id, "queued", reports=queued)
