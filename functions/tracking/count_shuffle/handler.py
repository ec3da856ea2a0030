from collections.abc import Sequence

from events.envelope import reader_of
from events.tracking import ShuffleRequested
from functions.tracking.count_shuffle.spec import SPEC
from functions.tracking.count_shuffle.use_case import count_shuffle
from functions.tracking.rows import TABLES
from shared.messages import Failed, Received
from shared.queue import consumer, read_event
from shared.settings import queue_url
from shared.wiring import store
from shared.work_queue import SqsWorkQueue


def handle(messages: Sequence[Received[ShuffleRequested]]) -> Failed:
    return count_shuffle(messages, store(TABLES), SqsWorkQueue(queue_url("shuffle_counts")))


handler = consumer(SPEC, read_event(reader_of(ShuffleRequested)), handle)
