"""Each press reassigns every open task exactly once, whatever happens meanwhile."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from functions.tracking.count_shard import use_case as counting
from functions.tracking.count_shard.use_case import CHUNK_TASKS, PAGE_TASKS, count_shard
from functions.tracking.count_shuffle.use_case import count_shuffle
from functions.tracking.domain import TASK_SHARDS, NobodyEligible, ShuffleNotFound, ShuffleUnfinished
from functions.tracking.jobs import count_shard_job, reassign_chunk_job
from functions.tracking.reassign_chunk.use_case import MAX_ROUNDS, reassign_chunk
from functions.tracking.rows import Shuffle, ShuffleChunk, ShuffleMark, ShuffleProgress, Task
from functions.tracking.start_shuffle.use_case import start_shuffle
from shared.clock import rfc3339
from shared.guards import SENTINEL, RowsLost
from shared.memory_store import MemoryStore
from shared.messages import NotSent
from shared.records import JournalRecord
from shared.store import MAX_ACTIONS, Put, Remove, changed
from tests.support.fakes import NOON, FakeClock, FakeQueue, journal
from tests.support.faults import with_each_fault
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
)


def with_tasks(count: int, *workers: str, seed: int = 7) -> World:
    world = World(company(*(workers or ("ann", "bob"))), randomness=random.Random(seed))
    for number in range(count):
        world.create(f"Task {number}")
    return world


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few tasks fill many pages of several chunks."""
    monkeypatch.setattr(counting, "PAGE_TASKS", 4)
    monkeypatch.setattr(counting, "CHUNK_TASKS", 2)


def test_a_press_is_journaled_with_all_its_shards() -> None:
    world = with_tasks(1)
    shuffle = world.press()
    assert world.store.get(Shuffle, shuffle_id=shuffle.shuffle_id) == shuffle
    assert (shuffle.requested_by, shuffle.requested_at) == ("max", rfc3339(NOON))
    shards = world.store.query(ShuffleProgress, shuffle.shuffle_id, limit=99)
    assert shards == [ShuffleProgress(shuffle.shuffle_id, shard) for shard in range(TASK_SHARDS)]
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


@pytest.mark.usefixtures("small_pages")
def test_pages_and_chunks_cover_everything_once() -> None:
    world = with_tasks(67)
    shuffle = world.press()
    world.count(shuffle)
    chunks = world.store.rows(ShuffleChunk)
    assert max(len(chunk.task_ids) for chunk in chunks) == 2
    covered = Counter(task_id for chunk in chunks for task_id in chunk.task_ids)
    assert covered == Counter(task.task_id for task in world.store.rows(Task))
    assert Counter(job["chunk"] for job in world.reassignments.jobs) == Counter(c.chunk for c in chunks)
    world.finish()
    assert world.tally(shuffle) == ("done", 67, 67, 0)


def test_pages_fit_into_transactions_and_messages() -> None:
    assert PAGE_TASKS % CHUNK_TASKS == 0
    assert PAGE_TASKS // CHUNK_TASKS < MAX_ACTIONS
    assert CHUNK_TASKS <= 100


@pytest.mark.usefixtures("small_pages")
def test_repeated_messages_change_nothing() -> None:
    world = with_tasks(40)
    shuffle = world.press()
    counts, chunks = [], []
    for _ in range(2):
        count_shuffle([world.requested(shuffle)], world.store, world.counts)
    while world.counts.jobs:
        counts.append(world.counts.jobs[0])
        world.count_next()
    world.counts.jobs += counts
    while world.counts.jobs:
        world.count_next()
    assert world.tally(shuffle)[:2] == ("running", 40)
    world.reassignments.jobs *= 2
    chunks = list(world.reassignments.jobs)
    world.finish()
    world.reassignments.jobs += chunks
    world.finish()
    assert world.tally(shuffle) == ("done", 40, 40, 0)
    assert set(assigned_by(world.store, shuffle).values()) == {1}
    check_tasks(world.store)


@pytest.mark.usefixtures("small_pages")
def test_an_old_counting_message_sends_nothing() -> None:
    world = with_tasks(60)
    shuffle = world.press()
    count_shuffle([world.requested(shuffle)], world.store, world.counts)
    first_jobs = list(world.counts.jobs)
    while world.counts.jobs:
        world.count_next()
    world.reassignments.jobs.clear()
    for job in first_jobs:
        world.counts.jobs = [job]
        world.count_next()
        assert world.counts.jobs == world.reassignments.jobs == []


def test_an_empty_page_is_counted_once() -> None:
    world = with_tasks(0)
    shuffle = world.press()
    count_shuffle([world.requested(shuffle)], world.store, world.counts)
    twin = world.beside()
    twin.counts.jobs += world.counts.jobs
    while world.counts.jobs:
        sound = world.store
        world.store = Interrupted(sound, write=[twin.count_next])
        world.count_next()
        world.store = sound
    shards = world.store.query(ShuffleProgress, shuffle.shuffle_id, limit=9)
    assert [shard.pages for shard in shards] == [1, 1, 1, 1]


class Refusing(FakeQueue):
    """Accepts `patience` calls, then sends half of the jobs and fails."""

    patience = 0

    def send(self, jobs: Any, correlation_id: str) -> None:
        if self.patience == 0:
            super().send(jobs[: len(jobs) // 2], correlation_id)
            raise NotSent("refused")
        self.patience -= 1
        super().send(jobs, correlation_id)


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("broken", ["counts", "reassignments"])
def test_a_page_whose_messages_were_not_sent_is_sent_on_redelivery(broken: str) -> None:
    """Each counting message fails once after its page is stored."""
    world = with_tasks(30)
    shuffle = world.press()
    count_shuffle([world.requested(shuffle)], world.store, world.counts)
    while world.counts.jobs:
        job = job_message(count_shard_job, world.counts.jobs[0])
        refusing = Refusing(jobs=getattr(world, broken).jobs)
        queues = {"counts": world.counts, "reassignments": world.reassignments, broken: refusing}
        try:
            count_shard([job], world.store, world.context(), **queues)
        except NotSent:
            count_shard([job], world.store, world.context(), world.counts, world.reassignments)
        world.counts.jobs.pop(0)
    world.finish()
    assert world.tally(shuffle) == ("done", 30, 30, 0)
    assert set(assigned_by(world.store, shuffle).values()) == {1}


@pytest.mark.usefixtures("small_pages")
def test_two_lambdas_with_the_same_counting_message_count_once() -> None:
    world = with_tasks(20)
    shuffle = world.press()
    count_shuffle([world.requested(shuffle)], world.store, world.counts)
    twin = world.beside()
    twin.counts.jobs += world.counts.jobs
    twin.reassignments = world.reassignments

    def count_too() -> None:
        if twin.counts.jobs:
            twin.count_next()

    while world.counts.jobs:
        sound = world.store
        world.store = Interrupted(sound, write=[count_too])
        world.count_next()
        world.store = sound
    assert world.tally(shuffle)[:2] == ("running", 20)
    world.finish()
    assert world.tally(shuffle) == ("done", 20, 20, 0)


def test_a_job_for_a_page_not_yet_reached_is_retried() -> None:
    world = with_tasks(1)
    shuffle = world.press()
    job = {"shuffle_id": shuffle.shuffle_id, "shard": 0, "page": 3, "causation_id": "x"}
    world.counts.jobs.append(job)
    with pytest.raises(ShuffleUnfinished):
        world.count_next()
    assert world.counts.jobs == world.reassignments.jobs == []


@pytest.mark.parametrize("moment", range(4))
def test_tasks_completed_between_read_and_write_are_skipped(moment: int) -> None:
    """Each of the chunk's transactions meets one and skips it."""
    world = with_tasks(120)
    shuffle = world.press()
    world.count(shuffle)
    sound, others = world.store, world.beside()
    victims = sound.rows(ShuffleChunk)[0].task_ids[:3]
    done: list[Task] = []

    def complete_some() -> None:
        done.extend(others.complete(others.task(task_id)) for task_id in victims)

    world.store = Interrupted(sound, write=[*[nothing] * moment, complete_some])
    world.finish()
    world.store = sound
    status, total, reassigned, skipped = world.tally(shuffle)
    assert (status, total, reassigned + skipped) == ("done", 120, 120)
    assert len(done) == 3
    assert reassigned == assigned_by(sound, shuffle).total()
    check_tasks(sound)


def test_a_completion_that_wins_over_a_reassignment_is_skipped() -> None:
    world = with_tasks(1, "ann")
    shuffle = world.press()
    world.count(shuffle)
    (task,) = world.store.rows(Task)
    sound, others = world.store, world.beside()
    world.store = Interrupted(sound, write=[lambda: others.complete(task)])
    world.finish()
    world.store = sound
    assert world.tally(shuffle) == ("done", 1, 0, 1)
    assert event_data(sound, "Task.Completed")[0]["assignee_id"] == "ann"
    check_tasks(sound)


def test_two_shuffles_at_once_each_reassign_every_task_once() -> None:
    world = with_tasks(120)
    first, second = world.press(), world.press()
    assert first.shuffle_id != second.shuffle_id
    world.count(first)
    other = world.beside()
    other.count(second)
    sound = world.store

    def step() -> None:
        if other.reassignments.jobs:
            other.reassign_next()

    while world.reassignments.jobs:
        world.store = Interrupted(sound, write=[step, nothing, step])
        world.reassign_next()
        world.store = sound
    other.finish()
    for shuffle in (first, second):
        assert world.tally(shuffle) == ("done", 120, 120, 0)
        assert set(assigned_by(sound, shuffle).values()) == {1}
    check_tasks(sound)


def test_two_lambdas_with_the_same_chunk_assign_once() -> None:
    world = with_tasks(110)
    shuffle = world.press()
    world.count(shuffle)
    sound, twin = world.store, world.beside()
    twin.reassignments.jobs += world.reassignments.jobs
    intrusions: list[Callable[[], object]] = [nothing, twin.finish]
    for _ in list(world.reassignments.jobs):
        world.store = Interrupted(sound, write=intrusions)
        world.reassign_next()
    world.store = sound
    assert world.tally(shuffle) == ("done", 110, 110, 0)
    assert set(assigned_by(sound, shuffle).values()) == {1}
    check_tasks(sound)


def test_with_lost_marks_no_task_is_reassigned_twice() -> None:
    """Lost after a chunk's writes and before its close; the chunk is redelivered."""
    world = with_tasks(3)
    shuffle = world.press()
    world.count(shuffle)
    world.finish()
    for chunk in world.store.rows(ShuffleChunk):
        world.store.transact([Put(changed(chunk, done=False))])
        world.reassignments.jobs.append(
            {"shuffle_id": shuffle.shuffle_id, "chunk": chunk.chunk, "causation_id": "x"}
        )
    empty_marks(world.store)
    with pytest.raises(RowsLost):
        world.finish()
    assert set(assigned_by(world.store, shuffle).values()) == {1}


def empty_marks(store: MemoryStore) -> None:
    for mark in [*store.rows(ShuffleMark), ShuffleMark(SENTINEL, "skipped", 0)]:
        store.transact([Remove(ShuffleMark, {"mark": mark.mark})])


@pytest.mark.parametrize("call", ["get_many", "write"])
def test_marks_lost_between_two_invocations_of_a_chunk_reassign_no_task_twice(call: str) -> None:
    """Another invocation writes the chunk, and its marks are lost, before this one reads or writes tasks."""
    world = with_tasks(3)
    shuffle = world.press()
    world.count(shuffle)
    sound, twin = world.store, world.beside()
    twin.reassignments.jobs += world.reassignments.jobs

    def write_the_chunk_and_lose_its_marks() -> None:
        twin.reassign_next()
        empty_marks(sound)

    world.store = Interrupted(sound, **{call: [write_the_chunk_and_lose_its_marks]})
    with pytest.raises(RowsLost):
        world.reassign_next()
    assert set(assigned_by(sound, shuffle).values()) == {1}


def test_a_chunk_interrupted_by_a_crash_is_finished_by_redelivery() -> None:
    class Crash(Exception):
        pass

    def crash() -> None:
        raise Crash

    for moment in range(5):
        world = with_tasks(140)
        shuffle = world.press()
        world.count(shuffle)
        sound, jobs = world.store, list(world.reassignments.jobs)
        world.store = Interrupted(sound, write=[*[nothing] * moment, crash])
        with pytest.raises(Crash):
            world.finish()
        world.store, world.reassignments.jobs = sound, jobs
        world.finish()
        assert world.tally(shuffle) == ("done", 140, 140, 0)
        assert set(assigned_by(sound, shuffle).values()) == {1}
        check_tasks(sound)


def test_a_chunk_whose_tasks_keep_changing_is_retried() -> None:
    world = with_tasks(1)
    shuffle = world.press()
    world.count(shuffle)
    sound, jobs = world.store, list(world.reassignments.jobs)
    world.store = Interrupted(sound, write=[world.beside().shuffle] * MAX_ROUNDS)
    with pytest.raises(ShuffleUnfinished):
        world.finish()
    world.store, world.reassignments.jobs = sound, jobs
    world.finish()
    assert world.tally(shuffle) == ("done", 1, 1, 0)
    check_tasks(sound)


def test_a_task_that_keeps_changing_does_not_delay_the_others() -> None:
    world = with_tasks(60)
    shuffle = world.press()
    world.count(shuffle)
    sound, others = world.store, world.beside()
    chunk = sound.rows(ShuffleChunk)[0]
    restless = chunk.task_ids[0]

    def disturb() -> None:
        now = others.task(restless)
        sound.transact([Put(changed(now, version=now.version + 1), expected={"version": now.version})])

    world.store = Interrupted(sound, write=[disturb] * 99)
    world.reassignments.jobs = [job for job in world.reassignments.jobs if job["chunk"] == chunk.chunk]
    with pytest.raises(ShuffleUnfinished):
        world.finish()
    assert set(assigned_by(sound, shuffle)) == set(chunk.task_ids) - {restless}


def test_the_other_tasks_of_a_refused_transaction_are_reassigned_at_once() -> None:
    world = with_tasks(60)
    shuffle = world.press()
    world.count(shuffle)
    sound, others = world.store, world.beside()
    chunk = sound.rows(ShuffleChunk)[0]
    waiting: list[int] = []

    def look() -> None:
        waiting.append(len(chunk.task_ids) - len(assigned_by(sound, shuffle)))

    complete = [lambda: others.complete(others.task(chunk.task_ids[0])), nothing, look]
    world.store = Interrupted(sound, write=complete)
    world.reassignments.jobs = [job for job in world.reassignments.jobs if job["chunk"] == chunk.chunk]
    world.finish()
    assert waiting == [1]


def test_a_finished_chunk_costs_two_reads() -> None:
    world = with_tasks(5)
    shuffle = world.press()
    world.count(shuffle)
    jobs = list(world.reassignments.jobs)
    world.finish()
    reads: list[str] = []
    world.store = Interrupted(
        world.store,
        get=[lambda: reads.append("get")] * 9,
        get_many=[lambda: reads.append("get_many")] * 9,
        write=[lambda: reads.append("write")] * 9,
    )
    world.reassignments.jobs = jobs[:1]
    world.finish()
    assert reads == ["get", "get"]


def test_an_account_that_leaves_the_roster_during_a_draw_is_replaced() -> None:
    world = with_tasks(60, "ann", "bob", "cid")
    shuffle = world.press()
    world.count(shuffle)
    sound = world.store

    def leave() -> None:
        hear(sound, state("cid", 2, role="manager"))

    world.store = Interrupted(sound, get_many=[nothing, leave])
    world.finish()
    world.store = sound
    assert world.tally(shuffle) == ("done", 60, 60, 0)
    assert {task.assignee_id for task in sound.rows(Task)} == {"ann", "bob"}


def change_something(world: World, chance: random.Random, versions: Iterator[int]) -> None:
    """Complete a task, change a role, or do nothing."""
    open_tasks = [task for task in world.store.rows(Task) if task.status == "open"]
    if open_tasks and chance.random() < 0.2:
        world.complete(chance.choice(open_tasks))
    elif chance.random() < 0.3:
        hear(world.store, state("cid", next(versions), role=chance.choice(["worker", "manager"])))


@pytest.mark.parametrize("seed", range(12))
def test_any_interleaving_leaves_exact_totals(seed: int) -> None:
    """Three presses, completions and role changes; the seed decides the order."""
    chance, versions = random.Random(seed), iter(range(2, 999))
    world = with_tasks(40, "ann", "bob", "cid", seed=seed)
    presses = [world.press() for _ in range(3)]
    workers, others = [world.beside() for _ in presses], world.beside()
    for worker, shuffle in zip(workers, presses, strict=True):
        worker.count(shuffle)
        worker.store = Interrupted(
            world.store, write=[lambda: change_something(others, chance, versions)] * 99
        )
    while busy := [worker for worker in workers if worker.reassignments.jobs]:
        chance.choice(busy).reassign_next()
    for shuffle in presses:
        status, total, reassigned, skipped = world.tally(shuffle)
        assert (status, reassigned + skipped) == ("done", total)
        assert assigned_by(world.store, shuffle).total() == reassigned
        assert set(assigned_by(world.store, shuffle).values()) <= {1}
    check_tasks(world.store)


def test_each_write_fault_in_a_press_still_makes_one_shuffle() -> None:
    world = with_tasks(3)

    def run(store: MemoryStore) -> None:
        start_shuffle("max", store, world.context())

    for label, store in with_each_fault(lambda: company("ann"), run):
        assert len(store.rows(Shuffle)) == 1, label
        assert len(event_data(store, "Shuffle.Requested")) == 1, label


def prepared(stage: str) -> tuple[MemoryStore, list[dict[str, Any]]]:
    """A shuffle of 40 tasks and the jobs of `stage`; before reassigning, one is completed."""
    world = with_tasks(40)
    shuffle = world.press()
    if stage == "counting":
        count_shuffle([world.requested(shuffle)], world.store, world.counts)
        return world.store, world.counts.jobs
    world.count(shuffle)
    world.complete(world.store.rows(Task)[0])
    return world.store, world.reassignments.jobs


def test_each_write_fault_in_counting_still_counts_once() -> None:
    _, jobs = prepared("counting")

    def run(store: MemoryStore) -> None:
        world = World(store, counts=FakeQueue(list(jobs)))
        while world.counts.jobs:
            world.count_next()

    for label, store in with_each_fault(lambda: prepared("counting")[0], run):
        (shuffle,) = store.rows(Shuffle)
        assert World(store).tally(shuffle) == ("running", 40, 0, 0), label
        covered = Counter(task_id for chunk in store.rows(ShuffleChunk) for task_id in chunk.task_ids)
        assert covered == Counter(task.task_id for task in store.rows(Task)), label


def test_each_write_fault_in_reassigning_still_assigns_once() -> None:
    _, jobs = prepared("reassigning")

    def run(store: MemoryStore) -> None:
        World(store, reassignments=FakeQueue(list(jobs))).finish()

    for label, store in with_each_fault(lambda: prepared("reassigning")[0], run):
        (shuffle,) = store.rows(Shuffle)
        assert World(store).tally(shuffle) == ("done", 40, 39, 1), label
        assert set(assigned_by(store, shuffle).values()) == {1}, label
        check_tasks(store)


def test_jobs_of_an_unknown_shuffle_fail() -> None:
    world = with_tasks(1)
    with pytest.raises(ShuffleNotFound):
        count_shuffle([world.requested(Shuffle("none", "max", rfc3339(NOON), 4))], world.store, world.counts)
    chunk = job_message(reassign_chunk_job, {"shuffle_id": "none", "chunk": "x", "causation_id": "x"})
    with pytest.raises(ShuffleNotFound):
        reassign_chunk([chunk], world.store, world.context())
