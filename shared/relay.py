"""The relay of a service's journal: from its stream as events are written, and by a sweep."""

from collections.abc import Callable
from functools import cache
from typing import Any

from shared.bus import EventBridge
from shared.clock import system_clock
from shared.dynamo_store import DynamoStore
from shared.outbox import publish, sweep
from shared.records import JOURNAL, JournalRecord
from shared.settings import settings
from shared.telemetry import invocation_log

RESERVE_MILLISECONDS = 10_000
_FIELDS = ("bucket", "event_id", "event_name", "producer", "occurred_at", "event")


def publish_events_handler() -> Callable[[dict[str, Any], Any], None]:
    """For inserts from the journal's stream; raises for a batch that the bus did not take whole.

    A stream's partial answers are not used: the whole batch comes again, and duplicates do no harm.
    """

    def handler(event: dict[str, Any], context: Any) -> None:
        records = [_record(entry["dynamodb"]["NewImage"]) for entry in event["Records"] if _is_new(entry)]
        published = publish(records, EventBridge(settings().bus_name), _journal(), system_clock())
        invocation_log(context.aws_request_id, "published", events=published)

    return handler


def sweep_journal_handler() -> Callable[[dict[str, Any], Any], None]:
    """For a schedule's tick; raises when the bus refused."""

    def handler(_event: dict[str, Any], context: Any) -> None:
        def has_time() -> bool:
            return bool(context.get_remaining_time_in_millis() > RESERVE_MILLISECONDS)

        published = sweep(_journal(), EventBridge(settings().bus_name), system_clock(), has_time)
        invocation_log(context.aws_request_id, "swept", events=published)

    return handler


def _is_new(entry: dict[str, Any]) -> bool:
    """Of an event that waits to be published; a row that a restore wrote again was published long ago."""
    return entry.get("eventName") == "INSERT" and "unpublished_shard" in entry["dynamodb"]["NewImage"]


def _record(image: dict[str, dict[str, str]]) -> JournalRecord:
    """A stream's image has only what publishing and marking need read from it."""
    texts: dict[str, Any] = {name: image[name]["S"] for name in _FIELDS}
    return JournalRecord(event_version=int(image["event_version"]["N"]), **texts)


@cache
def _journal() -> DynamoStore:
    return DynamoStore([JOURNAL], settings().table_prefix)
