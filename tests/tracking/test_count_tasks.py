"""The number of tasks, up to a limit."""

from typing import Any

import pytest

from functions.tracking.count_tasks import handler as count_tasks
from functions.tracking.create_task.use_case import create_task
from functions.tracking.domain import NewTask
from shared.memory_store import MemoryStore
from shared.paging import MAX_EXAMINED
from tests.tracking.requests import call, use
from tests.tracking.world import World, company


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(company("ann"))
    use(monkeypatch, count_tasks, world.store)
    return world


def ask(**query: str) -> tuple[int, bool]:
    status, answer = call(count_tasks, query=query)
    assert status == 200, answer
    return answer["count"], answer["more"]


def test_counts_by_status_and_assignee(world: World) -> None:
    tasks = [world.create() for _ in range(9)]
    for task in tasks[:2]:
        world.complete(task)
    world.cancel(tasks[2])
    assert ask() == (9, False)
    for status, count in (("open", 6), ("completed", 2), ("cancelled", 1)):
        assert ask(status=status) == (count, False)
        assert ask(status=status, assignee="me") == (count, False)
        assert ask(status=status, assignee="bob") == (0, False)
    assert ask(assignee="ann") == (9, False)


def some(world: World, count: int) -> None:
    for _ in range(count):
        create_task(NewTask("x"), "max", world.store, world.context())


@pytest.mark.parametrize(
    "query", [{}, {"status": "open"}, {"assignee": "me"}, {"assignee": "me", "status": "open"}]
)
def test_counting_stops_at_500(world: World, query: dict[str, str]) -> None:
    some(world, MAX_EXAMINED)
    assert ask(**query) == (500, False)
    some(world, 1)
    assert ask(**query) == (500, True)


def test_a_filter_without_a_partition_counts_among_the_newest_500(world: World) -> None:
    world.complete(world.create())
    world.clock.advance(seconds=1)
    some(world, MAX_EXAMINED - 1)
    assert ask(status="completed") == (1, False)
    world.clock.advance(seconds=1)
    some(world, 1)
    assert ask(status="completed") == (0, True)


def test_at_most_501_rows_are_examined(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    some(world, MAX_EXAMINED + 50)
    asked: list[int] = []

    class Noting(MemoryStore):
        def count(self, kind: Any, partition: Any, *, limit: int) -> int:
            asked.append(super().count(kind, partition, limit=limit))
            return asked[-1]

        def query(self, kind: Any, partition: Any, **bounds: Any) -> Any:
            assert "newest_first" not in bounds, "rows are counted, not read"
            return super().query(kind, partition, **bounds)

    store = Noting([])
    store.__dict__.update(world.store.__dict__)
    use(monkeypatch, count_tasks, store)
    assert ask(status="open") == (500, True)
    assert sum(asked) == 501


@pytest.mark.parametrize("query", [{"status": "closed"}, {"assignee": ""}, {"q": "x"}, {"limit": "5"}])
def test_a_wrong_query_names_its_parameter(world: World, query: dict[str, str]) -> None:
    status, problem = call(count_tasks, query=query)
    assert (status, [error["field"] for error in problem["errors"]]) == (400, list(query))
