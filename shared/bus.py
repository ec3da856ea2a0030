"""The event bus, as a port and on EventBridge."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from shared.clients import client
from shared.frozen import Frozen
from shared.text import deliverable

MAX_ENTRIES = 10
MAX_BYTES = 240_000
"""A PutEvents call takes 10 entries and 256 KiB; what counts besides the details fits in the rest."""


class BusEntry(Frozen):
    """An event to publish; `detail` is the envelope as JSON."""

    producer: str
    event_name: str
    detail: str


class BusDown(Exception):
    """The bus did not answer, or refused the whole call."""


class Bus(Protocol):
    def put(self, entries: Sequence[BusEntry]) -> list[bool]:
        """For each of at most 10 entries, whether the bus accepted it; raises BusDown."""
        ...


class EventBridge:
    def __init__(self, name: str, events: Callable[[], Any] = lambda: client("events")) -> None:
        """`events` returns the client, when first needed."""
        self._name = name
        self._events = events

    def put(self, entries: Sequence[BusEntry]) -> list[bool]:
        try:
            answer = self._events().put_events(Entries=[self._entry(entry) for entry in entries])
        except (BotoCoreError, ClientError) as error:
            raise BusDown(str(error)) from error
        return ["ErrorCode" not in result for result in answer["Entries"]]

    def _entry(self, entry: BusEntry) -> dict[str, str]:
        return {
            "EventBusName": self._name,
            "Source": f"ates.{entry.producer}",
            "DetailType": entry.event_name,
            # Old records may have characters that SQS refuses; they would reach no queue at all.
            "Detail": deliverable(entry.detail),
        }


def calls(entries: Sequence[BusEntry]) -> list[list[int]]:
    """Split entries, by position, into calls within the bus's limits."""
    groups: list[list[int]] = []
    size = 0
    for position, entry in enumerate(entries):
        length = len(entry.detail.encode())
        if not groups or len(groups[-1]) == MAX_ENTRIES or size + length > MAX_BYTES:
            groups.append([])
            size = 0
        groups[-1].append(position)
        size += length
    return groups
