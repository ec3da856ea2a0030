"""Rebuilds tracking's tables from an older or incomplete copy of them and tracking's own events.

A task is rebuilt from its events. A shuffle that was not done in the copy starts again, with the marks of
what it has reassigned; its own event, delivered again, completes it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from events.envelope import Envelope, read_envelope
from events.tracking import ShuffleRequested, TaskAssigned, TaskCancelled, TaskCompleted, TaskCreated
from functions.tracking.domain import (
    CLOCKS_APART,
    COMPLETIONS_KEPT,
    HEAD_SLOT,
    SHUFFLE_ROWS_KEPT,
    AlreadyCancelled,
    AlreadyCompleted,
    NewTask,
    NotTheAssignee,
    cancelled,
    completed,
    completion,
    first_claimant,
    is_eligible,
    mark_name,
    open_task,
    opened,
    reassigned,
    still_open,
    tally,
)
from functions.tracking.order import in_order
from functions.tracking.rows import (
    SHUFFLES,
    TASKS,
    Account,
    Completion,
    JiraIdClaim,
    OpenTask,
    RosterHead,
    RosterSlot,
    Shuffle,
    ShuffleChunk,
    ShuffleMark,
    ShuffleProgress,
    Task,
    UncountedPress,
)
from shared.clock import parse_rfc3339, rfc3339
from shared.journal import EventDocument
from shared.records import JournalRecord
from shared.restoring import CannotRestore, Tables, documents, with_published

Facts = Sequence[tuple[Envelope, Any]]


def restored(tables: Tables, published: Iterable[EventDocument], now: datetime) -> dict[type[Any], list[Any]]:
    """All rows; `published` are tracking's own events, in any order, repeated or not.

    Raises CannotRestore.
    """
    journal = with_published(tables, published, "task_id")
    facts = [read_envelope(document) for document in documents(journal)]
    tasks = list(_tasks(facts, {task.task_id: task for task in tables[Task]}))
    ended = [task for task in tasks if task.status != "open"]
    accounts, roster = _roster(tables[Account])
    shuffles = _shuffles(tables, facts, now, _partitions(tasks))
    since = first_restarted(shuffles, now) - CLOCKS_APART
    return {
        **{kind: list(rows) for kind, rows in tables.items()},
        JournalRecord: journal,
        Task: tasks,
        JiraIdClaim: list(_claims(tasks)),
        OpenTask: [open_task(task) for task in still_open(tasks)],
        Completion: [_completion(task, now) for task in ended if _time(task) >= since],
        Account: accounts,
        RosterHead: [RosterHead(HEAD_SLOT, len(roster))] if accounts else [],
        RosterSlot: roster,
        **shuffles,
    }


def first_restarted(rows: Tables, otherwise: datetime) -> datetime:
    """When the first of the shuffles that start again was pressed, or `otherwise` if there is none."""
    restarted = {row.shuffle_id for row in rows[UncountedPress]}
    pressed = (row.requested_at for row in rows[Shuffle] if row.shuffle_id in restarted)
    return min(map(parse_rfc3339, pressed), default=otherwise)


def _tasks(facts: Facts, rows: Mapping[str, Task]) -> Iterator[Task]:
    """Rebuild each task from its events; raises CannotRestore for one without events."""
    histories: dict[str, list[tuple[Envelope, Any]]] = defaultdict(list)
    for envelope, event in facts:
        if isinstance(event, TaskCreated | TaskAssigned | TaskCompleted | TaskCancelled):
            histories[event.task_id].append((envelope, event))
    for task_id in sorted({*rows, *histories}):
        if task_id not in histories:
            raise CannotRestore(f"task {task_id} has no events")
        yield _task(task_id, histories[task_id], rows.get(task_id))


def _task(task_id: str, history: Sequence[tuple[Envelope, Any]], row: Task | None) -> Task:
    """Apply a task's events to its first version.

    Raises CannotRestore if its creation is missing, or its events contradict each other.
    """
    created = next(((at, event) for at, event in history if isinstance(event, TaskCreated)), None)
    assignments = [(at.occurred_at, event) for at, event in history if isinstance(event, TaskAssigned)]
    moves = in_order(assignments, lambda move: move[1].version)
    if created is None or not moves:
        raise CannotRestore(f"task {task_id} has events, and none of its creation")
    task = _first_version(task_id, *created, moves[0], row)
    try:
        for at, move in moves[1:]:
            task = _of_version(reassigned(task, move.assignee_id, at), move)
        for envelope, event in history:
            if isinstance(event, TaskCompleted):
                task = _of_version(completed(task, event.assignee_id, envelope.occurred_at), event)
            elif isinstance(event, TaskCancelled):
                task = _of_version(cancelled(task, envelope.occurred_at), event)
    except (NotTheAssignee, AlreadyCompleted, AlreadyCancelled) as error:
        raise CannotRestore(f"the events of task {task_id} contradict each other: {error}") from error
    return task


def _first_version(
    task_id: str, created: Envelope, fact: TaskCreated, first: tuple[datetime, TaskAssigned], row: Task | None
) -> Task:
    """The task as first assigned; if assignments are lost, as the first known one says."""
    at, move = first
    content = NewTask(fact.title, fact.jira_id, fact.description or (row.description if row else None))
    created_by = fact.created_by or (row.created_by if row else None) or None
    task = opened(
        task_id,
        content,
        created_by=created_by,
        assignee_id=move.assignee_id,
        at=created.occurred_at,
        shard=row.creation_shard if row else TASKS.default.of(task_id),
    )
    return _of_version(replace(task, assigned_at=rfc3339(at)), move)


def _of_version(task: Task, event: TaskAssigned | TaskCompleted | TaskCancelled) -> Task:
    """With the event's version, if it has one: events before it may be lost."""
    return replace(task, version=max(task.version, event.version or 0))


def _claims(tasks: Iterable[Task]) -> Iterator[JiraIdClaim]:
    """One for each jira_id of a task that is not cancelled.

    No event says whether a task claimed it. A needless claim does no harm: a task that is to be unique is
    refused without it too.
    """
    by_jira_id: dict[str, list[Task]] = defaultdict(list)
    for task in tasks:
        if task.jira_id is not None:
            by_jira_id[task.jira_id].append(task)
    for jira_id, some in by_jira_id.items():
        if (first := first_claimant(some)) is not None:
            yield JiraIdClaim(jira_id, first.task_id)


def _time(task: Task) -> datetime:
    return parse_rfc3339(task.completed_at or task.cancelled_at or "")


def _completion(task: Task, now: datetime) -> Completion:
    return replace(completion(task, _time(task)), expires_at=_expiry(now, COMPLETIONS_KEPT))


def _expiry(now: datetime, period: timedelta) -> int:
    """A restarted shuffle may need a row as long as one pressed now."""
    return int((now + period).timestamp())


def _roster(accounts: Iterable[Account]) -> tuple[list[Account], list[RosterSlot]]:
    """The eligible in slots without gaps, whatever slots the copy has."""
    seated: list[Account] = []
    slots: list[RosterSlot] = []
    for account in sorted(accounts, key=lambda each: each.account_id):
        eligible = is_eligible(account.role, account.status)
        if eligible:
            slots.append(RosterSlot(len(slots) + 1, account.account_id, account.name))
        seated.append(replace(account, slot=len(slots) if eligible else None))
    return seated, slots


def _shuffles(tables: Tables, facts: Facts, now: datetime, partitions: int) -> dict[type[Any], list[Any]]:
    """Keep those done in the copy; restart the others, with the marks of what they did."""
    progress: dict[str, list[ShuffleProgress]] = defaultdict(list)
    for row in tables[ShuffleProgress]:
        progress[row.shuffle_id].append(row)
    shuffles = {row.shuffle_id: row for row in tables[Shuffle]}
    for envelope, event in facts:
        if isinstance(event, ShuffleRequested):
            at = rfc3339(envelope.occurred_at)
            shuffle = Shuffle(event.shuffle_id, event.requested_by, at, SHUFFLES, task_shards=partitions)
            shuffles.setdefault(event.shuffle_id, shuffle)
    done = {each.shuffle_id for each in shuffles.values() if _is_done(each, progress[each.shuffle_id])}
    marks = {row.mark: row for row in tables[ShuffleMark]}
    for _, event in facts:
        if isinstance(event, TaskAssigned) and event.shuffle_id is not None:
            name = mark_name(event.shuffle_id, event.task_id)
            marks[name] = ShuffleMark(name, "reassigned", _expiry(now, SHUFFLE_ROWS_KEPT))
    return {
        Shuffle: [each if each.shuffle_id in done else _unfinished(each) for each in shuffles.values()],
        ShuffleProgress: [
            row
            for each in shuffles.values()
            for row in (progress[each.shuffle_id] if each.shuffle_id in done else _restarted(each))
        ],
        UncountedPress: [
            UncountedPress(shard, each.shuffle_id)
            for each in shuffles.values()
            if each.shuffle_id not in done
            for shard in each.partitions
        ],
        ShuffleChunk: [chunk for chunk in tables[ShuffleChunk] if chunk.shuffle_id in done],
        ShuffleMark: list(marks.values()),
    }


def _partitions(tasks: Iterable[Task]) -> int:
    """As many as hold all tasks."""
    return max([TASKS.shards, *(1 + task.creation_shard for task in tasks)])


def _is_done(shuffle: Shuffle, progress: Sequence[ShuffleProgress]) -> bool:
    return len(progress) == len(shuffle.partitions) and tally(progress).status == "done"


def _unfinished(shuffle: Shuffle) -> Shuffle:
    """The copy may have been taken while the shuffle finished."""
    return replace(shuffle, finished_at=None, total=None, reassigned=None, skipped=None)


def _restarted(shuffle: Shuffle) -> list[ShuffleProgress]:
    return [ShuffleProgress(shuffle.shuffle_id, shard) for shard in shuffle.partitions]
