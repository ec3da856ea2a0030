from collections.abc import Sequence

from events.accounting import CloseRequested
from events.envelope import reader_of
from functions.accounting.begin_close.use_case import begin_close
from functions.accounting.rows import TABLES
from shared.context import Context
from shared.messages import Failed, Received
from shared.queue import consumer, read_event
from shared.settings import queue_url
from shared.spec import BATCH_GET, PUT, QUERY, UPDATE, Events, UseCase
from shared.wiring import store
from shared.work_queue import SqsWorkQueue

SPEC = UseCase(
    service="accounting",
    name="begin_close",
    summary="Have every account closed through the day that somebody asked for",
    trigger=Events((CloseRequested,)),
    access={"balances/by_closed_through": (QUERY,), "closes": (BATCH_GET, PUT, UPDATE)},
    sends_to=("close_accounts",),
    timeout_seconds=60,
)


def handle(messages: Sequence[Received[CloseRequested]], context: Context) -> Failed:
    return begin_close(messages, store(TABLES), context, SqsWorkQueue(queue_url("close_accounts")))


handler = consumer(SPEC, read_event(reader_of(CloseRequested)), handle)
