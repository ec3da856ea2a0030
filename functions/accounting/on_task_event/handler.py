import random
from collections.abc import Sequence

from events.envelope import reader_of
from events.tracking import TaskEvent
from functions.accounting.on_task_event.spec import SPEC
from functions.accounting.on_task_event.use_case import on_task_event
from functions.accounting.rows import TABLES
from shared.clock import system_clock
from shared.messages import Failed, Received
from shared.queue import consumer, read_event
from shared.settings import settings
from shared.wiring import store


def handle(messages: Sequence[Received[TaskEvent]]) -> Failed:
    zone = settings().business_timezone
    return on_task_event(messages, store(TABLES), system_clock, random.SystemRandom(), zone)


handler = consumer(SPEC, read_event(reader_of(TaskEvent)), handle)
