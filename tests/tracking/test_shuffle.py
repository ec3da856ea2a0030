"""Each press reassigns every open task exactly once, whatever happens meanwhile."""

from collections import Counter
from datetime import timedelta

import pytest

from functions.tracking.count_shard import use_case as counting
from functions.tracking.count_shuffle.use_case import count_shuffle
from functions.tracking.domain import NobodyEligible, ShuffleNotFound
from functions.tracking.jobs import reassign_chunk_job
from functions.tracking.reassign_chunk.use_case import reassign_chunk
from functions.tracking.rows import TASKS, Shuffle, ShuffleChunk, ShuffleMark, ShuffleProgress, Task
from shared.clock import rfc3339
from shared.records import JournalRecord
from tests.support.fakes import NOON, FakeClock, journal
from tests.tracking.test_create_task import CHI_SQUARE_19, chi_square
from tests.tracking.world import (
    MANAGER,
    Interrupted,
    World,
    assigned_by,
    check_tasks,
    company,
    event_data,
    hear,
    job_message,
    nothing,
    state,
    with_tasks,
)


def test_a_press_is_journaled_with_all_its_shards() -> None:
    world = with_tasks(1)
    shuffle = world.press()
    assert world.store.get(Shuffle, shuffle_id=shuffle.shuffle_id) == shuffle
    assert (shuffle.requested_by, shuffle.requested_at) == ("max", rfc3339(NOON))
    shards = world.store.query(ShuffleProgress, shuffle.shuffle_id, limit=99)
    assert shards == [ShuffleProgress(shuffle.shuffle_id, shard) for shard in TASKS.default.all]
    assert event_data(world.store, "Shuffle.Requested") == [
        {"shuffle_id": shuffle.shuffle_id, "requested_by": "max"}
    ]
    assert world.tally(shuffle) == ("counting", 0, 0, 0)


def test_with_nobody_eligible_a_press_writes_nothing() -> None:
    world = World(company())
    with pytest.raises(NobodyEligible):
        world.press()
    assert world.store.rows(Shuffle) == []
    assert journal(world.store) == []


def test_each_open_task_is_reassigned_once() -> None:
    world = with_tasks(250)
    for task in world.store.rows(Task)[:20]:
        world.complete(task)
    world.clock.advance(minutes=1)
    shuffle = world.press()
    world.count(shuffle)
    assert world.tally(shuffle) == ("running", 230, 0, 0)
    world.finish()
    assert world.tally(shuffle) == ("done", 230, 230, 0)
    assert assigned_by(world.store, shuffle) == Counter(
        task.task_id for task in world.store.rows(Task) if task.status == "open"
    )
    check_tasks(world.store)


def test_chunks_and_marks_outlive_a_message_that_is_redriven_once() -> None:
    """A queue and its dead-letter queue keep a message for 14 days each, and once more after a redrive."""
    world = with_tasks(3)
    world.shuffle()
    expiries = [row.expires_at for row in world.store.rows(ShuffleChunk)]
    expiries += [row.expires_at for row in world.store.rows(ShuffleMark)]
    assert len(expiries) > 3
    assert min(expiries) > (NOON + timedelta(days=4 * 14)).timestamp()


def test_a_reassignment_names_its_cause() -> None:
    world = with_tasks(1, "ann")
    (task,) = world.store.rows(Task)
    world.clock.advance(hours=1)
    shuffle = world.shuffle()
    (envelope,) = [each for each in journal(world.store, "Task.Assigned") if "shuffle_id" in each["data"]]
    (record,) = [row for row in world.store.rows(JournalRecord) if row.event_id == envelope["event_id"]]
    assert record.subject_id == task.task_id
    assert envelope["causation_id"] == f"press-{shuffle.shuffle_id}"
    assert envelope["correlation_id"] == "test-correlation"
    assert envelope["occurred_at"] == world.task(task.task_id).assigned_at == rfc3339(world.clock())
    assert envelope["data"] == {
        "task_id": task.task_id,
        "title": "Task 0",
        "version": 2,
        "assignee_id": "ann",
        "shuffle_id": shuffle.shuffle_id,
    }


def test_a_thousand_tasks_are_spread_evenly_over_twenty_accounts() -> None:
    world = with_tasks(1000, *(f"worker-{number}" for number in range(20)), seed=11)
    before = {task.task_id: task.assignee_id for task in world.store.rows(Task)}
    world.shuffle()
    after = {task.task_id: task.assignee_id for task in world.store.rows(Task)}
    assert chi_square(Counter(after.values()), 20) < CHI_SQUARE_19
    stayed = sum(before[task_id] == after[task_id] for task_id in before)
    assert 20 <= stayed <= 90


def test_a_press_without_open_tasks_is_done_at_once() -> None:
    world = with_tasks(0)
    shuffle = world.press()
    world.count(shuffle)
    assert world.tally(shuffle) == ("done", 0, 0, 0)
    assert world.reassignments.jobs == []


def test_tasks_created_after_the_press_are_not_covered() -> None:
    world = with_tasks(5)
    shuffle = world.press()
    world.clock.advance(milliseconds=1_001)
    late = world.create("Late")
    world.count(shuffle)
    world.finish()
    assert world.tally(shuffle) == ("done", 5, 5, 0)
    assert late.task_id not in assigned_by(world.store, shuffle)


def at_hosts(*clocks_ms: int) -> list[World]:
    """Several hosts of one company, each with its own clock; five tasks exist already."""
    world = with_tasks(5)
    world.clock.advance(minutes=1)
    hosts = [world.beside() for _ in clocks_ms]
    for host, milliseconds in zip(hosts, clocks_ms, strict=True):
        host.clock = FakeClock(world.clock() + timedelta(milliseconds=milliseconds))
    return hosts


@pytest.mark.parametrize("apart", [1, 20, 999, 1000])
def test_a_task_created_before_the_press_by_a_fast_clock_is_covered(apart: int) -> None:
    creating, pressing = at_hosts(apart // 2, apart // 2 - apart)
    task = creating.create("Just before")
    shuffle = pressing.shuffle()
    assert pressing.tally(shuffle) == ("done", 6, 6, 0)
    assert assigned_by(pressing.store, shuffle)[task.task_id] == 1
    again = pressing.shuffle()
    assert set(assigned_by(pressing.store, again).values()) == {1}


@pytest.mark.parametrize("apart", [1, 20, 999, 1000])
def test_a_task_completed_after_the_press_by_a_slow_clock_is_skipped(apart: int) -> None:
    completing, pressing = at_hosts(apart // 2 - apart, apart // 2)
    shuffle = pressing.press()
    completing.complete(completing.store.rows(Task)[0])
    pressing.count(shuffle)
    pressing.finish()
    assert pressing.tally(shuffle) == ("done", 5, 4, 1)


@pytest.mark.parametrize("after", [0, 400, 1000])
def test_a_task_created_within_a_second_after_the_press_may_be_covered_once(after: int) -> None:
    """Totals are right either way; here it exists when its page is counted."""
    world = with_tasks(5)
    shuffle = world.press()
    world.clock.advance(milliseconds=after)
    task = world.create("Just after")
    world.complete(world.store.rows(Task)[0])
    world.count(shuffle)
    world.finish()
    assert world.tally(shuffle) == ("done", 6, 5, 1)
    assert assigned_by(world.store, shuffle)[task.task_id] == 1
    check_tasks(world.store)


def test_a_shuffle_continues_after_its_requester_loses_the_right() -> None:
    """It was allowed at the press."""
    world = with_tasks(5)
    shuffle = world.press()
    hear(world.store, state(MANAGER, 2, role="worker", status="deactivated"))
    world.count(shuffle)
    world.finish()
    assert world.tally(shuffle) == ("done", 5, 5, 0)


def test_a_task_completed_meanwhile_is_left_alone() -> None:
    world = with_tasks(10)
    shuffle = world.press()
    world.count(shuffle)
    done = [world.complete(task) for task in world.store.rows(Task)[:3]]
    world.finish()
    assert world.tally(shuffle) == ("done", 10, 7, 3)
    assert [world.task(task.task_id) for task in done] == done
    check_tasks(world.store)


def test_a_task_cancelled_meanwhile_is_left_alone() -> None:
    """Before it is counted, and after."""
    world = with_tasks(10)
    world.clock.advance(milliseconds=1_001)
    shuffle = world.press()
    world.clock.advance(milliseconds=1)
    tasks = world.store.rows(Task)
    gone = [world.cancel(task) for task in tasks[:2]]
    world.count(shuffle)
    gone += [world.cancel(task) for task in tasks[2:5]]
    world.finish()
    assert world.tally(shuffle) == ("done", 10, 5, 5)
    assert [world.task(task.task_id) for task in gone] == gone
    assert sum(assigned_by(world.store, shuffle).values()) == 5
    check_tasks(world.store)


def test_a_task_cancelled_before_the_press_is_not_covered() -> None:
    world = with_tasks(4)
    world.cancel(world.store.rows(Task)[0])
    world.clock.advance(milliseconds=1_001)
    assert world.tally(world.shuffle()) == ("done", 3, 3, 0)


def test_a_job_from_before_a_restore_is_void_once_its_shard_is_counted() -> None:
    """The restarted shuffle covers fewer tasks and lacks this chunk."""
    world = with_tasks(1)
    shuffle = world.press()
    job = {"shuffle_id": shuffle.shuffle_id, "chunk": "00#00000007#000", "causation_id": "x"}
    world.reassignments.jobs.append(dict(job))
    with pytest.raises(ShuffleNotFound):
        world.reassign_next()
    world.count(shuffle)
    world.reassignments.jobs.append(dict(job))
    world.finish()
    assert world.tally(shuffle) == ("done", 1, 1, 0)


@pytest.mark.parametrize("moment", range(4))
def test_a_task_cancelled_between_read_and_write_is_skipped(moment: int) -> None:
    world = with_tasks(6)
    shuffle = world.press()
    world.count(shuffle)
    sound = world.store
    others, task = world.beside(), sound.rows(Task)[0]
    world.store = Interrupted(sound, write=[nothing] * moment + [lambda: others.cancel(task)])
    world.finish()
    world.store = sound
    status, total, reassigned, skipped = world.tally(shuffle)
    assert (status, total, reassigned + skipped) == ("done", 6, 6)
    assert world.task(task.task_id).status == "cancelled"
    check_tasks(world.store)


def test_a_task_completed_between_press_and_counting_is_covered_and_skipped() -> None:
    world = with_tasks(10)
    before, after, *_ = world.store.rows(Task)
    world.complete(before)
    world.clock.advance(milliseconds=1_001)
    shuffle = world.press()
    world.clock.advance(milliseconds=1)
    world.complete(after)
    world.count(shuffle)
    world.finish()
    assert world.tally(shuffle) == ("done", 9, 8, 1)
    assert world.task(after.task_id).assignee_id == after.assignee_id
    check_tasks(world.store)


@pytest.mark.parametrize("page_tasks", [1, 2, 3, 7])
def test_completions_are_counted_page_by_page(page_tasks: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Completions from before the press fill pages, but are in no total."""
    monkeypatch.setattr(counting, "PAGE_TASKS", page_tasks)
    monkeypatch.setattr(counting, "CHUNK_TASKS", 1)
    world = with_tasks(40)
    tasks = world.store.rows(Task)
    for task in tasks[::3]:
        world.complete(task)
    world.clock.advance(milliseconds=1_001)
    shuffle = world.press()
    world.clock.advance(milliseconds=1)
    for task in tasks[1::3]:
        world.complete(task)
    world.count(shuffle)
    world.finish()
    assert world.tally(shuffle) == ("done", 26, 13, 13)


def test_tasks_keep_their_assignee_when_nobody_is_eligible_any_more() -> None:
    world = with_tasks(10, "ann")
    shuffle = world.press()
    world.count(shuffle)
    hear(world.store, state("ann", 2, status="deactivated"))
    world.finish()
    assert world.tally(shuffle) == ("done", 10, 0, 10)
    assert {task.assignee_id for task in world.store.rows(Task)} == {"ann"}
    assert {mark.outcome for mark in world.store.rows(ShuffleMark)} == {"skipped"}


def test_an_ineligible_assignee_loses_the_tasks_at_the_next_shuffle() -> None:
    world = with_tasks(30, "ann", "bob")
    hear(world.store, state("bob", 2, role="accountant"), state("ann", 2, role="manager"))
    assert {task.assignee_id for task in world.store.rows(Task)} == {"ann", "bob"}
    world.shuffle()
    assert {task.assignee_id for task in world.store.rows(Task)} == {"bob"}


def test_jobs_of_an_unknown_shuffle_fail() -> None:
    world = with_tasks(1)
    with pytest.raises(ShuffleNotFound):
        count_shuffle([world.requested(Shuffle("none", "max", rfc3339(NOON), 4))], world.store, world.counts)
    chunk = job_message(reassign_chunk_job, {"shuffle_id": "none", "chunk": "x", "causation_id": "x"})
    with pytest.raises(ShuffleNotFound):
        reassign_chunk([chunk], world.store, world.context())
