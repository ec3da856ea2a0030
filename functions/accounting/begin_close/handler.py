from collections.abc import Sequence

from events.accounting import CloseRequested
from events.envelope import reader_of
from functions.accounting.begin_close.spec import SPEC
from functions.accounting.begin_close.use_case import begin_close
from functions.accounting.tables import TABLES
from shared.context import Context
from shared.messages import Failed, Received
from shared.queue import consumer, read_event
from shared.settings import queue_url
from shared.wiring import store
from shared.work_queue import SqsWorkQueue


def handle(messages: Sequence[Received[CloseRequested]], context: Context) -> Failed:
    return begin_close(messages, store(TABLES), context, SqsWorkQueue(queue_url("close_accounts")))


handler = consumer(SPEC, read_event(reader_of(CloseRequested)), handle)
