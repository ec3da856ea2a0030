"""Decisions about tasks, their assignees and shuffles."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from functions.tracking.rows import Completion, OpenTask, Shuffle, ShuffleProgress, Task, TaskStatus
from shared.clock import parse_rfc3339, rfc3339
from shared.frozen import Frozen
from shared.ids import last_id_of


class TrackingError(Exception):
    """The base of this service's errors."""


class TaskNotFound(TrackingError):
    """There is no such task."""


class NotTheAssignee(TrackingError):
    """Only the assignee completes a task."""


class NotTheCreator(TrackingError):
    """Only its creator, a manager or an admin cancels a task."""


class TaskExists(TrackingError):
    """A task that was to be the only one of its jira_id is not the first; `members` names that one."""

    def __init__(self, task_id: str) -> None:
        super().__init__("there is a task with this jira_id already")
        self.members = {"task_id": task_id}


class AlreadyCompleted(TrackingError):
    """The task is completed already."""


class AlreadyCancelled(TrackingError):
    """The task is cancelled already."""


class NobodyEligible(TrackingError):
    """There is no account that could be drawn as assignee."""


class ShuffleNotFound(TrackingError):
    """There is no such shuffle."""


class AssigneeNotFound(TrackingError):
    """No account with this id is or was eligible."""


class ShuffleUnfinished(TrackingError):
    """Part of a shuffle is not done yet; its message is retried."""


ShuffleStatus = Literal["counting", "running", "done"]

STATUSES: tuple[TaskStatus, ...] = ("open", "completed", "cancelled")
SHUFFLE_ROWS_KEPT = timedelta(days=90)
"""Longer than a chunk's message is kept: 14 days in its queue and 14 in the dead-letter queue, counted again
after each redrive."""

COMPLETIONS_KEPT = SHUFFLE_ROWS_KEPT
"""A press that is not counted yet waits as a message too."""

CLOCKS_APART = timedelta(seconds=1)
"""The greatest difference between two hosts' clocks that is allowed for."""

LISTING_SHARDS = 4

HEAD_SLOT = 0
_ELIGIBLE_ROLES = frozenset({"worker", "accountant"})


class NewTask(Frozen):
    """What the creator of a task enters; `unique` asks for the only task of its jira_id."""

    title: str
    jira_id: str | None = None
    description: str | None = None
    unique: bool = False


def is_eligible(role: str, status: str) -> bool:
    return status == "active" and role in _ELIGIBLE_ROLES


def assignee_status(assignee_id: str, status: TaskStatus) -> str:
    return f"{assignee_id}#{status}"


def opened(
    task_id: str, content: NewTask, *, created_by: str | None, assignee_id: str, at: datetime, shard: int
) -> Task:
    """A new task, open and assigned; `shard` is its partition in the lists of all tasks."""
    return Task(
        task_id=task_id,
        title=content.title,
        status="open",
        assignee_id=assignee_id,
        assignee_status=assignee_status(assignee_id, "open"),
        created_by=created_by,
        created_at=rfc3339(at),
        assigned_at=rfc3339(at),
        version=1,
        creation_shard=shard,
        jira_id=content.jira_id,
        description=content.description,
    )


def reassigned(task: Task, assignee_id: str, at: datetime) -> Task:
    """The task with its next assignee, who may be the same one; raises as `check_open` does."""
    check_open(task)
    return replace(
        task,
        assignee_id=assignee_id,
        assignee_status=assignee_status(assignee_id, "open"),
        assigned_at=rfc3339(at),
        version=task.version + 1,
    )


def completed(task: Task, account_id: str, at: datetime) -> Task:
    """The task, completed by this account; raises NotTheAssignee, or as `check_open` does."""
    if task.assignee_id != account_id:
        raise NotTheAssignee("only the assignee completes a task")
    check_open(task)
    return replace(
        task,
        status="completed",
        assignee_status=assignee_status(account_id, "completed"),
        completed_at=rfc3339(at),
        version=task.version + 1,
    )


def cancelled(task: Task, at: datetime) -> Task:
    """The cancelled task; raises as `check_open` does."""
    check_open(task)
    return replace(
        task,
        status="cancelled",
        assignee_status=assignee_status(task.assignee_id, "cancelled"),
        cancelled_at=rfc3339(at),
        version=task.version + 1,
    )


def check_open(task: Task) -> None:
    """Raises AlreadyCompleted or AlreadyCancelled."""
    if task.status == "completed":
        raise AlreadyCompleted("the task is completed already")
    if task.status == "cancelled":
        raise AlreadyCancelled("the task is cancelled already")


def still_open(tasks: Iterable[Task]) -> list[Task]:
    return [task for task in tasks if task.status == "open"]


def first_claimant(tasks: Iterable[Task]) -> Task | None:
    """Of the tasks of one jira_id, the first that is not cancelled."""
    return min((each for each in tasks if each.status != "cancelled"), key=_task_id, default=None)


def _task_id(task: Task) -> str:
    return task.task_id


def open_task(task: Task) -> OpenTask:
    return OpenTask(task.creation_shard, task.task_id, task.title)


def completion(task: Task, at: datetime) -> Completion:
    expires_at = int((at + COMPLETIONS_KEPT).timestamp())
    return Completion(task.creation_shard, task.task_id, rfc3339(at), expires_at)


def last_covered_task_id(shuffle: Shuffle) -> str:
    """Tasks with greater ids were created after the press, even if clocks differ."""
    return last_id_of(parse_rfc3339(shuffle.requested_at) + CLOCKS_APART)


def was_open_at(shuffle: Shuffle, completed_at: str) -> bool:
    """Whether a task that is completed, or cancelled, may have been open at the press."""
    return completed_at >= rfc3339(parse_rfc3339(shuffle.requested_at) - CLOCKS_APART)


def chunk_name(shard: int, page: int, number: int) -> str:
    """Sorts by page and number within a shard."""
    return f"{page_name(shard, page)}#{number:03d}"


def page_name(shard: int, page: int) -> str:
    return f"{shard:02d}#{page:08d}"


def mark_name(shuffle_id: str, task_id: str) -> str:
    return f"{shuffle_id}#{task_id}"


class Tally(Frozen):
    """A shuffle's progress, all shards together."""

    status: ShuffleStatus
    total: int
    reassigned: int
    skipped: int


def tally(shards: Iterable[ShuffleProgress]) -> Tally:
    rows = list(shards)
    total = sum(row.total for row in rows)
    reassigned_count = sum(row.reassigned for row in rows)
    skipped = sum(row.skipped for row in rows)
    status: ShuffleStatus = "running"
    if not all(row.counting_done for row in rows):
        status = "counting"
    elif reassigned_count + skipped == total:
        status = "done"
    return Tally(status, total, reassigned_count, skipped)
