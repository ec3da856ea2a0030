"""The progress of shuffles: from their own rows if they are done, else from their shards."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from functions.tracking.domain import Tally, tally
from functions.tracking.rows import Shuffle, ShuffleProgress
from shared.clock import rfc3339
from shared.context import Context
from shared.store import Add, ConditionFailed, Store


def tallies(shuffles: Sequence[Shuffle], store: Store) -> Mapping[str, Tally]:
    """By shuffle_id; all unfinished shuffles are read in one call."""
    keys: list[dict[str, str | int]] = [
        {"shuffle_id": each.shuffle_id, "shard": shard}
        for each in shuffles
        if each.finished_at is None
        for shard in each.partitions
    ]
    progress: dict[str, list[ShuffleProgress]] = defaultdict(list)
    for row in store.get_many(ShuffleProgress, keys):
        progress[row.shuffle_id].append(row)
    return {each.shuffle_id: _stored(each) or tally(progress[each.shuffle_id]) for each in shuffles}


def _stored(shuffle: Shuffle) -> Tally | None:
    if shuffle.finished_at is None:
        return None
    return Tally("done", shuffle.total or 0, shuffle.reassigned or 0, shuffle.skipped or 0)


def finish_if_done(shuffle_id: str, store: Store, context: Context) -> None:
    """Store a shuffle's totals and end time, once, if nothing is left to do.

    Call it after every step, also when a message is repeated, so that the last step finishes the shuffle.
    """
    shuffle = store.get(Shuffle, shuffle_id=shuffle_id)
    if shuffle is None or shuffle.finished_at is not None:
        return
    result = tallies([shuffle], store)[shuffle_id]
    if result.status != "done":
        return
    finished = Add(
        Shuffle,
        {"shuffle_id": shuffle_id},
        values={
            "finished_at": rfc3339(context.now()),
            "total": result.total,
            "reassigned": result.reassigned,
            "skipped": result.skipped,
        },
        expected={"shuffle_id": shuffle_id, "finished_at": None},
    )
    try:
        store.transact([finished])
    except ConditionFailed:
        return
