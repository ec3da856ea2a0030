"""The tracking service's rows, and the tables in which they lie."""

from dataclasses import replace
from typing import Literal

from shared.records import IDEMPOTENCY, JOURNAL
from shared.tables import Index, Row, Table

TaskStatus = Literal["open", "completed", "cancelled"]
Outcome = Literal["reassigned", "skipped"]


class Account(Row):
    """This service's replica of an account.

    `slot` is its place in the roster, there while it is eligible. `listing_shard` and `name_key` are
    there once it has been eligible: from then on it may be the assignee of a task.
    """

    account_id: str
    name: str
    role: str
    status: str
    version: int
    slot: int | None = None
    listing_shard: int | None = None
    name_key: str | None = None


class AccountByName(Row):
    """Who is or has been eligible, in the order of names."""

    listing_shard: int
    name_key: str
    account_id: str
    name: str


class RosterHead(Row):
    """How many are eligible; stands in slot 0."""

    slot: int
    size: int


class RosterSlot(Row):
    """One of the eligible, in slot 1 to `size`; the slots have no gaps."""

    slot: int
    account_id: str
    name: str


class Task(Row):
    """`assignee_status` joins its two parts by `#`; `version` grows with every change.

    `created_by` is absent where no event that is left names the creator.
    """

    task_id: str
    title: str
    status: TaskStatus
    assignee_id: str
    assignee_status: str
    created_at: str
    assigned_at: str
    version: int
    creation_shard: int
    created_by: str | None = None
    jira_id: str | None = None
    description: str | None = None
    completed_at: str | None = None
    cancelled_at: str | None = None


class TaskByCreation(Row):
    """What the list of all tasks reads."""

    creation_shard: int
    task_id: str
    title: str
    status: TaskStatus


class TaskByAssignment(Row):
    """What the lists of an assignee's tasks read."""

    assignee_status: str
    assigned_at: str
    task_id: str
    title: str


class TaskByAssignee(Row):
    """For the code before `by_assignment` alone, which may be at work while a deployment goes on.

    A deployment adds or removes one index of a table: the next release may remove this one.
    """

    assignee_status: str
    task_id: str
    title: str


class TaskByJiraId(Row):
    """Where the tasks of a Jira issue are found."""

    jira_id: str
    task_id: str


class OpenTask(Row):
    """Stands as long as its task is open, for reads of all open tasks that no index's lag may falsify."""

    shard: int
    task_id: str
    title: str


class Completion(Row):
    """A task that was open not long ago, for shuffles pressed before. Expires, in Unix seconds.

    One that was cancelled has such a row too, with the time of that.
    """

    shard: int
    task_id: str
    completed_at: str
    expires_at: int


class EventOfTask(Row):
    """What the journal's index by subject holds; `event` is the envelope as JSON."""

    subject_id: str
    event_id: str
    event: str


class Shuffle(Row):
    """A press of "assign tasks"; `shards` is over how many partitions the open tasks were spread.

    What it came to is there once it is done. One that was done before this was kept has none of it.
    """

    shuffle_id: str
    requested_by: str
    requested_at: str
    shards: int
    finished_at: str | None = None
    total: int | None = None
    reassigned: int | None = None
    skipped: int | None = None


class ShuffleByPress(Row):
    """A shuffle's place among all, by the time in its id."""

    shards: int
    shuffle_id: str


class ShuffleProgress(Row):
    """How far a shuffle is with one shard of the open tasks; `pages` of it are counted."""

    shuffle_id: str
    shard: int
    pages: int = 0
    counted_through: str | None = None
    counting_done: bool = False
    total: int = 0
    reassigned: int = 0
    skipped: int = 0


class ShuffleChunk(Row):
    """Some tasks of a shuffle; `chunk` is `shard#page#number`. Expires, in Unix seconds."""

    shuffle_id: str
    chunk: str
    shard: int
    task_ids: list[str]
    done: bool
    expires_at: int


class ShuffleMark(Row):
    """What a shuffle did with a task; `mark` is `shuffle_id#task_id`. Expires, in Unix seconds."""

    mark: str
    outcome: Outcome
    expires_at: int


TABLES = (
    Table(
        "accounts",
        Account,
        "account_id",
        indexes=(Index("by_name", AccountByName, "listing_shard", "name_key"),),
    ),
    Table("roster", RosterHead, "slot", others=(RosterSlot,)),
    Table(
        "tasks",
        Task,
        "task_id",
        indexes=(
            Index("by_assignee", TaskByAssignee, "assignee_status", "task_id"),
            Index("by_assignment", TaskByAssignment, "assignee_status", "assigned_at"),
            Index("by_created", TaskByCreation, "creation_shard", "task_id"),
            Index("by_jira_id", TaskByJiraId, "jira_id", "task_id"),
        ),
    ),
    Table("open_tasks", OpenTask, "shard", "task_id"),
    Table("completions", Completion, "shard", "task_id", expires="expires_at"),
    Table(
        "shuffles",
        Shuffle,
        "shuffle_id",
        indexes=(Index("by_press", ShuffleByPress, "shards", "shuffle_id"),),
    ),
    Table("shuffle_progress", ShuffleProgress, "shuffle_id", "shard"),
    Table("shuffle_chunks", ShuffleChunk, "shuffle_id", "chunk", expires="expires_at"),
    Table("shuffle_marks", ShuffleMark, "mark", expires="expires_at", guarded=True),
    replace(JOURNAL, indexes=(Index("by_subject", EventOfTask, "subject_id", "event_id"), *JOURNAL.indexes)),
    IDEMPOTENCY,
)
