from collections.abc import Sequence

from events.envelope import reader_of
from events.tracking import TaskEvent
from functions.accounting.on_task_event.spec import SPEC
from functions.accounting.on_task_event.use_case import on_task_event
from functions.accounting.tables import TABLES
from shared.context import Context
from shared.messages import Failed, Received
from shared.queue import consumer, read_event
from shared.settings import settings
from shared.wiring import store


def handle(messages: Sequence[Received[TaskEvent]], context: Context) -> Failed:
    return on_task_event(messages, store(TABLES), context, settings().business_timezone)


handler = consumer(SPEC, read_event(reader_of(TaskEvent)), handle)
