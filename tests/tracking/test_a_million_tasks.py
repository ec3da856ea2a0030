"""A million open tasks are counted and cut into chunks, by messages that hand over to each other.

Lambda stops such a chain after about 16 messages, unless the template allows it (tests/infra).
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

from functions.tracking.count_shard import handler
from functions.tracking.rows import TASKS, OpenTask, ShuffleChunk
from infra.function import feeds_itself
from shared.memory_store import MemoryStore
from tests.tracking.world import World, company

HOPS_THAT_LAMBDA_ALLOWS = 16
OF_A_SHARD = 250_000


class Crowded(MemoryStore):
    """A company's store in which every shard has so many open tasks that nobody had to write."""

    crowd: int

    def query(self, kind: Any, partition: str | int, **bounds: Any) -> list[Any]:
        if kind is not OpenTask:
            return super().query(kind, partition, **bounds)
        above = bounds["above"]
        first = 0 if above is None else int(above[-12:]) + 1
        numbers = range(first, min(first + bounds["limit"], self.crowd))
        return [OpenTask(int(partition), task_id(int(partition), number), "Fix it") for number in numbers]


def task_id(shard: int, number: int) -> str:
    """Drawn long before the press."""
    return f"01930000-0000-7000-800{shard}-{number:012}"


def test_a_million_open_tasks_are_all_counted_once() -> None:
    sound = company("ann")
    store = Crowded.__new__(Crowded)
    store.__dict__.update({**sound.__dict__, "crowd": OF_A_SHARD})
    work = World(store)
    shuffle = work.press()
    hops = counted(work, lambda: work.count(shuffle))
    chunks = store.query(ShuffleChunk, shuffle.shuffle_id, limit=20_000)
    found = [each for chunk in chunks for each in chunk.task_ids]
    assert len(set(found)) == len(found) == work.tally(shuffle)[1] == TASKS.shards * OF_A_SHARD
    assert Counter(job["chunk"] for job in work.reassignments.jobs) == Counter(row.chunk for row in chunks)
    assert hops / TASKS.shards > HOPS_THAT_LAMBDA_ALLOWS
    assert feeds_itself(handler.SPEC)


def counted(work: World, count: Callable[[], None]) -> int:
    """How many messages it takes."""
    messages = 0
    count_next = work.count_next

    def counting() -> None:
        nonlocal messages
        messages += 1
        count_next()

    work.count_next = counting  # type: ignore[method-assign]
    count()
    return messages
