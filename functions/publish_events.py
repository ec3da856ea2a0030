"""Publishes new journal records to the bus; every service that has a journal has this function."""

from typing import Any

from shared.bus import EventBridge
from shared.context import invocation
from shared.outbox import journaled, publish
from shared.records import JournalRecord
from shared.relay import PUT_EVENTS, journal
from shared.settings import settings
from shared.spec import BATCH_WRITE, EVERY_SERVICE, UPDATE, Stream, UseCase
from shared.telemetry import invocation_log

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
    """Raise if the bus refused any event of the batch.

    The stream then delivers the whole batch again; duplicates do no harm.
    """
    records = [_record(entry["dynamodb"]["NewImage"]) for entry in event["Records"] if _is_new(entry)]
    bus = EventBridge(settings().bus_name)
    published = publish(journaled(records), bus, journal(), invocation(lambda_context))
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
