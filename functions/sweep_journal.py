"""Publishes journal records that the stream missed; every service that has a journal has this function."""

from typing import Any

from shared.bus import EventBridge
from shared.context import invocation
from shared.outbox import sweep
from shared.relay import PUT_EVENTS, journal
from shared.settings import settings
from shared.spec import (
    BATCH_GET,
    BATCH_WRITE,
    EVERY_SERVICE,
    GET,
    PUT,
    QUERY,
    UPDATE,
    Every,
    UseCase,
)
from shared.telemetry import invocation_log

SPEC = UseCase(
    service=EVERY_SERVICE,
    name="sweep_journal",
    summary="Publish what the stream left unpublished for more than two minutes",
    trigger=Every(minutes=1),
    access={
        "journal": (BATCH_GET, QUERY, UPDATE),
        "journal/unpublished": (QUERY,),
        "receipts": (BATCH_WRITE, GET, PUT, QUERY),
    },
    actions=(PUT_EVENTS,),
    timeout_seconds=60,
)
RESERVE_MILLISECONDS = 10_000


def handler(_event: dict[str, Any], lambda_context: Any) -> None:
    """Raise if the bus refused an event."""

    def has_time() -> bool:
        return bool(lambda_context.get_remaining_time_in_millis() > RESERVE_MILLISECONDS)

    published = sweep(journal(), EventBridge(settings().bus_name), invocation(lambda_context), has_time)
    invocation_log(lambda_context.aws_request_id, "swept", events=published)
