"""The tracking service's HTTP API: requests, answers and error statuses."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StrictBool, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from functions.tracking.domain import (
    AlreadyCancelled,
    AlreadyCompleted,
    AssigneeNotFound,
    NobodyEligible,
    NotTheAssignee,
    NotTheCreator,
    ShuffleNotFound,
    ShuffleStatus,
    Tally,
    TaskExists,
    TaskNotFound,
)
from functions.tracking.rows import Shuffle, Task, TaskStatus
from functions.tracking.views import Names, TaskDetails
from shared.api import (
    PROSE,
    AccountAnswer,
    AnswerModel,
    PageQuery,
    RequestModel,
    Search,
    Typed,
)
from shared.clock import INSTANT_PATTERN, parse_rfc3339
from shared.text import line_pattern, one_line

PROBLEMS: Mapping[type[Exception], int] = {
    TaskNotFound: 404,
    ShuffleNotFound: 404,
    AssigneeNotFound: 404,
    NotTheAssignee: 403,
    NotTheCreator: 403,
    AlreadyCompleted: 409,
    AlreadyCancelled: 409,
    NobodyEligible: 409,
    TaskExists: 409,
}

EVERYONE = ("worker", "accountant", "manager", "admin")
SHUFFLERS = ("manager", "admin")

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _without_brackets(title: str) -> str:
    if "[" in title or "]" in title:
        raise PydanticCustomError("title_has_brackets", "has [ or ]: the id of a ticket belongs in jira_id")
    return title


Title = Annotated[
    str,
    Field(min_length=1, max_length=200),
    AfterValidator(_without_brackets),
    Typed(one_line, line_pattern(also_refused=r"\[\]")),
]
JiraId = Annotated[str, Field(max_length=64, pattern=r"^[A-Z][A-Z0-9_]*-[0-9]+$")]
Description = Annotated[str, Field(min_length=1, max_length=10_000), PROSE]


class CreateTaskBody(RequestModel):
    """`unique` refuses a second task of the `jira_id`, which it needs. Cancelled tasks don't count."""

    title: Title
    jira_id: JiraId | None = None
    description: Description | None = None
    unique: StrictBool = False

    @field_validator("unique")
    @classmethod
    def _needs_a_jira_id(cls, unique: bool, others: ValidationInfo) -> bool:
        if unique and others.data.get("jira_id", "refused already") is None:
            raise PydanticCustomError("needs_jira_id", "needs a jira_id")
        return unique


AssigneeFilter = Annotated[str, Field(min_length=1, max_length=128)]


class ListTasksQuery(PageQuery):
    """`assignee` is an account_id, or `me`; `q` is a part of the title, or a whole jira_id."""

    status: TaskStatus | None = None
    assignee: AssigneeFilter | None = None
    q: Search | None = None


class CountTasksQuery(RequestModel):
    """`assignee` is an account_id, or `me`."""

    status: TaskStatus | None = None
    assignee: AssigneeFilter | None = None


class ListAssigneesQuery(PageQuery):
    """`q` is a part of the name."""

    q: Search | None = None


class ListedTaskAnswer(AnswerModel):
    """A task in a list: without its description, which may be long."""

    task_id: str
    title: str
    jira_id: str | None
    status: TaskStatus
    assignee: AccountAnswer
    created_by: AccountAnswer
    created_at: datetime
    assigned_at: datetime
    completed_at: datetime | None
    cancelled_at: datetime | None


class TaskAnswer(ListedTaskAnswer):
    description: str | None


class TaskCountAnswer(AnswerModel):
    """One request examines 500 tasks at most. If there are `more`, `count` is of those; else it is exact."""

    count: int
    more: bool


class HistoryItemAnswer(AnswerModel):
    """`account` is whom it concerns, `by` who did it; a shuffle's assignment names the shuffle."""

    at: datetime
    what: Literal["created", "assigned", "completed", "cancelled"]
    account: AccountAnswer
    by: AccountAnswer
    shuffle_id: str | None


class ShuffleStartedAnswer(AnswerModel):
    shuffle_id: str


class ShuffleAnswer(AnswerModel):
    """`total` is final once `status` is not `counting`; at the end it is `reassigned` plus `skipped`.

    `finished_at` follows soon after `status` is `done`. Shuffles from before it was recorded have none.
    """

    shuffle_id: str
    status: ShuffleStatus
    total: int
    reassigned: int
    skipped: int
    requested_by: AccountAnswer
    requested_at: datetime
    finished_at: datetime | None


UNKNOWN = AccountAnswer(account_id="unknown", name="unknown")
"""Shown as the creator if no event names one; an answer always has an account."""


def account(account_id: str | None, names: Names) -> AccountAnswer:
    return AccountAnswer(account_id=account_id, name=names[account_id]) if account_id else UNKNOWN


def listed_task(task: Task, names: Names) -> ListedTaskAnswer:
    return ListedTaskAnswer(**_listed(task, names))


def task_answer(details: TaskDetails) -> TaskAnswer:
    """From the fields themselves: building the model of a listed task first takes a cold start longer."""
    return TaskAnswer(**_listed(details.task, details.names), description=details.task.description)


def _listed(task: Task, names: Names) -> dict[str, Any]:
    return {
        "task_id": task.task_id,
        "title": task.title,
        "jira_id": task.jira_id,
        "status": task.status,
        "assignee": account(task.assignee_id, names),
        "created_by": account(task.created_by, names),
        "created_at": parse_rfc3339(task.created_at),
        "assigned_at": parse_rfc3339(task.assigned_at),
        "completed_at": _instant(task.completed_at),
        "cancelled_at": _instant(task.cancelled_at),
    }


def shuffle_answer(shuffle: Shuffle, tally: Tally, names: Names) -> ShuffleAnswer:
    return ShuffleAnswer(
        shuffle_id=shuffle.shuffle_id,
        status=tally.status,
        total=tally.total,
        reassigned=tally.reassigned,
        skipped=tally.skipped,
        requested_by=account(shuffle.requested_by, names),
        requested_at=parse_rfc3339(shuffle.requested_at),
        finished_at=_instant(shuffle.finished_at),
    )


def _instant(text: str | None) -> datetime | None:
    return parse_rfc3339(text) if text else None


def assignee_id(query: ListTasksQuery | CountTasksQuery, caller_id: str) -> str | None:
    """The assignee asked for; `me` is the caller."""
    return caller_id if query.assignee == "me" else query.assignee


def task_id_in(path: Mapping[str, str]) -> str:
    """Raises TaskNotFound for a malformed id, before a table is read."""
    task_id = path.get("task_id", "")
    if not _UUID.fullmatch(task_id):
        raise TaskNotFound("there is no such task")
    return task_id


def shuffle_id_in(path: Mapping[str, str]) -> str:
    """Raises ShuffleNotFound for a malformed id."""
    shuffle_id = path.get("shuffle_id", "")
    if not _UUID.fullmatch(shuffle_id):
        raise ShuffleNotFound("there is no such shuffle")
    return shuffle_id


ID_POSITION = _UUID.pattern
TASK_POSITION = rf"(jira_id:)?{_UUID.pattern}"
ASSIGNMENT_POSITION = rf"(jira_id:|{INSTANT_PATTERN}#){_UUID.pattern}"
