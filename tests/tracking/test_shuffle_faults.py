"""Shuffles among other changes, and with each write failing once."""

import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from functions.tracking.count_shuffle.use_case import count_shuffle
from functions.tracking.rows import Shuffle, ShuffleChunk, Task
from functions.tracking.start_shuffle.use_case import start_shuffle
from shared.memory_store import MemoryStore
from tests.support.fakes import FakeQueue
from tests.support.faults import with_each_fault
from tests.tracking.world import (
    Interrupted,
    World,
    assigned_by,
    check_tasks,
    company,
    event_data,
    hear,
    state,
    with_tasks,
)


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
