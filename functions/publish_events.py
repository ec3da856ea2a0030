"""Publishes new journal records to the bus; every service that has a journal has this function."""

from typing import Any

from shared.bus import EventBridge
from shared.clock import system_clock
from shared.outbox import publish
from shared.records import JournalRecord
from shared.relay import PUT_EVENTS, journal
from shared.settings import settings
from shared.spec import EVERY_SERVICE, UPDATE, Stream, UseCase
from shared.telemetry import invocation_log

SPEC = UseCase(
    service=EVERY_SERVICE,
    name="publish_events",
    summary="Publish journal records as they are written",
    trigger=Stream("journal"),
    access={"journal": (UPDATE,)},
    actions=(PUT_EVENTS,),
    timeout_seconds=30,
)
_FIELDS = ("bucket", "event_id", "event_name", "producer", "occurred_at", "event")


def handler(event: dict[str, Any], lambda_context: Any) -> None:
    """Raise if the bus refused any event of the batch.

    The stream then delivers the whole batch again; duplicates do no harm.
    """
    records = [_record(entry["dynamodb"]["NewImage"]) for entry in event["Records"] if _is_new(entry)]
    published = publish(records, EventBridge(settings().bus_name), journal(), system_clock())
    invocation_log(lambda_context.aws_request_id, "published", events=published)


def _is_new(entry: dict[str, Any]) -> bool:
    """Whether the record is still to be published; a restore also inserts records published before."""
    return entry.get("eventName") == "INSERT" and "unpublished_shard" in entry["dynamodb"]["NewImage"]


def _record(image: dict[str, dict[str, str]]) -> JournalRecord:
    """Build a record from the fields that publishing and marking need."""
    texts: dict[str, Any] = {name: image[name]["S"] for name in _FIELDS}
    return JournalRecord(event_version=int(image["event_version"]["N"]), **texts)
