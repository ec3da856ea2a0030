"""Ledger.EntryPosted and Account.DayClosed, from the bus"""

from collections.abc import Sequence

from events.accounting import LEDGER_EVENTS
from events.envelope import Event, read_envelope
from functions.notifications.on_ledger_event.use_case import on_ledger_event
from functions.notifications.rows import TABLES
from shared.context import Context
from shared.messages import Failed, Received
from shared.queue import consumer, read_event
from shared.spec import BATCH_WRITE, GET, PUT, Events, UseCase
from shared.wiring import store

SPEC = UseCase(
    service="notifications",
    name="on_ledger_event",
    summary="Keep the lines of reports, and a report for each closed day with entries",
    trigger=Events(LEDGER_EVENTS, batch_size=100, collected_seconds=1),
    access={"entries": (BATCH_WRITE,), "reports": (GET, PUT)},
)


def handle(messages: Sequence[Received[Event]], context: Context) -> Failed:
    return on_ledger_event(messages, store(TABLES), context)


handler = consumer(SPEC, read_event(read_envelope), handle)
