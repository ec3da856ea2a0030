"""Starts a shuffle; the consumer of its event does the work."""

from events.tracking import ShuffleRequested
from functions.tracking import roster
from functions.tracking.domain import NobodyEligible
from functions.tracking.rows import SHUFFLES, TASKS, Shuffle, ShuffleProgress, UncountedPress
from shared.clock import rfc3339
from shared.context import Context
from shared.idempotency import Remember, forget
from shared.ids import new_id
from shared.store import Insert, Store


def start_shuffle(
    requested_by: str, store: Store, context: Context, remember: Remember[Shuffle] = forget
) -> Shuffle:
    """Raises NobodyEligible, and writes nothing then."""
    if roster.size(store) == 0:
        raise NobodyEligible("there is nobody to assign tasks to")
    now = context.now()
    shuffle = Shuffle(
        shuffle_id=new_id(now, context.randomness),
        requested_by=requested_by,
        requested_at=rfc3339(now),
        shards=SHUFFLES,
        task_shards=store.shards(TASKS).read,
    )
    fact = ShuffleRequested(shuffle_id=shuffle.shuffle_id, requested_by=requested_by)
    store.transact(
        [
            Insert(shuffle),
            *(Insert(ShuffleProgress(shuffle.shuffle_id, shard)) for shard in shuffle.partitions),
            *(Insert(UncountedPress(shard, shuffle.shuffle_id)) for shard in shuffle.partitions),
            *context.record(fact, occurred_at=now),
            *remember(shuffle),
        ]
    )
    return shuffle
