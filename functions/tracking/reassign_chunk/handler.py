from collections.abc import Sequence

from events.tracking import TaskAssigned
from functions.tracking.jobs import ReassignChunk, reassign_chunk_job
from functions.tracking.reassign_chunk.use_case import reassign_chunk
from functions.tracking.rows import TABLES
from shared.context import Context
from shared.messages import Failed, Received
from shared.queue import consumer, read_job
from shared.spec import BATCH_GET, GET, PUT, UPDATE, Jobs, UseCase
from shared.wiring import store

SPEC = UseCase(
    service="tracking",
    name="reassign_chunk",
    summary="Assign the tasks of a shuffle's chunk again",
    trigger=Jobs("shuffle_chunks"),
    access={
        "journal": (PUT,),
        "roster": (BATCH_GET, GET),
        "shuffle_chunks": (GET, UPDATE),
        "shuffle_marks": (BATCH_GET, PUT),
        "shuffle_progress": (BATCH_GET, UPDATE),
        "shuffles": (GET, UPDATE),
        "tasks": (BATCH_GET, PUT),
    },
    publishes=(TaskAssigned,),
    timeout_seconds=30,
)


def handle(messages: Sequence[Received[ReassignChunk]], context: Context) -> Failed:
    return reassign_chunk(messages, store(TABLES), context)


handler = consumer(SPEC, read_job(reassign_chunk_job), handle)
