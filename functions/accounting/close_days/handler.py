import random
from dataclasses import asdict
from typing import Any

from functions.accounting.close_days.use_case import close_days
from functions.accounting.rows import TABLES
from shared.clock import parse_day, system_clock
from shared.scope import Scope
from shared.settings import queue_url, settings, watched_queue_url
from shared.telemetry import invocation_log
from shared.wiring import store
from shared.work_queue import SqsWorkQueue, depth

STAGE_THAT_CLOSES_BY_HAND = "dev"


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """For a tick of the schedule, or invoked by name; `{"through": day}` counts on stage dev alone."""
    scope = Scope(system_clock, random.SystemRandom(), context.aws_request_id)
    started = close_days(
        store(TABLES),
        SqsWorkQueue(queue_url("close_accounts")),
        lambda: depth(watched_queue_url("on_task_event")),
        scope,
        settings().business_timezone,
        _through(event),
    )
    invocation_log(scope.correlation_id, "closing", **asdict(started))
    return asdict(started)


def _through(event: dict[str, Any]) -> str | None:
    """Raises ValueError for what is not a day."""
    if settings().stage != STAGE_THAT_CLOSES_BY_HAND or "through" not in event:
        return None
    return parse_day(event["through"])
