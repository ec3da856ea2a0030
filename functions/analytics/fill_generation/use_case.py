"""Project ledger events into a new generation, while the previous one is read."""

from collections.abc import Sequence
from typing import Any, cast

from events.envelope import read_envelope
from functions.analytics.projection import LedgerEvent, Messages, project
from shared.context import Context
from shared.frozen import Frozen
from shared.messages import NONE_FAILED, Failed, Received
from shared.store import Store


class Fill(Frozen):
    """Events from accounting's journal, for one generation."""

    generation: int
    events: Messages


def read_fill(document: Any) -> Fill:
    """Raises KeyError, TypeError or ValueError if the document is not such a job."""
    return Fill(int(document["generation"]), [_received(each) for each in document["events"]])


def fill_generation(messages: Sequence[Received[Fill]], store: Store, context: Context, zone: str) -> Failed:
    """Each event counts once, so a repeated message changes nothing."""
    for message in messages:
        project(message.payload.events, message.payload.generation, store, context, zone)
    return NONE_FAILED


def _received(document: Any) -> Received[LedgerEvent]:
    envelope, event = read_envelope(document)
    return Received(
        message_id=envelope.event_id,
        event_id=envelope.event_id,
        occurred_at=envelope.occurred_at,
        correlation_id=envelope.correlation_id,
        payload=cast(LedgerEvent, event),
    )
