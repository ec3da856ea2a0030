"""One page of a shard's open tasks is counted, cut into chunks, and handed on; then the next page's job.

A page is stored (its chunks, the total, how far the shard is counted) in one transaction, which is
conditional on the number of pages counted before. What it leads to is sent afterwards: if that fails, the
same message comes again, finds the page stored, and sends. Only when a later page is stored too is it sure
that everything was sent.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from functions.tracking.domain import (
    OpenTask,
    Shuffle,
    ShuffleChunk,
    ShuffleNotFound,
    ShuffleProgress,
    ShuffleUnfinished,
    chunk_name,
    last_covered_task_id,
    page_name,
)
from functions.tracking.jobs import CountShard, ReassignChunk, to_json
from shared.clock import Clock
from shared.messages import NONE_FAILED, Failed, Received, WorkQueue
from shared.store import Action, Add, ConditionFailed, Insert, Store, chunks

PAGE_TASKS = 1980
CHUNK_TASKS = 99
"""Three full transactions of the next step."""

KEPT = timedelta(days=30)


def count_shard(
    messages: Sequence[Received[CountShard]],
    store: Store,
    clock: Clock,
    counts: WorkQueue,
    reassignments: WorkQueue,
) -> Failed:
    """`counts` takes the jobs of this use case, `reassignments` those of the next step."""
    for message in messages:
        job = message.payload
        progress = _progress(job, store)
        if progress.pages == job.page:
            _count_page(job, progress, store, clock())
            progress = _progress(job, store)
        if progress.pages <= job.page:
            raise ShuffleUnfinished(f"page {job.page} of shard {job.shard} is not counted")
        if progress.pages > job.page + 1:
            continue
        reassignments.send(_chunk_jobs(job, store), message.correlation_id)
        if not progress.counting_done:
            following = CountShard(job.shuffle_id, job.shard, job.page + 1, job.causation_id)
            counts.send([to_json(following)], message.correlation_id)
    return NONE_FAILED


def _progress(job: CountShard, store: Store) -> ShuffleProgress:
    progress = store.get(ShuffleProgress, shuffle_id=job.shuffle_id, shard=job.shard)
    if progress is None:
        raise ShuffleNotFound(job.shuffle_id)
    return progress


def _count_page(job: CountShard, progress: ShuffleProgress, store: Store, now: datetime) -> None:
    """A page that somebody else has stored meanwhile is left to them."""
    shuffle = store.get(Shuffle, shuffle_id=job.shuffle_id)
    if shuffle is None:
        raise ShuffleNotFound(job.shuffle_id)
    tasks = store.query(
        OpenTask,
        job.shard,
        above=progress.counted_through,
        through=last_covered_task_id(shuffle),
        limit=PAGE_TASKS,
    )
    task_ids = [task.task_id for task in tasks]
    try:
        store.transact([_counted(progress, task_ids), *_chunks(job, task_ids, now)])
    except ConditionFailed:
        return


def _counted(progress: ShuffleProgress, task_ids: Sequence[str]) -> Action:
    return Add(
        ShuffleProgress,
        {"shuffle_id": progress.shuffle_id, "shard": progress.shard},
        amounts={"pages": 1, "total": len(task_ids)},
        values={
            "counted_through": task_ids[-1] if task_ids else progress.counted_through,
            "counting_done": len(task_ids) < PAGE_TASKS,
        },
        expected={"pages": progress.pages},
    )


def _chunks(job: CountShard, task_ids: Sequence[str], now: datetime) -> list[Action]:
    expires_at = int((now + KEPT).timestamp())
    return [
        Insert(
            ShuffleChunk(
                shuffle_id=job.shuffle_id,
                chunk=chunk_name(job.shard, job.page, number),
                shard=job.shard,
                task_ids=list(group),
                done=False,
                expires_at=expires_at,
            )
        )
        for number, group in enumerate(chunks(task_ids, CHUNK_TASKS))
    ]


def _chunk_jobs(job: CountShard, store: Store) -> list[dict[str, str]]:
    page = page_name(job.shard, job.page)
    stored = store.query(
        ShuffleChunk, job.shuffle_id, above=f"{page}#", below=f"{page}$", limit=PAGE_TASKS // CHUNK_TASKS
    )
    return [to_json(ReassignChunk(job.shuffle_id, row.chunk, job.causation_id)) for row in stored]
