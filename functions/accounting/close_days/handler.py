from dataclasses import asdict
from typing import Any

from functions.accounting.close_days.use_case import close_days
from functions.accounting.rows import TABLES
from shared.clock import parse_day
from shared.context import invocation
from shared.settings import queue_url, settings, watched_queue_url
from shared.spec import BATCH_GET, PUT, QUERY, UPDATE, Every, UseCase
from shared.telemetry import invocation_log, write_figures
from shared.wiring import store
from shared.work_queue import SqsWorkQueue, depth

SPEC = UseCase(
    service="accounting",
    name="close_days",
    summary="Have every account closed through the last business day that is over",
    trigger=Every(minutes=5),
    access={"balances/by_closed_through": (QUERY,), "closes": (BATCH_GET, PUT, UPDATE)},
    sends_to=("close_accounts",),
    watches=("on_task_event",),
    timeout_seconds=60,
)


STAGE_THAT_CLOSES_BY_HAND = "dev"


def handler(event: dict[str, Any], lambda_context: Any) -> dict[str, Any]:
    """Invoked by the schedule or by name; `{"through": day}` is used on stage dev only."""
    context = invocation(lambda_context)
    started = close_days(
        store(TABLES),
        context,
        SqsWorkQueue(queue_url("close_accounts")),
        lambda: depth(watched_queue_url("on_task_event")),
        settings().business_timezone,
        _through(event),
    )
    invocation_log(context.correlation_id, "closing", **asdict(started))
    write_figures(context.figures)
    return asdict(started)


def _through(event: dict[str, Any]) -> str | None:
    """Raises ValueError if it is not a day."""
    if settings().stage != STAGE_THAT_CLOSES_BY_HAND or "through" not in event:
        return None
    return parse_day(event["through"])
