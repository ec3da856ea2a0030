"""Publishes new journal records to the bus; every service that has a journal has this function."""

from typing import Any

from shared.bus import EventBridge
from shared.context import invocation
from shared.outbox import EventsLeft, journaled, publish
from shared.records import JournalRecord
from shared.relay import PUT_EVENTS, journal
from shared.settings import settings
from shared.spec import BATCH_WRITE, EVERY_SERVICE, UPDATE, Stream, UseCase
from shared.telemetry import invocation_log, logger

SPEC = UseCase(
    service=EVERY_SERVICE,
    name="publish_events",
    summary="Publish journal records as they are written",
    trigger=Stream("journal"),
    access={"journal": (UPDATE,), "receipts": (BATCH_WRITE,)},
    actions=(PUT_EVENTS,),
    timeout_seconds=30,
)


def handler(event: dict[str, Any], lambda_context: Any) -> None:
    """Raises BusDown if the bus doesn't answer: the stream then delivers the whole batch again.

    Single events that the bus keeps refusing are left to the sweep, so that the others aren't repeated.
    """
    records = [_record(entry["dynamodb"]["NewImage"]) for entry in event["Records"] if _is_new(entry)]
    events, bus = journaled(records), EventBridge(settings().bus_name)
    try:
        published = publish(events, bus, journal(), invocation(lambda_context))
    except EventsLeft as refused:
        logger().error("left to the sweep", exc_info=refused)
        published = len(events) - refused.count
    invocation_log(lambda_context.aws_request_id, "published", events=published)


def _is_new(entry: dict[str, Any]) -> bool:
    """Whether the record is still to be published; a restore also inserts records published before."""
    return entry.get("eventName") == "INSERT" and "published_at" not in entry["dynamodb"]["NewImage"]


def _record(image: dict[str, dict[str, str]]) -> JournalRecord:
    """Build a record from the fields that publishing needs."""
    shard = image.get("unpublished_shard")
    return JournalRecord(
        image["bucket"]["S"],
        image["event_id"]["S"],
        image["event"]["S"],
        unpublished_shard=None if shard is None else int(shard["N"]),
    )
