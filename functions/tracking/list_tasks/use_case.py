"""Lists tasks, newest first: all, or by status, assignee, a part of the title or jira_id."""

import re
from collections.abc import Sequence

from functions.tracking.listing import Filter, Listed, listed, task_id_of
from functions.tracking.rows import Task, TaskByJiraId
from functions.tracking.views import Names, names_of
from shared.frozen import Frozen
from shared.paging import Examined, Read, examine, newest_first
from shared.store import Store

_JIRA_ID = re.compile(r"[A-Z][A-Z0-9_]*-[0-9]+")
_BY_JIRA_ID = "jira_id:"
"""Prefix of positions in a list that was found by jira_id."""


class TaskPage(Frozen):
    tasks: list[Task]
    names: Names
    next_position: str | None


def list_tasks(wanted: Filter, limit: int, after: str | None, store: Store) -> TaskPage:
    """`after` is the `next_position` of the page before.

    The indexes lag, so the tasks themselves are read too; those that no longer match are left out.
    """
    examined = _examined(wanted, limit, after, store)
    tasks = [task for task in _fresh(examined.found, store) if _fits(task, wanted)]
    people = [account_id for task in tasks for account_id in (task.assignee_id, task.created_by)]
    return TaskPage(tasks, names_of(people, store), examined.next_position)


def _examined(wanted: Filter, limit: int, after: str | None, store: Store) -> Examined[Listed]:
    by_jira_id = after is not None and after.startswith(_BY_JIRA_ID)
    if wanted.q and (by_jira_id or after is None) and _JIRA_ID.fullmatch(wanted.q.upper()):
        found = _with_jira_id(wanted.q.upper(), limit, after, store)
        if found.found or by_jira_id:
            return found
    return listed(wanted, limit, after, store)


def _with_jira_id(jira_id: str, limit: int, after: str | None, store: Store) -> Examined[Listed]:
    below = after.removeprefix(_BY_JIRA_ID) if after else None
    newest: Read[Listed] = newest_first(store, TaskByJiraId, jira_id)
    found = examine([newest], task_id_of, below, limit=limit, descending=True)
    return Examined(found.found, _BY_JIRA_ID + found.next_position if found.next_position else None)


def _fresh(examined: Sequence[Listed], store: Store) -> list[Task]:
    """In the order of the list, each task once: a lagging index may have one in two partitions."""
    task_ids = list(dict.fromkeys(row.task_id for row in examined))
    tasks = store.get_many(Task, [{"task_id": task_id} for task_id in task_ids])
    by_id = {task.task_id: task for task in tasks}
    return [by_id[task_id] for task_id in task_ids if task_id in by_id]


def _fits(task: Task, wanted: Filter) -> bool:
    return wanted.status in (None, task.status) and wanted.assignee_id in (None, task.assignee_id)
