from collections.abc import Sequence

from functions.tracking.count_shard.spec import SPEC
from functions.tracking.count_shard.use_case import count_shard
from functions.tracking.jobs import CountShard, count_shard_job
from functions.tracking.tables import TABLES
from shared.context import Context
from shared.messages import Failed, Received
from shared.queue import consumer, read_job
from shared.settings import queue_url
from shared.wiring import store
from shared.work_queue import SqsWorkQueue


def handle(messages: Sequence[Received[CountShard]], context: Context) -> Failed:
    return count_shard(
        messages,
        store(TABLES),
        context,
        counts=SqsWorkQueue(queue_url("shuffle_counts")),
        reassignments=SqsWorkQueue(queue_url("shuffle_chunks")),
    )


handler = consumer(SPEC, read_job(count_shard_job), handle)
