"""What happened to a task: when, by whom, to whom."""

from dataclasses import replace
from typing import Any

import pytest

from functions.tracking.create_task.use_case import create_task
from functions.tracking.domain import NewTask
from functions.tracking.get_task_history import handler as history
from shared.journal import events_in, rewritten, text_of
from shared.records import JournalRecord
from shared.store import Put
from tests.tracking.requests import call, use
from tests.tracking.world import World, company, hear, state


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(company("ann"))
    use(monkeypatch, history, world.store)
    return world


def ask(task_id: str, **query: str) -> dict[str, Any]:
    status, answer = call(history, path={"task_id": task_id}, query=query)
    assert status == 200, answer
    return answer


def people(item: dict[str, Any]) -> tuple[str, str, str]:
    return item["what"], item["account"]["name"], item["by"]["name"]


def completed_and_shuffled(world: World) -> tuple[str, str]:
    """The ids of a task (created by bob, shuffled from ann to cid, completed) and its shuffle."""
    hear(world.store, state("bob", role="manager"))
    task = world.create(by="bob")
    world.create()
    world.clock.advance(minutes=5)
    hear(world.store, state("cid"), state("ann", 2, role="manager", name="Anna"))
    shuffle = world.shuffle()
    world.clock.advance(minutes=5)
    world.complete(task)
    return task.task_id, shuffle.shuffle_id


def test_entries_are_newest_first_with_current_names(world: World) -> None:
    task_id, shuffle_id = completed_and_shuffled(world)
    answer = ask(task_id)
    assert [people(item) for item in answer["items"]] == [
        ("completed", "Cid", "Cid"),
        ("assigned", "Cid", "Max"),
        ("assigned", "Anna", "Bob"),
        ("created", "Bob", "Bob"),
    ]
    assert [item["shuffle_id"] for item in answer["items"]] == [None, shuffle_id, None, None]
    assert [item["at"] for item in answer["items"]] == [
        "2026-11-22T12:10:00Z",
        "2026-11-22T12:05:00Z",
        "2026-11-22T12:00:00Z",
        "2026-11-22T12:00:00Z",
    ]
    assert answer["next_cursor"] is None


def test_a_cancellation_names_who_cancelled(world: World) -> None:
    hear(world.store, state("bob"))
    task = world.create(by="bob")
    world.cancel(task)
    assert people(ask(task.task_id)["items"][0]) == (
        "cancelled",
        world.task(task.task_id).assignee_id.title(),
        "Bob",
    )


def test_an_event_of_an_unknown_version_is_left_out(world: World) -> None:
    """As after a rollback; page borders don't move, so pages still join."""
    task_id, _ = completed_and_shuffled(world)
    whole = ask(task_id)["items"]
    (last,) = [row for row in world.store.rows(JournalRecord) if "Task.Completed" in row.event]
    (event,) = events_in(last)
    world.store.transact([Put(rewritten(last, [{**event, "event_version": 99}]))])
    assert ask(task_id)["items"] == whole[1:]
    first = ask(task_id, limit="1")
    assert first["items"] == []
    assert ask(task_id, cursor=first["next_cursor"])["items"] == whole[1:]


def pages(task_id: str, limit: int) -> list[list[Any]]:
    found: list[list[Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = ask(task_id, limit=str(limit), **({"cursor": cursor} if cursor else {}))
        found.append(answer["items"])
        cursor = answer["next_cursor"]
    return found


def split(world: World, some: int = 100) -> None:
    """Puts records of the first form in place of the oldest ones."""
    for record in sorted(world.store.rows(JournalRecord), key=lambda row: row.event_id)[:some]:
        events = events_in(record)
        old = [
            replace(
                record,
                event_id=event["event_id"],
                event=text_of(event),
                event_name=event["event_name"],
                event_version=event["event_version"],
                producer=event["producer"],
                occurred_at=event["occurred_at"],
                published_at=event["occurred_at"],
            )
            for event in events
        ]
        world.store.transact([Put(row) for row in old])


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
@pytest.mark.parametrize("of_first_form", [0, 1, 100])
def test_pages_hold_each_entry_once(world: World, limit: int, of_first_form: int) -> None:
    """A record of two events lies on both sides of a page's end, and a journal has records of both forms."""
    task_id, _ = completed_and_shuffled(world)
    whole = ask(task_id)["items"]
    assert [item["what"] for item in whole] == ["completed", "assigned", "assigned", "created"]
    split(world, of_first_form)
    found = pages(task_id, limit)
    assert [item for page in found for item in page] == whole
    assert {len(page) for page in found[:-1]} <= {limit}
    assert len(found) == -(-4 // limit)


def test_a_compressed_record_is_shown(world: World) -> None:
    """As that of a task with a long description."""
    long = NewTask("Feed", None, "all of it " * 500)
    task = create_task(long, "max", world.store, world.context()).task
    (record,) = world.store.rows(JournalRecord)
    assert record.event[0] not in "[{"
    assert [item["what"] for item in ask(task.task_id)["items"]] == ["assigned", "created"]


def test_entries_are_in_order_of_version_whatever_the_clocks_say(world: World) -> None:
    """The last assignment was written by a host whose clock is slow."""
    hear(world.store, *(state(f"worker-{number}") for number in range(20)))
    task = world.create()
    assigned = [task.assignee_id]
    for milliseconds in (60_000, -20):
        world.clock.advance(milliseconds=milliseconds)
        world.shuffle()
        assigned.append(world.task(task.task_id).assignee_id)
    shown = [item["account"]["account_id"] for item in ask(task.task_id)["items"]]
    assert len({*assigned[1:]}) == 2
    assert shown == [*reversed(assigned), "max"]


def test_an_unknown_task_has_no_history(world: World) -> None:
    assert call(history, path={"task_id": "01900000-0000-7000-8000-000000000000"})[0] == 404
    assert call(history, path={"task_id": "nothing"})[0] == 404
    assert call(history, path={"task_id": world.create().task_id}, query={"cursor": "x"})[0] == 400
