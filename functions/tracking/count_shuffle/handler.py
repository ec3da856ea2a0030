from collections.abc import Sequence

from events.envelope import reader_of
from events.tracking import ShuffleRequested
from functions.tracking.count_shuffle.use_case import count_shuffle
from functions.tracking.rows import TABLES
from shared.context import Context
from shared.messages import Failed, Received
from shared.queue import consumer, read_event
from shared.settings import queue_url
from shared.spec import GET, Events, UseCase
from shared.wiring import store
from shared.work_queue import SqsWorkQueue

SPEC = UseCase(
    service="tracking",
    name="count_shuffle",
    summary="Begin to count the open tasks of a shuffle",
    trigger=Events((ShuffleRequested,)),
    access={"shuffles": (GET,)},
    sends_to=("shuffle_counts",),
)


def handle(messages: Sequence[Received[ShuffleRequested]], context: Context) -> Failed:
    return count_shuffle(messages, store(TABLES), SqsWorkQueue(queue_url("shuffle_counts")))


handler = consumer(SPEC, read_event(reader_of(ShuffleRequested)), handle)
