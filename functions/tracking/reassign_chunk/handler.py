import random
from collections.abc import Sequence

from functions.tracking.jobs import ReassignChunk, reassign_chunk_job
from functions.tracking.reassign_chunk.spec import SPEC
from functions.tracking.reassign_chunk.use_case import reassign_chunk
from functions.tracking.rows import TABLES
from shared.clock import system_clock
from shared.messages import Failed, Received
from shared.queue import consumer, read_job
from shared.wiring import store


def handle(messages: Sequence[Received[ReassignChunk]]) -> Failed:
    return reassign_chunk(messages, store(TABLES), system_clock, random.SystemRandom())


handler = consumer(SPEC, read_job(reassign_chunk_job), handle)
