"""Completes a task for its assignee."""

from datetime import datetime

from events.tracking import TaskCompleted
from functions.tracking.domain import TaskNotFound, completed
from functions.tracking.ending import leave
from functions.tracking.rows import Task
from functions.tracking.views import TaskDetails, with_names
from shared.context import Context
from shared.idempotency import Remember, forget
from shared.store import Action, ConditionFailed, Put, Store, Unavailable

MAX_TRIES = 8


def complete_task(
    task_id: str, account_id: str, store: Store, context: Context, remember: Remember[TaskDetails] = forget
) -> TaskDetails:
    """Raises TaskNotFound, NotTheAssignee, AlreadyCompleted or AlreadyCancelled."""
    for _ in range(MAX_TRIES):
        task = store.get(Task, task_id=task_id)
        if task is None:
            raise TaskNotFound("there is no such task")
        now = context.now()
        details = with_names(completed(task, account_id, now), store)
        try:
            gone = leave(details.task, now, store, context)
            store.transact([*_write(task, details.task, now, context), *gone, *remember(details)])
        except ConditionFailed:
            continue
        return details
    raise Unavailable("the task kept changing")


def _write(before: Task, after: Task, now: datetime, context: Context) -> list[Action]:
    fact = TaskCompleted(
        task_id=after.task_id,
        title=after.title,
        jira_id=after.jira_id,
        version=after.version,
        assignee_id=after.assignee_id,
    )
    return [
        Put(after, expected={"version": before.version}),
        *context.record(fact, occurred_at=now, subject_id=after.task_id),
    ]
