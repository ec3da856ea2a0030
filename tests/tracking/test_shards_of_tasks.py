"""The number of partitions of the tasks changes while tasks are created, listed, shuffled and completed."""

from collections import Counter

from functions.tracking.count_shuffle.use_case import count_shuffle
from functions.tracking.count_tasks.use_case import count_tasks
from functions.tracking.list_shuffles.use_case import list_shuffles
from functions.tracking.list_tasks.use_case import list_tasks
from functions.tracking.listing import Filter
from functions.tracking.restoring import restored
from functions.tracking.rows import SHUFFLES, TABLES, TASKS, OpenTask, Shuffle, Task
from shared.tables import Shards
from tests.support.resharding import Sharding, deployments, steps
from tests.tracking.world import World, assigned_by, check_tasks, company

OPEN = Filter(status="open")


def world() -> World:
    return World(company("ann", "bob", "cid"))


def listed(work: World, wanted: Filter) -> list[str]:
    """All pages."""
    found: list[str] = []
    after: str | None = None
    while True:
        page = list_tasks(wanted, 7, after, work.store)
        found += [task.task_id for task in page.tasks]
        if (after := page.next_position) is None:
            return found


def switch(work: World, sharding: Sharding) -> None:
    work.store.sharding = sharding


def test_every_reader_finds_every_task_once_during_every_deployment() -> None:
    work = world()
    tasks: list[Task] = []
    for writers, readers in deployments(TASKS):
        switch(work, writers)
        tasks += [work.create() for _ in range(9)]
        work.complete(tasks.pop(0))
        switch(work, readers)
        assert sorted(listed(work, OPEN)) == sorted(task.task_id for task in tasks)
        assert len(listed(work, Filter())) == len(work.store.rows(Task))
        assert count_tasks(OPEN, work.store).count == len(tasks)
    assert max(row.shard for row in work.store.rows(OpenTask)) >= TASKS.shards
    check_tasks(work.store)


def test_a_press_during_any_deployment_covers_every_open_task_once() -> None:
    work = world()
    presses: list[Shuffle] = []
    for writers, readers in deployments(TASKS):
        switch(work, writers)
        tasks = [work.create() for _ in range(9)]
        work.complete(tasks[0])
        work.clock.advance(seconds=10)
        opened = {row.task_id for row in work.store.rows(OpenTask)}
        switch(work, readers)
        shuffle = work.press()
        switch(work, writers)
        work.complete(tasks[1])
        work.count(shuffle)
        work.finish()
        assert work.tally(shuffle) == ("done", len(opened), len(opened) - 1, 1)
        assert assigned_by(work.store, shuffle) == Counter(opened - {tasks[1].task_id})
        presses.append(shuffle)
        work.clock.advance(seconds=10)
    page = list_shuffles(50, None, work.store)
    assert [each.shuffle_id for each in page.shuffles] == [each.shuffle_id for each in reversed(presses)]
    check_tasks(work.store)


def test_a_shuffle_goes_on_with_the_number_of_its_press() -> None:
    work = world()
    switch(work, {TASKS.name: Shards(8, 8)})
    tasks = [work.create() for _ in range(40)]
    shuffle = work.press()
    work.clock.advance(seconds=10)
    count_shuffle([work.requested(shuffle)], work.store, work.counts)
    for number in range(8):
        switch(work, {TASKS.name: Shards(2 + number, 16)})
        work.count_next()
        work.create()
    work.finish()
    assert work.tally(shuffle) == ("done", 40, 40, 0)
    assert assigned_by(work.store, shuffle) == Counter(task.task_id for task in tasks)


def test_a_press_from_before_the_number_was_a_setting_goes_on() -> None:
    """Its row has no `task_shards`."""
    old = Shuffle("shuffle-1", "max", "2026-11-22T12:00:00.000Z", SHUFFLES)
    assert list(old.partitions) == [0, 1, 2, 3]


def test_a_restore_leaves_tasks_where_they_are_and_loses_none() -> None:
    work = world()
    for shards in steps(TASKS):
        switch(work, {TASKS.name: shards})
        for _ in range(9):
            work.create()
    shuffle = work.press()
    kinds = [kind for table in TABLES for kind in table.rows]
    tables = {
        kind: work.store.rows(kind) for kind in kinds if kind.__name__ not in ("RosterHead", "RosterSlot")
    }
    tables |= {kind: [] for kind in kinds if kind not in tables}
    found = restored(tables, [], work.clock())
    assert found[Task] == sorted(work.store.rows(Task), key=lambda task: task.task_id)
    lost = restored({**tables, Task: [], Shuffle: []}, [], work.clock())
    assert {row.shard for row in lost[OpenTask]} <= {0, 1, 2, 3}
    kept = restored({**tables, Shuffle: []}, [], work.clock())
    assert list(kept[Shuffle][0].partitions) == list(shuffle.partitions)
