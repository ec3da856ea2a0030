import random
from collections.abc import Sequence

from events.accounting import CloseRequested
from events.envelope import reader_of
from functions.accounting.begin_close.spec import SPEC
from functions.accounting.begin_close.use_case import begin_close
from functions.accounting.rows import TABLES
from shared.clock import system_clock
from shared.messages import Failed, Received
from shared.queue import consumer, read_event
from shared.settings import queue_url
from shared.wiring import store
from shared.work_queue import SqsWorkQueue


def handle(messages: Sequence[Received[CloseRequested]]) -> Failed:
    queue = SqsWorkQueue(queue_url("close_accounts"))
    return begin_close(messages, store(TABLES), queue, system_clock, random.SystemRandom())


handler = consumer(SPEC, read_event(reader_of(CloseRequested)), handle)
