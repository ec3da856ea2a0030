"""The tracking service's rows and tables."""

from dataclasses import replace
from typing import Literal

from shared.records import IDEMPOTENCY, JOURNAL, RECEIPTS
from shared.tables import Index, Row, Spread, Table

TaskStatus = Literal["open", "completed", "cancelled"]
Outcome = Literal["reassigned", "skipped"]

TASKS = Spread("tasks", 4, most=48)
"""A task's partition, in its own row, is that of its rows in every list of all tasks. A press writes two
rows for each partition in one transaction, so there can't be more."""
SHUFFLES = 4
"""The one partition key of the list of all shuffles: the number of partitions that the first ones had."""


class Account(Row):
    """This service's replica of an account.

    `slot` is its place in the roster, set while it is eligible. `listing_shard` and `name_key` are set
    once it has been eligible: from then on it may be the assignee of a task.
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
    """An account that is or has been eligible, in the order of names."""

    listing_shard: int
    name_key: str
    account_id: str
    name: str


class RosterHead(Row):
    """How many accounts are eligible, in slot 0."""

    slot: int
    size: int


class RosterSlot(Row):
    """An eligible account, in slot 1 to `size`; the slots have no gaps."""

    slot: int
    account_id: str
    name: str


class Task(Row):
    """`assignee_status` joins its two parts by `#`; `version` grows with every change.

    `created_by` is absent if no event names the creator.
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
    """A task in the list of all tasks."""

    creation_shard: int
    task_id: str
    title: str
    status: TaskStatus


class TaskByAssignment(Row):
    """A task in the list of an assignee's tasks."""

    assignee_status: str
    assigned_at: str
    task_id: str
    title: str


class TaskByJiraId(Row):
    """A task, by its jira_id."""

    jira_id: str
    task_id: str


class JiraIdClaim(Row):
    """The task that was created as the only one of its jira_id; removed when it is cancelled."""

    jira_id: str
    task_id: str


class OpenTask(Row):
    """Exists while its task is open, so that all open tasks can be read consistently."""

    shard: int
    task_id: str
    title: str


class UncountedPress(Row):
    """A press that has not counted all tasks of a partition yet."""

    shard: int
    shuffle_id: str


class Completion(Row):
    """A task that was completed or cancelled while a press before had not counted its partition.

    `expires_at` is in Unix seconds.
    """

    shard: int
    task_id: str
    completed_at: str
    expires_at: int


class RecordOfTask(Row):
    """A record in the journal's index by subject; `shared.journal` says what `event` holds."""

    subject_id: str
    event_id: str
    event: str


class Shuffle(Row):
    """A press of "assign tasks"; `task_shards` is the number of partitions of the open tasks.

    `shards`, the same in every row, serves the index by press; in rows without `task_shards` it is that
    number. `finished_at` and the figures are set once it is done, except in old rows.
    """

    shuffle_id: str
    requested_by: str
    requested_at: str
    shards: int
    finished_at: str | None = None
    total: int | None = None
    reassigned: int | None = None
    skipped: int | None = None
    task_shards: int | None = None

    @property
    def partitions(self) -> range:
        """The partitions that it covers."""
        return range(self.task_shards or self.shards)


class ShuffleByPress(Row):
    """A shuffle in the list of all, ordered by the time in its id."""

    shards: int
    shuffle_id: str


class ShuffleProgress(Row):
    """A shuffle's progress in one shard of the open tasks; `pages` are counted."""

    shuffle_id: str
    shard: int
    pages: int = 0
    counted_through: str | None = None
    counting_done: bool = False
    total: int = 0
    reassigned: int = 0
    skipped: int = 0


class ShuffleChunk(Row):
    """Some tasks of a shuffle; `chunk` is `shard#page#number`. `expires_at` is in Unix seconds."""

    shuffle_id: str
    chunk: str
    shard: int
    task_ids: list[str]
    done: bool
    expires_at: int


class ShuffleMark(Row):
    """What a shuffle did with a task; `mark` is `shuffle_id#task_id`. `expires_at` is in Unix seconds."""

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
            Index("by_assignment", TaskByAssignment, "assignee_status", "assigned_at"),
            Index("by_created", TaskByCreation, "creation_shard", "task_id"),
            Index("by_jira_id", TaskByJiraId, "jira_id", "task_id"),
        ),
        spread=TASKS,
    ),
    Table("jira_ids", JiraIdClaim, "jira_id"),
    Table("open_tasks", OpenTask, "shard", "task_id", spread=TASKS),
    Table("uncounted_presses", UncountedPress, "shard", "shuffle_id", spread=TASKS),
    Table("completions", Completion, "shard", "task_id", expires="expires_at", spread=TASKS),
    Table(
        "shuffles",
        Shuffle,
        "shuffle_id",
        indexes=(Index("by_press", ShuffleByPress, "shards", "shuffle_id"),),
    ),
    Table("shuffle_progress", ShuffleProgress, "shuffle_id", "shard", spread=TASKS),
    Table("shuffle_chunks", ShuffleChunk, "shuffle_id", "chunk", expires="expires_at"),
    Table("shuffle_marks", ShuffleMark, "mark", expires="expires_at", guarded=True),
    replace(JOURNAL, indexes=(Index("by_subject", RecordOfTask, "subject_id", "event_id"), *JOURNAL.indexes)),
    RECEIPTS,
    IDEMPOTENCY,
)
