from collections.abc import Sequence

from functions.analytics.fill_generation.use_case import Fill, fill_generation, read_fill
from functions.analytics.rows import TABLES
from shared.context import Context
from shared.messages import Failed, Received
from shared.queue import consumer, read_job
from shared.settings import settings
from shared.spec import BATCH_GET, CHECK, GET, PUT, UPDATE, Jobs, UseCase
from shared.wiring import store

SPEC = UseCase(
    service="analytics",
    name="fill_generation",
    summary="Project ledger events into a generation that is not read yet",
    trigger=Jobs("fills", batch_size=5),
    access={
        "inbox": (BATCH_GET, CHECK, PUT),
        "day_totals": (UPDATE,),
        "accounts": (BATCH_GET, PUT),
        "minus_counts": (GET, UPDATE),
        "top_tasks": (BATCH_GET, PUT),
    },
    timeout_seconds=60,
)


def handle(messages: Sequence[Received[Fill]], context: Context) -> Failed:
    return fill_generation(messages, store(TABLES), context, settings().business_timezone)


handler = consumer(SPEC, read_job(read_fill), handle)
