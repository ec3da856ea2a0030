"""Ledger.EntryPosted and Account.DayClosed, from the bus"""

from collections.abc import Sequence

from events.envelope import Event, read_envelope
from functions.notifications.on_ledger_event.spec import SPEC
from functions.notifications.on_ledger_event.use_case import on_ledger_event
from functions.notifications.rows import TABLES
from shared.clock import system_clock
from shared.messages import Failed, Received
from shared.queue import consumer, read_event
from shared.wiring import store


def handle(messages: Sequence[Received[Event]]) -> Failed:
    return on_ledger_event(messages, store(TABLES), system_clock)


handler = consumer(SPEC, read_event(read_envelope), handle)
