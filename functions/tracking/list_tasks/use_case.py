"""All tasks, or those with a status, an assignee, a part of the title or a jira_id, newest first."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from functions.tracking.domain import (
    STATUSES,
    TASK_SHARDS,
    OpenTask,
    Task,
    TaskByAssignee,
    TaskByCreation,
    TaskByJiraId,
    TaskStatus,
    assignee_status,
)
from functions.tracking.people import Names, names_of
from shared.paging import Examined, Read, examine
from shared.store import Store
from shared.text import folded

_JIRA_ID = re.compile(r"[A-Z][A-Z0-9_]*-[0-9]+")
_BY_JIRA_ID = "jira_id:"
"""Marks the position in a list that was found by jira_id; all others are just a task_id."""

Listed = TaskByCreation | TaskByAssignee | TaskByJiraId | OpenTask


@dataclass(frozen=True, slots=True)
class Filter:
    status: TaskStatus | None = None
    assignee_id: str | None = None
    q: str | None = None


@dataclass(frozen=True, slots=True)
class TaskPage:
    tasks: list[Task]
    names: Names
    next_position: str | None


def list_tasks(wanted: Filter, limit: int, after: str | None, store: Store) -> TaskPage:
    """`after` is where the page before said that this one begins.

    The lists are read from indexes that lag; what is answered are the tasks as they stand now, without
    those that the filter does not want any more.
    """
    listed = _examined(wanted, limit, after, store)
    tasks = [task for task in _fresh(listed.found, store) if _fits(task, wanted)]
    people = [account_id for task in tasks for account_id in (task.assignee_id, task.created_by)]
    return TaskPage(tasks, names_of(people, store), listed.next_position)


def _examined(wanted: Filter, limit: int, after: str | None, store: Store) -> Examined[Listed]:
    by_jira_id = after is not None and after.startswith(_BY_JIRA_ID)
    if wanted.q and (by_jira_id or after is None) and _JIRA_ID.fullmatch(wanted.q.upper()):
        found = _with_jira_id(wanted.q.upper(), limit, after, store)
        if found.found or by_jira_id:
            return found
    return examine(
        _partitions(wanted, store), _task_id, after, limit=limit, fits=_test(wanted), descending=True
    )


def _with_jira_id(jira_id: str, limit: int, after: str | None, store: Store) -> Examined[Listed]:
    below = after.removeprefix(_BY_JIRA_ID) if after else None
    found = examine([_newest(store, TaskByJiraId, jira_id)], _task_id, below, limit=limit, descending=True)
    return Examined(found.found, _BY_JIRA_ID + found.next_position if found.next_position else None)


def _partitions(wanted: Filter, store: Store) -> Sequence[Read[Listed]]:
    """The shortest lists that hold all that is wanted."""
    if wanted.assignee_id is not None:
        statuses = STATUSES if wanted.status is None else (wanted.status,)
        keys = [assignee_status(wanted.assignee_id, status) for status in statuses]
        return [_newest(store, TaskByAssignee, key) for key in keys]
    kind = OpenTask if wanted.status == "open" else TaskByCreation
    return [_newest(store, kind, shard) for shard in range(TASK_SHARDS)]


def _newest(store: Store, kind: type[Listed], partition: str | int) -> Read[Listed]:
    def read(below: str | None, limit: int) -> Sequence[Listed]:
        return store.query(kind, partition, below=below, limit=limit, newest_first=True)

    return read


def _test(wanted: Filter) -> Callable[[Listed], bool] | None:
    """What is left to look at in each row of the lists, if anything is."""
    if wanted.q is None and (wanted.status != "completed" or wanted.assignee_id is not None):
        return None
    part = folded(wanted.q or "")

    def fits(row: Listed) -> bool:
        if isinstance(row, TaskByCreation) and wanted.status not in (None, row.status):
            return False
        return isinstance(row, TaskByJiraId) or part in folded(row.title)

    return fits


def _task_id(row: Listed) -> str:
    return row.task_id


def _fresh(listed: Sequence[Listed], store: Store) -> list[Task]:
    tasks = store.get_many(Task, [{"task_id": row.task_id} for row in listed])
    return sorted(tasks, key=lambda task: task.task_id, reverse=True)


def _fits(task: Task, wanted: Filter) -> bool:
    return wanted.status in (None, task.status) and wanted.assignee_id in (None, task.assignee_id)
