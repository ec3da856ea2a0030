"""Creates a task, assigned to an eligible account drawn at random."""

from collections.abc import Sequence
from datetime import datetime

from events.tracking import TaskAssigned, TaskCreated
from functions.tracking.domain import NewTask, TaskExists, first_claimant, open_task, opened
from functions.tracking.roster import draw
from functions.tracking.rows import TASKS, JiraIdClaim, Task, TaskByJiraId
from functions.tracking.views import TaskDetails, names_of
from shared.context import Context
from shared.idempotency import Remember, forget
from shared.ids import new_id
from shared.store import Action, ConditionFailed, Insert, Store

MAX_OF_ONE_JIRA_ID = 100
"""How many tasks of a jira_id are examined, the newest; most have one."""


def create_task(
    content: NewTask,
    creator_id: str,
    store: Store,
    context: Context,
    remember: Remember[TaskDetails] = forget,
) -> TaskDetails:
    """Raises NobodyEligible, or TaskExists if it is to be unique, and writes nothing then."""
    only_of = content.jira_id if content.unique else None
    _check_first(only_of, store)
    (assignee,) = draw(store, context.randomness, 1)
    now = context.now()
    task_id = new_id(now, context.randomness)
    shard = store.shards(TASKS).of(task_id)
    task = opened(
        task_id, content, created_by=creator_id, assignee_id=assignee.account_id, at=now, shard=shard
    )
    names = {**names_of([creator_id], store), assignee.account_id: assignee.name}
    details = TaskDetails(task, names)
    claim = [] if only_of is None else [Insert(JiraIdClaim(only_of, task_id))]
    actions = [Insert(task), Insert(open_task(task)), *claim, *_journal(task, now, context)]
    try:
        store.transact([*actions, *remember(details)])
    except ConditionFailed:
        _check_first(only_of, store)
        raise
    context.count("TasksCreated")
    return details


def _check_first(jira_id: str | None, store: Store) -> None:
    """Raises TaskExists.

    A task that was created without a claim is found in an index, which may lag.
    """
    if jira_id is None:
        return
    if claim := store.get(JiraIdClaim, jira_id=jira_id):
        raise TaskExists(claim.task_id)
    listed = store.query(TaskByJiraId, jira_id, limit=MAX_OF_ONE_JIRA_ID, newest_first=True)
    first = first_claimant(store.get_many(Task, [{"task_id": row.task_id} for row in listed]))
    if first is not None:
        raise TaskExists(first.task_id)


def _journal(task: Task, now: datetime, context: Context) -> Sequence[Action]:
    """Created has the lower id, because a history is read in the order of ids."""
    task_id = task.task_id
    return context.record(
        TaskCreated(
            task_id=task_id,
            title=task.title,
            jira_id=task.jira_id,
            version=task.version,
            created_by=task.created_by,
            description=task.description,
        ),
        TaskAssigned(
            task_id=task_id,
            title=task.title,
            jira_id=task.jira_id,
            version=task.version,
            assignee_id=task.assignee_id,
        ),
        occurred_at=now,
        subject_id=task_id,
    )
