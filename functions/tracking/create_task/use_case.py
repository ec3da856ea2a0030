"""Creates a task, assigned to an eligible account drawn at random."""

from collections.abc import Sequence
from datetime import datetime

from events.tracking import TaskAssigned, TaskCreated
from functions.tracking.domain import NewTask, open_task, opened
from functions.tracking.roster import draw
from functions.tracking.rows import TASKS, Task
from functions.tracking.views import TaskDetails, names_of
from shared.context import Context
from shared.idempotency import Remember, forget
from shared.ids import new_id
from shared.store import Action, Insert, Store


def create_task(
    content: NewTask,
    creator_id: str,
    store: Store,
    context: Context,
    remember: Remember[TaskDetails] = forget,
) -> TaskDetails:
    """Raises NobodyEligible, and writes nothing then."""
    (assignee,) = draw(store, context.randomness, 1)
    now = context.now()
    task_id = new_id(now, context.randomness)
    shard = store.shards(TASKS).of(task_id)
    task = opened(
        task_id, content, created_by=creator_id, assignee_id=assignee.account_id, at=now, shard=shard
    )
    names = {**names_of([creator_id], store), assignee.account_id: assignee.name}
    details = TaskDetails(task, names)
    store.transact([Insert(task), Insert(open_task(task)), *_journal(task, now, context), *remember(details)])
    context.count("TasksCreated")
    return details


def _journal(task: Task, now: datetime, context: Context) -> Sequence[Action]:
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
