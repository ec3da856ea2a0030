"""The tracking service's tables."""

from typing import Any

from pynamodb.attributes import (
    BooleanAttribute,
    ListAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
)
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection
from pynamodb.models import Model

from functions.tracking.domain import (
    Account,
    AccountByName,
    Completion,
    EventOfTask,
    OpenTask,
    RosterHead,
    RosterSlot,
    Shuffle,
    ShuffleByPress,
    ShuffleChunk,
    ShuffleMark,
    ShuffleProgress,
    Task,
    TaskByAssignment,
    TaskByCreation,
    TaskByJiraId,
)
from shared.tables import IDEMPOTENCY, Binding, JournalTable, journal_bindings


class ByName(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Sparse: who is or has been eligible, in the order of names."""

    class Meta:
        index_name = "by_name"
        projection = IncludeProjection(["name"])

    listing_shard = NumberAttribute(hash_key=True)
    name_key = UnicodeAttribute(range_key=True)


class AccountsTable(Model):
    class Meta:
        table_name = "accounts"

    account_id = UnicodeAttribute(hash_key=True)
    name = UnicodeAttribute()
    role = UnicodeAttribute()
    status = UnicodeAttribute()
    version = NumberAttribute()
    slot = NumberAttribute(null=True)
    listing_shard = NumberAttribute(null=True)
    name_key = UnicodeAttribute(null=True)

    by_name = ByName()


class RosterTable(Model):
    """Slot 0 has `size`, the others an account each."""

    class Meta:
        table_name = "roster"

    slot = NumberAttribute(hash_key=True)
    size = NumberAttribute(null=True)
    account_id = UnicodeAttribute(null=True)
    name = UnicodeAttribute(null=True)


class ByCreation(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = "by_created"
        projection = IncludeProjection(["title", "status"])

    creation_shard = NumberAttribute(hash_key=True)
    task_id = UnicodeAttribute(range_key=True)


class ByAssignment(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Its keys are on every row, so those of before it are in it too."""

    class Meta:
        index_name = "by_assignment"
        projection = IncludeProjection(["title"])

    assignee_status = UnicodeAttribute(hash_key=True)
    assigned_at = UnicodeAttribute(range_key=True)


class ByAssignee(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """For the code before `by_assignment` alone, which may be at work while a deployment goes on.

    A deployment adds or removes one index of a table: the next release may remove this one.
    """

    class Meta:
        index_name = "by_assignee"
        projection = IncludeProjection(["title"])

    assignee_status = UnicodeAttribute(hash_key=True)
    task_id = UnicodeAttribute(range_key=True)


class ByJiraId(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = "by_jira_id"
        projection = KeysOnlyProjection()

    jira_id = UnicodeAttribute(hash_key=True)
    task_id = UnicodeAttribute(range_key=True)


class TasksTable(Model):
    class Meta:
        table_name = "tasks"

    task_id = UnicodeAttribute(hash_key=True)
    title = UnicodeAttribute()
    status = UnicodeAttribute()
    assignee_id = UnicodeAttribute()
    assignee_status = UnicodeAttribute()
    created_by = UnicodeAttribute(null=True)
    created_at = UnicodeAttribute()
    assigned_at = UnicodeAttribute()
    version = NumberAttribute()
    creation_shard = NumberAttribute()
    jira_id = UnicodeAttribute(null=True)
    description = UnicodeAttribute(null=True)
    completed_at = UnicodeAttribute(null=True)
    cancelled_at = UnicodeAttribute(null=True)

    by_created = ByCreation()
    by_assignment = ByAssignment()
    by_assignee = ByAssignee()
    by_jira_id = ByJiraId()


class OpenTasksTable(Model):
    class Meta:
        table_name = "open_tasks"

    shard = NumberAttribute(hash_key=True)
    task_id = UnicodeAttribute(range_key=True)
    title = UnicodeAttribute()


class CompletionsTable(Model):
    class Meta:
        table_name = "completions"

    shard = NumberAttribute(hash_key=True)
    task_id = UnicodeAttribute(range_key=True)
    completed_at = UnicodeAttribute()
    expires_at = TTLAttribute()


class ByPress(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """All shuffles in the order of their presses: `shards` is the same on every row."""

    class Meta:
        index_name = "by_press"
        projection = KeysOnlyProjection()

    shards = NumberAttribute(hash_key=True)
    shuffle_id = UnicodeAttribute(range_key=True)


class ShufflesTable(Model):
    class Meta:
        table_name = "shuffles"

    shuffle_id = UnicodeAttribute(hash_key=True)
    requested_by = UnicodeAttribute()
    requested_at = UnicodeAttribute()
    shards = NumberAttribute()
    finished_at = UnicodeAttribute(null=True)
    total = NumberAttribute(null=True)
    reassigned = NumberAttribute(null=True)
    skipped = NumberAttribute(null=True)

    by_press = ByPress()


class ShuffleProgressTable(Model):
    class Meta:
        table_name = "shuffle_progress"

    shuffle_id = UnicodeAttribute(hash_key=True)
    shard = NumberAttribute(range_key=True)
    pages = NumberAttribute()
    counted_through = UnicodeAttribute(null=True)
    counting_done = BooleanAttribute()
    total = NumberAttribute()
    reassigned = NumberAttribute()
    skipped = NumberAttribute()


class ShuffleChunksTable(Model):
    class Meta:
        table_name = "shuffle_chunks"

    shuffle_id = UnicodeAttribute(hash_key=True)
    chunk = UnicodeAttribute(range_key=True)
    shard = NumberAttribute()
    task_ids: ListAttribute[Any] = ListAttribute()
    done = BooleanAttribute()
    expires_at = TTLAttribute()


class ShuffleMarksTable(Model):
    class Meta:
        table_name = "shuffle_marks"

    mark = UnicodeAttribute(hash_key=True)
    outcome = UnicodeAttribute()
    expires_at = TTLAttribute()


class BySubject(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """A task's history."""

    class Meta:
        index_name = "by_subject"
        projection = IncludeProjection(["event"])

    subject_id = UnicodeAttribute(hash_key=True)
    event_id = UnicodeAttribute(range_key=True)


class TrackingJournalTable(JournalTable):
    class Meta:
        table_name = "journal"
        stream_view_type = "NEW_IMAGE"

    by_subject = BySubject()


TABLES: tuple[Binding, ...] = (
    Binding(Account, AccountsTable),
    Binding(AccountByName, AccountsTable, "by_name"),
    Binding(RosterHead, RosterTable),
    Binding(RosterSlot, RosterTable),
    Binding(Task, TasksTable),
    Binding(TaskByCreation, TasksTable, "by_created"),
    Binding(TaskByAssignment, TasksTable, "by_assignment"),
    Binding(TaskByJiraId, TasksTable, "by_jira_id"),
    Binding(OpenTask, OpenTasksTable),
    Binding(Completion, CompletionsTable),
    Binding(Shuffle, ShufflesTable),
    Binding(ShuffleByPress, ShufflesTable, "by_press"),
    Binding(ShuffleProgress, ShuffleProgressTable),
    Binding(ShuffleChunk, ShuffleChunksTable),
    Binding(ShuffleMark, ShuffleMarksTable, guarded=True),
    Binding(EventOfTask, TrackingJournalTable, "by_subject"),
    *journal_bindings(TrackingJournalTable),
    IDEMPOTENCY,
)
