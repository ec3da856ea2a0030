"""A chunk's tasks are each reassigned once, or skipped."""

from collections.abc import Callable

import pytest

from functions.tracking.domain import ShuffleUnfinished
from functions.tracking.reassign_chunk.use_case import MAX_ROUNDS
from functions.tracking.rows import ShuffleChunk, ShuffleMark, Task
from shared.guards import SENTINEL, RowsLost
from shared.memory_store import MemoryStore
from shared.store import Put, Remove, changed
from tests.tracking.world import (
    Interrupted,
    assigned_by,
    check_tasks,
    event_data,
    hear,
    nothing,
    state,
    with_tasks,
)


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
