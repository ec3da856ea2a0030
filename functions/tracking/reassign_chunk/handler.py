from collections.abc import Sequence

from functions.tracking.jobs import ReassignChunk, reassign_chunk_job
from functions.tracking.reassign_chunk.spec import SPEC
from functions.tracking.reassign_chunk.use_case import reassign_chunk
from functions.tracking.tables import TABLES
from shared.context import Context
from shared.messages import Failed, Received
from shared.queue import consumer, read_job
from shared.wiring import store


def handle(messages: Sequence[Received[ReassignChunk]], context: Context) -> Failed:
    return reassign_chunk(messages, store(TABLES), context)


handler = consumer(SPEC, read_job(reassign_chunk_job), handle)
