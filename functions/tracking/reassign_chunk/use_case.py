"""Assigns the tasks of one chunk of a shuffle again, each exactly once.

A task is written with its event and the mark of this shuffle, conditional on the version that was read.
Tasks are read before marks: a task without a mark then has a version from before this shuffle wrote it. When
a transaction is refused, the tasks that caused it are read again, and the others are written at once. When
every task has its mark, the chunk is closed, once, in one transaction with the shard's progress. Closing the
last chunk finishes the shuffle.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from events.tracking import TaskAssigned
from functions.tracking.domain import (
    SHUFFLE_ROWS_KEPT,
    NobodyEligible,
    ShuffleNotFound,
    ShuffleUnfinished,
    mark_name,
    reassigned,
    still_open,
)
from functions.tracking.jobs import ReassignChunk
from functions.tracking.roster import draw
from functions.tracking.rows import Outcome, ShuffleChunk, ShuffleMark, ShuffleProgress, Task
from functions.tracking.shuffle_tallies import finish_if_done
from shared.context import Context
from shared.frozen import Frozen
from shared.guards import get_guarded
from shared.messages import NONE_FAILED, Failed, Received
from shared.store import MAX_ACTIONS, Action, Add, ConditionFailed, Insert, Put, Store, chunks

ACTIONS_OF_A_TASK = 3
TASKS_PER_TRANSACTION = MAX_ACTIONS // ACTIONS_OF_A_TASK
MAX_ROUNDS = 8


class Plan(Frozen):
    """What to write for a task; if one action is refused, the whole plan is."""

    task_id: str
    outcome: Outcome
    actions: tuple[Action, ...]


def reassign_chunk(messages: Sequence[Received[ReassignChunk]], store: Store, context: Context) -> Failed:
    """Raises ShuffleUnfinished if some tasks kept changing.

    Raises RowsLost: without marks, a repeated message would reassign tasks twice.
    """
    for message in messages:
        job = message.payload
        chunk = store.get(ShuffleChunk, shuffle_id=job.shuffle_id, chunk=job.chunk)
        if chunk is None:
            _check_counted(job, store)
            continue
        if not chunk.done:
            caused = context.within(message.correlation_id, job.causation_id)
            _close(chunk, _settle(chunk, store, caused), store)
        finish_if_done(job.shuffle_id, store, context)
    return NONE_FAILED


def _check_counted(job: ReassignChunk, store: Store) -> None:
    """Raises ShuffleNotFound, unless the job's shard is fully counted and so has all of its chunks.

    Such a job is from before a restore: its tasks are in other chunks, or need not be covered any more.
    """
    shard = job.chunk.partition("#")[0]
    keys: list[Mapping[str, str | int]] = (
        [{"shuffle_id": job.shuffle_id, "shard": int(shard)}] if shard.isdecimal() else []
    )
    if not any(row.counting_done for row in store.get_many(ShuffleProgress, keys)):
        raise ShuffleNotFound(f"{job.shuffle_id} has no chunk {job.chunk}")


def _settle(chunk: ShuffleChunk, store: Store, context: Context) -> Mapping[str, Outcome]:
    """Reassign or skip every task of the chunk, and mark it; returns the outcomes."""
    outcomes: dict[str, Outcome] = {}
    for _ in range(MAX_ROUNDS):
        left = _left(chunk, outcomes)
        tasks = store.get_many(Task, [{"task_id": task_id} for task_id in left])
        outcomes |= _marked(chunk.shuffle_id, left, store)
        plans = _plans(chunk.shuffle_id, _left(chunk, outcomes), tasks, store, context)
        for group in chunks(plans, TASKS_PER_TRANSACTION):
            outcomes |= _write(group, store)
        if not _left(chunk, outcomes):
            return outcomes
    raise ShuffleUnfinished(f"{len(_left(chunk, outcomes))} tasks of chunk {chunk.chunk} are left")


def _left(chunk: ShuffleChunk, outcomes: Mapping[str, Outcome]) -> list[str]:
    return [task_id for task_id in chunk.task_ids if task_id not in outcomes]


def _marked(shuffle_id: str, task_ids: Iterable[str], store: Store) -> dict[str, Outcome]:
    """The outcomes written by an earlier try, or by another Lambda with the same message."""
    names = {mark_name(shuffle_id, task_id): task_id for task_id in task_ids}
    marks = get_guarded(store, ShuffleMark, [{"mark": name} for name in names])
    return {names[mark.mark]: mark.outcome for mark in marks}


def _plans(
    shuffle_id: str, task_ids: Sequence[str], tasks: Iterable[Task], store: Store, context: Context
) -> list[Plan]:
    """Draw an assignee for each open task; skip the others, or all if nobody is eligible."""
    now = context.now()  # after the reads, so later than the changes that they show
    open_tasks = still_open(task for task in tasks if task.task_id in task_ids)
    try:
        assignees = draw(store, context.randomness, len(open_tasks)) if open_tasks else ()
    except NobodyEligible:
        assignees, open_tasks = (), []
    plans = [
        _reassignment(shuffle_id, task, slot.account_id, now, context)
        for task, slot in zip(open_tasks, assignees, strict=True)
    ]
    planned = {plan.task_id for plan in plans}
    return plans + [_skip(shuffle_id, task_id, now) for task_id in task_ids if task_id not in planned]


def _reassignment(shuffle_id: str, task: Task, assignee_id: str, now: datetime, context: Context) -> Plan:
    after = reassigned(task, assignee_id, now)
    fact = TaskAssigned(
        task_id=task.task_id,
        title=task.title,
        jira_id=task.jira_id,
        version=after.version,
        assignee_id=assignee_id,
        shuffle_id=shuffle_id,
    )
    actions: tuple[Action, ...] = (
        Put(after, expected={"version": task.version}),
        *context.record(fact, occurred_at=now, subject_id=task.task_id),
        _mark(shuffle_id, task.task_id, "reassigned", now),
    )
    return Plan(task.task_id, "reassigned", actions)


def _skip(shuffle_id: str, task_id: str, now: datetime) -> Plan:
    return Plan(task_id, "skipped", (_mark(shuffle_id, task_id, "skipped", now),))


def _mark(shuffle_id: str, task_id: str, outcome: Outcome, now: datetime) -> Insert:
    return Insert(
        ShuffleMark(mark_name(shuffle_id, task_id), outcome, int((now + SHUFFLE_ROWS_KEPT).timestamp()))
    )


def _write(plans: Sequence[Plan], store: Store) -> dict[str, Outcome]:
    """Write plans in one transaction; if some are refused, write the others."""
    while plans:
        try:
            store.transact([action for plan in plans for action in plan.actions])
        except ConditionFailed as refusal:
            plans = _not_refused(plans, refusal)
        else:
            return {plan.task_id: plan.outcome for plan in plans}
    return {}


def _not_refused(plans: Sequence[Plan], refusal: ConditionFailed) -> list[Plan]:
    owners = [plan.task_id for plan in plans for _ in plan.actions]
    refused = {owners[position] for position in refusal.failed}
    return [plan for plan in plans if plan.task_id not in refused]


def _close(chunk: ShuffleChunk, outcomes: Mapping[str, Outcome], store: Store) -> None:
    """Count the outcomes into the shard's progress, unless another invocation did."""
    counted = Counter(outcomes.values())
    progress: dict[str, str | int] = {"shuffle_id": chunk.shuffle_id, "shard": chunk.shard}
    amounts = {"reassigned": counted["reassigned"], "skipped": counted["skipped"]}
    try:
        store.transact(
            [
                Add(
                    ShuffleChunk,
                    {"shuffle_id": chunk.shuffle_id, "chunk": chunk.chunk},
                    values={"done": True},
                    expected={"done": False},
                ),
                Add(ShuffleProgress, progress, amounts=amounts),
            ]
        )
    except ConditionFailed:
        return
