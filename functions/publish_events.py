"""From a journal's stream to the bus; every service that has a journal has this function."""

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
    """Raises for a batch that the bus did not take whole.

    A stream's partial answers are not used: the whole batch comes again, and duplicates do no harm.
    """
    records = [_record(entry["dynamodb"]["NewImage"]) for entry in event["Records"] if _is_new(entry)]
    published = publish(records, EventBridge(settings().bus_name), journal(), system_clock())
    invocation_log(lambda_context.aws_request_id, "published", events=published)


def _is_new(entry: dict[str, Any]) -> bool:
    """Of an event that waits to be published; a row that a restore wrote again was published long ago."""
    return entry.get("eventName") == "INSERT" and "unpublished_shard" in entry["dynamodb"]["NewImage"]


def _record(image: dict[str, dict[str, str]]) -> JournalRecord:
    """A stream's image has only what publishing and marking need read from it."""
    texts: dict[str, Any] = {name: image[name]["S"] for name in _FIELDS}
    return JournalRecord(event_version=int(image["event_version"]["N"]), **texts)
