from collections.abc import Sequence

from functions.tracking.count_shard.use_case import count_shard
from functions.tracking.jobs import CountShard, count_shard_job
from functions.tracking.rows import TABLES
from shared.context import Context
from shared.messages import Failed, Received
from shared.queue import consumer, read_job
from shared.settings import queue_url
from shared.spec import BATCH_GET, DELETE, GET, PUT, QUERY, UPDATE, Jobs, UseCase
from shared.wiring import store
from shared.work_queue import SqsWorkQueue

SPEC = UseCase(
    service="tracking",
    name="count_shard",
    summary="Count a page of a shard's tasks and cut it into chunks",
    trigger=Jobs("shuffle_counts"),
    access={
        "completions": (QUERY,),
        "open_tasks": (QUERY,),
        "shuffle_chunks": (PUT, QUERY),
        "shuffle_progress": (BATCH_GET, GET, UPDATE),
        "shuffles": (GET, UPDATE),
        "uncounted_presses": (DELETE,),
    },
    sends_to=("shuffle_chunks", "shuffle_counts"),
    timeout_seconds=30,
)


def handle(messages: Sequence[Received[CountShard]], context: Context) -> Failed:
    return count_shard(
        messages,
        store(TABLES),
        context,
        counts=SqsWorkQueue(queue_url("shuffle_counts")),
        reassignments=SqsWorkQueue(queue_url("shuffle_chunks")),
    )


handler = consumer(SPEC, read_job(count_shard_job), handle)
