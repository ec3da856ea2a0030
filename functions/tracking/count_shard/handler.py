from collections.abc import Sequence

from functions.tracking.count_shard.spec import SPEC
from functions.tracking.count_shard.use_case import count_shard
from functions.tracking.jobs import CountShard, count_shard_job
from functions.tracking.rows import TABLES
from shared.clock import system_clock
from shared.messages import Failed, Received
from shared.queue import consumer, read_job
from shared.settings import queue_url
from shared.wiring import store
from shared.work_queue import SqsWorkQueue


def handle(messages: Sequence[Received[CountShard]]) -> Failed:
    return count_shard(
        messages,
        store(TABLES),
        system_clock,
        counts=SqsWorkQueue(queue_url("shuffle_counts")),
        reassignments=SqsWorkQueue(queue_url("shuffle_chunks")),
    )


handler = consumer(SPEC, read_job(count_shard_job), handle)
