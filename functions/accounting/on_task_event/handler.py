from collections.abc import Sequence

from events.accounting import LedgerEntryPosted, TaskPriced
from events.envelope import reader_of
from events.tracking import TASK_EVENTS, TaskEvent
from functions.accounting.on_task_event.use_case import on_task_event
from functions.accounting.rows import TABLES
from shared.context import Context
from shared.messages import Failed, Received
from shared.queue import consumer, read_event
from shared.settings import settings
from shared.spec import BATCH_GET, GET, PUT, QUERY, UPDATE, Events, UseCase
from shared.wiring import store

SPEC = UseCase(
    service="accounting",
    name="on_task_event",
    summary="Price tasks, charge for assignments, credit completions",
    trigger=Events(TASK_EVENTS),
    access={
        "prices": (BATCH_GET, PUT),
        "balances": (BATCH_GET, PUT),
        "entries": (PUT,),
        "account_days": (GET, QUERY, UPDATE),
        "day_totals": (UPDATE,),
        "inbox": (BATCH_GET, PUT),
        "journal": (PUT,),
    },
    publishes=(TaskPriced, LedgerEntryPosted),
    timeout_seconds=30,
)


def handle(messages: Sequence[Received[TaskEvent]], context: Context) -> Failed:
    return on_task_event(messages, store(TABLES), context, settings().business_timezone)


handler = consumer(SPEC, read_event(reader_of(TaskEvent)), handle)
