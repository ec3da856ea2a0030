"""Starts a shuffle: queues one counting job for each shard of the open tasks."""

from collections.abc import Sequence

from events.tracking import ShuffleRequested
from functions.tracking.domain import ShuffleNotFound
from functions.tracking.jobs import CountShard, to_json
from functions.tracking.rows import Shuffle
from shared.messages import NONE_FAILED, Failed, Received, WorkQueue
from shared.store import Store


def count_shuffle(messages: Sequence[Received[ShuffleRequested]], store: Store, queue: WorkQueue) -> Failed:
    """A repeated message is harmless: a counted page is not counted again."""
    for message in messages:
        shuffle_id = message.payload.shuffle_id
        shuffle = store.get(Shuffle, shuffle_id=shuffle_id)
        if shuffle is None:
            raise ShuffleNotFound(shuffle_id)
        jobs = [CountShard(shuffle_id, shard, 0, message.event_id) for shard in shuffle.partitions]
        queue.send([to_json(job) for job in jobs], message.correlation_id)
    return NONE_FAILED
