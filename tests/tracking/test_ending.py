"""What ends leaves a row only for a press that has yet to count it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from functions.tracking.complete_task.use_case import complete_task
from functions.tracking.rows import TASKS, Completion, OpenTask, Shuffle, Task, UncountedPress
from shared.clock import rfc3339
from shared.journal import USUAL_FORM
from shared.store import Insert
from tests.tracking.world import Interrupted, World, check_tasks, with_tasks

AS_RELEASED = replace(USUAL_FORM, as_released=True)


def completions(world: World) -> list[tuple[str, str]]:
    return [(row.task_id, row.completed_at) for row in world.store.rows(Completion)]


@pytest.mark.parametrize("end", [World.complete, World.cancel])
def test_without_a_press_nothing_is_left(end: Callable[[World, Task], Task]) -> None:
    world = with_tasks(1)
    end(world, world.store.rows(Task)[0])
    assert (world.store.rows(OpenTask), completions(world)) == ([], [])


@pytest.mark.parametrize("end", [World.complete, World.cancel])
def test_a_press_that_has_not_counted_the_partition_finds_what_has_ended(
    end: Callable[[World, Task], Task],
) -> None:
    world = with_tasks(1)
    (task,) = world.store.rows(Task)
    shuffle = world.press()
    assert {row.shard for row in world.store.rows(UncountedPress)} == set(TASKS.default.all)
    end(world, task)
    assert world.store.rows(OpenTask) == []
    assert completions(world) == [(task.task_id, rfc3339(world.clock()))]
    world.count(shuffle)
    world.finish()
    assert world.tally(shuffle) == ("done", 1, 0, 1)
    check_tasks(world.store)


def test_a_press_that_has_counted_needs_no_row() -> None:
    world = with_tasks(20)
    world.count(world.press())
    assert world.store.rows(UncountedPress) == []
    for task in world.store.rows(Task):
        world.complete(task)
    assert completions(world) == []
    world.finish()
    check_tasks(world.store)


def test_of_two_presses_the_later_one_is_uncounted_still() -> None:
    world = with_tasks(1)
    (task,) = world.store.rows(Task)
    first, second = world.press(), world.press()
    world.count(second)
    world.complete(task)
    assert len(completions(world)) == 1
    world.count(first)
    world.finish()
    assert (world.tally(first), world.tally(second)) == (("done", 1, 0, 1), ("done", 1, 0, 1))


def test_a_press_while_a_task_ends_may_leave_it_out_and_is_done() -> None:
    """The task had ended by its time before the press, though it was stored after it."""
    world = with_tasks(2)
    task, _ = world.store.rows(Task)
    sound, others = world.store, world.beside()
    world.store = Interrupted(sound, write=[others.press])
    world.complete(task)
    world.store = sound
    assert completions(world) == []
    (shuffle,) = world.store.rows(Shuffle)
    world.count(shuffle)
    world.finish()
    assert world.tally(shuffle) == ("done", 1, 1, 0)
    check_tasks(world.store)


def test_the_release_before_finds_every_completion() -> None:
    world = with_tasks(1)
    (task,) = world.store.rows(Task)
    complete_task(task.task_id, task.assignee_id, world.store, replace(world.context(), form=AS_RELEASED))
    assert completions(world) == [(task.task_id, rfc3339(world.clock()))]


def test_a_row_that_the_release_before_left_is_removed_when_the_message_comes_again() -> None:
    world = with_tasks(1)
    shuffle = world.press()
    rows = world.store.rows(UncountedPress)
    world.count(shuffle)
    world.store.transact([Insert(row) for row in rows])
    world.count(shuffle)
    assert world.store.rows(UncountedPress) == []
