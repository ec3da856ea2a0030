"""The decisions about tasks, assignees and shuffles, without tables."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from functions.tracking.domain import (
    AlreadyCancelled,
    AlreadyCompleted,
    NewTask,
    NotTheAssignee,
    Tally,
    TaskExists,
    TrackingError,
    assignee_status,
    cancelled,
    check_open,
    chunk_name,
    completed,
    completion,
    first_claimant,
    is_eligible,
    last_covered_task_id,
    mark_name,
    open_task,
    opened,
    page_name,
    reassigned,
    still_open,
    tally,
    was_open_at,
)
from functions.tracking.rows import Completion, OpenTask, Shuffle, ShuffleProgress, Task

AT = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
NOON, ONE = "2026-11-22T12:00:00.000Z", "2026-11-22T13:00:00.000Z"
TASK_ID = "01a17010-5c0d-7ce9-a153-af71cb6915c1"
CONTENT = NewTask("Feed the parrot", "POPUG-42", "twice a day")


def new_task() -> Task:
    return opened(TASK_ID, CONTENT, created_by="boss", assignee_id="ann", at=AT, shard=3)


def done_task() -> Task:
    return completed(new_task(), "ann", LATER)


def pressed(at: str = NOON) -> Shuffle:
    return Shuffle("press", "boss", at, 4)


@pytest.mark.parametrize(
    ("role", "status", "expected"),
    [
        ("worker", "active", True),
        ("accountant", "active", True),
        ("manager", "active", False),
        ("admin", "active", False),
        ("worker", "deactivated", False),
    ],
)
def test_eligible_are_active_workers_and_accountants(role: str, status: str, expected: bool) -> None:
    assert is_eligible(role, status) is expected


def test_a_new_task_is_open_assigned_and_of_version_1() -> None:
    assert new_task() == Task(
        task_id=TASK_ID,
        title="Feed the parrot",
        status="open",
        assignee_id="ann",
        assignee_status="ann#open",
        created_at=NOON,
        assigned_at=NOON,
        version=1,
        creation_shard=3,
        created_by="boss",
        jira_id="POPUG-42",
        description="twice a day",
    )


def test_a_reassignment_changes_the_assignee_the_time_and_the_version() -> None:
    assert reassigned(new_task(), "bob", LATER) == replace(
        new_task(), assignee_id="bob", assignee_status="bob#open", assigned_at=ONE, version=2
    )


def test_a_completion_keeps_the_assignee_and_notes_the_time() -> None:
    assert done_task() == replace(
        new_task(), status="completed", assignee_status="ann#completed", completed_at=ONE, version=2
    )


def test_a_cancellation_keeps_the_assignee_and_notes_the_time() -> None:
    assert cancelled(new_task(), LATER) == replace(
        new_task(), status="cancelled", assignee_status="ann#cancelled", cancelled_at=ONE, version=2
    )


def test_only_the_assignee_completes() -> None:
    with pytest.raises(NotTheAssignee, match=r"^only the assignee completes a task$"):
        completed(new_task(), "bob", LATER)


def test_a_task_is_completed_once() -> None:
    with pytest.raises(AlreadyCompleted):
        completed(done_task(), "ann", LATER)


@pytest.mark.parametrize(
    ("task", "refusal", "said"),
    [
        (done_task(), AlreadyCompleted, "^the task is completed already$"),
        (cancelled(new_task(), LATER), AlreadyCancelled, "^the task is cancelled already$"),
    ],
)
def test_nothing_is_done_with_a_task_that_is_not_open(
    task: Task, refusal: type[TrackingError], said: str
) -> None:
    with pytest.raises(refusal, match=said):
        reassigned(task, "bob", LATER)
    with pytest.raises(refusal, match=said):
        cancelled(task, LATER)
    with pytest.raises(refusal, match=said):
        completed(task, "ann", LATER)
    with pytest.raises(refusal, match=said):
        check_open(task)


def test_only_open_tasks_are_still_open() -> None:
    assert still_open([done_task(), new_task(), cancelled(new_task(), LATER)]) == [new_task()]


def test_an_open_task_is_kept_in_its_shard() -> None:
    assert open_task(new_task()) == OpenTask(3, TASK_ID, "Feed the parrot")


def test_a_completion_is_kept_as_long_as_a_shuffles_rows() -> None:
    later = int(LATER.timestamp()) + 90 * 24 * 3600
    assert completion(done_task(), LATER) == Completion(3, TASK_ID, ONE, later)


def test_a_press_covers_tasks_created_up_to_a_second_after_it() -> None:
    last = last_covered_task_id(pressed())
    unix_milliseconds = UUID(last).int >> 80
    assert unix_milliseconds == int(AT.timestamp()) * 1000 + 1000
    assert last.endswith("ffffffffffff")


@pytest.mark.parametrize(
    ("completed_at", "expected"),
    [
        ("2026-11-22T11:59:58.999Z", False),
        ("2026-11-22T11:59:59.000Z", True),
        ("2026-11-22T12:00:00.500Z", True),
    ],
)
def test_a_task_completed_up_to_a_second_before_the_press_may_have_been_open(
    completed_at: str, expected: bool
) -> None:
    assert was_open_at(pressed(), completed_at) is expected


def test_names_of_rows_are_fixed() -> None:
    """Rows with these names are stored: a change would lose them."""
    assert assignee_status("ann", "open") == "ann#open"
    assert page_name(3, 12) == "03#00000012"
    assert chunk_name(3, 12, 7) == "03#00000012#007"
    assert mark_name("press", "task") == "press#task"


def progress(shard: int, *, total: int, reassigned: int, skipped: int, counted: bool) -> ShuffleProgress:
    return replace(
        ShuffleProgress("press", shard),
        total=total,
        reassigned=reassigned,
        skipped=skipped,
        counting_done=counted,
    )


def test_a_shuffle_is_counting_until_every_shard_is_counted() -> None:
    shards = [
        progress(0, total=2, reassigned=2, skipped=0, counted=True),
        progress(1, total=0, reassigned=0, skipped=0, counted=False),
    ]
    assert tally(shards) == Tally("counting", 2, 2, 0)


def test_a_shuffle_is_running_until_each_task_is_reassigned_or_skipped() -> None:
    shards = [
        progress(0, total=5, reassigned=2, skipped=1, counted=True),
        progress(1, total=7, reassigned=3, skipped=4, counted=True),
    ]
    assert tally(shards) == Tally("running", 12, 5, 5)


def test_a_shuffle_is_done_when_the_numbers_add_up() -> None:
    shards = [
        progress(0, total=5, reassigned=4, skipped=1, counted=True),
        progress(1, total=7, reassigned=3, skipped=4, counted=True),
    ]
    assert tally(iter(shards)) == Tally("done", 12, 7, 5)


def test_a_shuffle_of_no_tasks_is_done() -> None:
    assert tally([progress(0, total=0, reassigned=0, skipped=0, counted=True)]) == Tally("done", 0, 0, 0)


def test_the_first_task_that_is_not_cancelled_claims_their_jira_id() -> None:
    first, second, third = (replace(new_task(), task_id=f"task-{number}") for number in (1, 2, 3))
    assert first_claimant([third, second, first]) == first
    assert first_claimant([third, second, cancelled(first, LATER)]) == second
    assert first_claimant([completed(second, "ann", LATER), third]) == completed(second, "ann", LATER)
    assert first_claimant([cancelled(first, LATER)]) is None


def test_a_task_that_is_not_the_only_one_names_the_first() -> None:
    refused = TaskExists("task-1")
    assert (str(refused), refused.members) == (
        "there is a task with this jira_id already",
        {"task_id": "task-1"},
    )
