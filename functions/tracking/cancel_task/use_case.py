"""Cancels an open task, for its creator, or for a manager or an admin whose role is confirmed."""

from collections.abc import Sequence
from datetime import datetime

from events.tracking import TaskCancelled
from functions.tracking.domain import NotTheCreator, TaskNotFound, cancelled
from functions.tracking.ending import leave
from functions.tracking.rows import JiraIdClaim, Task
from functions.tracking.views import TaskDetails, with_names
from shared.authority import Authority
from shared.context import Context
from shared.frozen import Frozen
from shared.idempotency import Remember, forget
from shared.store import Action, ConditionFailed, Put, Remove, Store, Unavailable

MAX_TRIES = 8


class Canceller(Frozen):
    """`over_others` is set if the token's role may cancel tasks that others created."""

    account_id: str
    over_others: Authority | None = None


def cancel_task(
    task_id: str, by: Canceller, store: Store, context: Context, remember: Remember[TaskDetails] = forget
) -> TaskDetails:
    """Raises TaskNotFound, NotTheCreator, AuthorityNotConfirmed, AlreadyCompleted or AlreadyCancelled.

    If the task changed meanwhile, it is read and decided again.
    """
    for _ in range(MAX_TRIES):
        task = store.get(Task, task_id=task_id)
        if task is None:
            raise TaskNotFound("there is no such task")
        confirmed = _confirmed(task, by, store)
        now = context.now()
        details = with_names(cancelled(task, now), store)
        gone = leave(details.task, now, store, context)
        actions = [*_write(task, details.task, by.account_id, now, context), *gone, *_release(task, store)]
        try:
            store.transact([*actions, *confirmed, *remember(details)])
        except ConditionFailed:
            continue
        return details
    raise Unavailable("the task kept changing")


def _confirmed(task: Task, by: Canceller, store: Store) -> Sequence[Action]:
    """The transaction's checks of the canceller; raises NotTheCreator or AuthorityNotConfirmed."""
    if task.created_by == by.account_id:
        return ()
    if by.over_others is None:
        raise NotTheCreator("only its creator, a manager or an admin cancels a task")
    return by.over_others.confirm(store)


def _release(task: Task, store: Store) -> Sequence[Action]:
    """Give up the task's claim on its jira_id, if it has one."""
    claim = None if task.jira_id is None else store.get(JiraIdClaim, jira_id=task.jira_id)
    if claim is None or claim.task_id != task.task_id:
        return ()
    return [Remove(JiraIdClaim, {"jira_id": claim.jira_id}, expected={"task_id": task.task_id})]


def _write(before: Task, after: Task, cancelled_by: str, now: datetime, context: Context) -> list[Action]:
    fact = TaskCancelled(
        task_id=after.task_id,
        title=after.title,
        jira_id=after.jira_id,
        version=after.version,
        assignee_id=after.assignee_id,
        cancelled_by=cancelled_by,
    )
    return [
        Put(after, expected={"version": before.version}),
        *context.record(fact, occurred_at=now, subject_id=after.task_id),
    ]
