from collections.abc import Sequence

from functions.analytics.fill_generation.spec import SPEC
from functions.analytics.fill_generation.use_case import Fill, fill_generation, read_fill
from functions.analytics.rows import TABLES
from shared.clock import system_clock
from shared.messages import Failed, Received
from shared.queue import consumer, read_job
from shared.settings import settings
from shared.wiring import store


def handle(messages: Sequence[Received[Fill]]) -> Failed:
    return fill_generation(messages, store(TABLES), system_clock, settings().business_timezone)


handler = consumer(SPEC, read_job(read_fill), handle)
