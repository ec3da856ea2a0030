from collections.abc import Sequence
from typing import cast

from events.accounting import LEDGER_EVENTS
from events.envelope import Event, read_envelope
from functions.analytics.on_ledger_event.use_case import on_ledger_event
from functions.analytics.projection import Messages
from functions.analytics.rows import TABLES
from shared.context import Context
from shared.messages import Failed, Received
from shared.queue import consumer, read_event
from shared.settings import settings
from shared.spec import BATCH_GET, CHECK, GET, PUT, UPDATE, Events, UseCase
from shared.wiring import store

SPEC = UseCase(
    service="analytics",
    name="on_ledger_event",
    summary="Keep the company's figures from what accounting posts and closes",
    trigger=Events(LEDGER_EVENTS, batch_size=100, collected_seconds=1),
    access={
        "generations": (GET,),
        "inbox": (BATCH_GET, CHECK, GET, PUT),
        "day_totals": (UPDATE,),
        "accounts": (BATCH_GET, PUT),
        "minus_counts": (GET, UPDATE),
        "top_tasks": (BATCH_GET, PUT),
    },
    timeout_seconds=30,
)


def handle(messages: Sequence[Received[Event]], context: Context) -> Failed:
    """The rule routes only the events of the spec."""
    return on_ledger_event(cast(Messages, messages), store(TABLES), context, settings().business_timezone)


handler = consumer(SPEC, read_event(read_envelope), handle)
