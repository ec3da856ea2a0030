"""Starts a shuffle; the consumer of its event does the work."""

from events.tracking import ShuffleRequested
from functions.tracking import roster
from functions.tracking.domain import TASK_SHARDS, NobodyEligible
from functions.tracking.rows import Shuffle, ShuffleProgress
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
    shuffle = Shuffle(new_id(now, context.randomness), requested_by, rfc3339(now), TASK_SHARDS)
    fact = ShuffleRequested(shuffle_id=shuffle.shuffle_id, requested_by=requested_by)
    store.transact(
        [
            Insert(shuffle),
            *(Insert(ShuffleProgress(shuffle.shuffle_id, shard)) for shard in range(shuffle.shards)),
            *context.record(fact, occurred_at=now),
            *remember(shuffle),
        ]
    )
    return shuffle
