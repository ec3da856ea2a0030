"""Counts one page of a shard's tasks, cuts it into chunks, and queues them and the next page.

A page (its chunks, the total, how far the shard is counted) is stored in one transaction, conditional on
the number of pages counted before. The jobs are sent afterwards: if that fails, the message is received
again, finds the page stored, and sends them. A stored later page shows that all of them were sent.
"""

from collections.abc import Sequence
from datetime import datetime

from functions.tracking.domain import (
    SHUFFLE_ROWS_KEPT,
    ShuffleNotFound,
    ShuffleUnfinished,
    chunk_name,
    last_covered_task_id,
    page_name,
    was_open_at,
)
from functions.tracking.jobs import CountShard, ReassignChunk, to_json
from functions.tracking.rows import (
    Completion,
    OpenTask,
    Shuffle,
    ShuffleChunk,
    ShuffleProgress,
    UncountedPress,
)
from functions.tracking.shuffle_tallies import finish_if_done
from shared.context import Context
from shared.frozen import Frozen
from shared.messages import NONE_FAILED, Failed, Received, WorkQueue
from shared.store import Action, Add, ConditionFailed, Insert, Remove, Store, chunks

PAGE_TASKS = 1980
CHUNK_TASKS = 99
"""Three full transactions of the next step."""


class Page(Frozen):
    """The examined tasks that the press covers; `counted_through` is the last id examined."""

    covered: list[str]
    counted_through: str | None
    is_last: bool


def count_shard(
    messages: Sequence[Received[CountShard]],
    store: Store,
    context: Context,
    counts: WorkQueue,
    reassignments: WorkQueue,
) -> Failed:
    """`counts` takes the jobs of this use case, `reassignments` those of the next step."""
    for message in messages:
        job = message.payload
        progress = _progress(job, store)
        if progress.counting_done:
            store.transact([_found_no_more(progress)])
        if progress.pages == job.page:
            _count_page(job, progress, store, context.now())
            progress = _progress(job, store)
        if progress.pages <= job.page:
            raise ShuffleUnfinished(f"page {job.page} of shard {job.shard} is not counted")
        if progress.pages > job.page + 1:
            continue
        reassignments.send(_chunk_jobs(job, store), message.correlation_id)
        if progress.counting_done:
            finish_if_done(job.shuffle_id, store, context)
        else:
            following = CountShard(job.shuffle_id, job.shard, job.page + 1, job.causation_id)
            counts.send([to_json(following)], message.correlation_id)
    return NONE_FAILED


def _progress(job: CountShard, store: Store) -> ShuffleProgress:
    progress = store.get(ShuffleProgress, shuffle_id=job.shuffle_id, shard=job.shard)
    if progress is None:
        raise ShuffleNotFound(job.shuffle_id)
    return progress


def _count_page(job: CountShard, progress: ShuffleProgress, store: Store, now: datetime) -> None:
    """Store the next page, unless another invocation stored it meanwhile."""
    shuffle = store.get(Shuffle, shuffle_id=job.shuffle_id)
    if shuffle is None:
        raise ShuffleNotFound(job.shuffle_id)
    page = _read_page(shuffle, progress, store)
    try:
        store.transact([*_counted(progress, page), *_chunks(job, page.covered, now)])
    except ConditionFailed:
        return


def _read_page(shuffle: Shuffle, progress: ShuffleProgress, store: Store) -> Page:
    """Read the tasks that were open at the press: those still open, and those completed or cancelled since.

    No open task is missed. As clocks differ, tasks of the second before or after the press may be
    included. Open tasks are read first, so that one that ends between the two reads is not missed.
    """
    shard, above, through = progress.shard, progress.counted_through, last_covered_task_id(shuffle)
    still_open = store.query(OpenTask, shard, above=above, through=through, limit=PAGE_TASKS)
    completions = store.query(Completion, shard, above=above, through=through, limit=PAGE_TASKS)
    covered = {task.task_id for task in still_open}
    covered |= {each.task_id for each in completions if was_open_at(shuffle, each.completed_at)}
    examined = sorted(covered | {each.task_id for each in completions})
    return Page(
        covered=[task_id for task_id in examined[:PAGE_TASKS] if task_id in covered],
        counted_through=examined[:PAGE_TASKS][-1] if examined else above,
        is_last=len(examined) < PAGE_TASKS,
    )


def _counted(progress: ShuffleProgress, page: Page) -> list[Action]:
    counted = Add(
        ShuffleProgress,
        {"shuffle_id": progress.shuffle_id, "shard": progress.shard},
        amounts={"pages": 1, "total": len(page.covered)},
        values={"counted_through": page.counted_through, "counting_done": page.is_last},
        expected={"pages": progress.pages},
    )
    return [counted, *([_found_no_more(progress)] if page.is_last else ())]


def _found_no_more(progress: ShuffleProgress) -> Action:
    """A message that comes again does it too: functions of the release before don't."""
    return Remove(UncountedPress, {"shuffle_id": progress.shuffle_id, "shard": progress.shard})


def _chunks(job: CountShard, task_ids: Sequence[str], now: datetime) -> list[Action]:
    expires_at = int((now + SHUFFLE_ROWS_KEPT).timestamp())
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
