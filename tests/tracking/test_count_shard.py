"""Every page of open tasks is counted and handed over once."""

from collections import Counter
from typing import Any

import pytest

from functions.tracking.count_shard.use_case import CHUNK_TASKS, PAGE_TASKS, count_shard
from functions.tracking.count_shuffle.use_case import count_shuffle
from functions.tracking.domain import ShuffleUnfinished
from functions.tracking.jobs import count_shard_job
from functions.tracking.rows import ShuffleChunk, ShuffleProgress, Task
from shared.messages import NotSent
from shared.store import MAX_ACTIONS
from tests.support.fakes import FakeQueue
from tests.tracking.world import (
    Interrupted,
    assigned_by,
    check_tasks,
    job_message,
    with_tasks,
)


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
