"""Shuffles, newest first, each with its progress and end."""

from typing import Any

import pytest

from functions.tracking.get_shuffle import handler as get_shuffle
from functions.tracking.list_shuffles import handler as list_shuffles
from functions.tracking.rows import Shuffle, ShuffleProgress
from functions.tracking.shuffle_tallies import finish_if_done
from shared.memory_store import MemoryStore
from shared.store import Put, changed
from tests.support.faults import with_each_fault
from tests.tracking.requests import call, use
from tests.tracking.world import MANAGER, Interrupted, World, company, hear, state


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(company("ann", "bob"))
    for module in (list_shuffles, get_shuffle):
        use(monkeypatch, module, world.store)
    return world


def ask(**query: str) -> dict[str, Any]:
    status, answer = call(list_shuffles, role="manager", query=query)
    assert status == 200, answer
    return answer


def tasks(world: World, count: int) -> None:
    for _ in range(count):
        world.create()
    world.clock.advance(minutes=1)


def test_shuffles_are_newest_first_with_progress_and_requester(world: World) -> None:
    tasks(world, 5)
    done = world.shuffle()
    world.clock.advance(minutes=1)
    running = world.press()
    answer = ask()
    assert answer["next_cursor"] is None
    assert answer["items"] == [
        {
            "shuffle_id": running.shuffle_id,
            "status": "counting",
            "total": 0,
            "reassigned": 0,
            "skipped": 0,
            "requested_by": {"account_id": MANAGER, "name": "Max"},
            "requested_at": "2026-11-22T12:02:00Z",
            "finished_at": None,
        },
        {
            "shuffle_id": done.shuffle_id,
            "status": "done",
            "total": 5,
            "reassigned": 5,
            "skipped": 0,
            "requested_by": {"account_id": MANAGER, "name": "Max"},
            "requested_at": "2026-11-22T12:01:00Z",
            "finished_at": "2026-11-22T12:01:00Z",
        },
    ]
    for shown in answer["items"]:
        assert call(get_shuffle, role="admin", path={"shuffle_id": shown["shuffle_id"]}) == (200, shown)


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
def test_pages_join_without_gap_or_duplicate(world: World, limit: int) -> None:
    pressed = []
    for _ in range(7):
        world.clock.advance(seconds=1)
        pressed.append(world.press().shuffle_id)
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = ask(limit=str(limit), **({"cursor": cursor} if cursor else {}))
        seen += [item["shuffle_id"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert seen == pressed[::-1]


def test_the_last_chunk_writes_the_end_once(world: World) -> None:
    tasks(world, 150)
    shuffle = world.press()
    world.count(shuffle)
    assert len(world.reassignments.jobs) > 1
    while len(world.reassignments.jobs) > 1:
        world.clock.advance(seconds=1)
        world.reassign_next()
    assert finished(world.store, shuffle) is None
    world.clock.advance(seconds=1)
    last = list(world.reassignments.jobs)
    world.finish()
    at = finished(world.store, shuffle)
    assert at is not None
    world.clock.advance(hours=1)
    world.reassignments.jobs = last
    world.finish()
    assert finished(world.store, shuffle) == at


def finished(store: MemoryStore, shuffle: Shuffle) -> str | None:
    found = store.get(Shuffle, shuffle_id=shuffle.shuffle_id)
    assert found
    return found.finished_at


def test_without_open_tasks_the_last_count_writes_the_end(world: World) -> None:
    shuffle = world.press()
    world.count(shuffle)
    assert finished(world.store, shuffle) is not None


def test_a_repeated_message_writes_the_end_after_a_crash(world: World) -> None:
    tasks(world, 3)
    shuffle = world.shuffle()
    (now,) = world.store.rows(Shuffle)
    kept = changed(now, finished_at=None, total=None, reassigned=None, skipped=None)
    world.store.transact([Put(kept)])
    world.count(shuffle)
    world.finish()
    assert finished(world.store, shuffle) is not None


def test_two_workers_that_see_the_end_write_it_once(world: World) -> None:
    tasks(world, 3)
    shuffle = world.shuffle()
    (now,) = world.store.rows(Shuffle)
    world.store.transact([Put(changed(now, finished_at=None, total=None, reassigned=None, skipped=None))])
    others = world.beside()
    late = Interrupted(
        world.store, write=[lambda: finish_if_done(shuffle.shuffle_id, others.store, others.context())]
    )
    world.clock.advance(seconds=1)
    first = world.clock().isoformat()
    finish_if_done(shuffle.shuffle_id, late, world.context())
    assert first.startswith((finished(world.store, shuffle) or "")[:19])
    (row,) = world.store.rows(Shuffle)
    assert (row.total, row.reassigned, row.skipped) == (3, 3, 0)


def test_nothing_is_written_for_an_unknown_shuffle(world: World) -> None:
    finish_if_done("01900000-0000-7000-8000-000000000000", world.store, world.context())
    assert world.store.rows(Shuffle) == []


def test_each_write_fault_still_writes_the_end_once() -> None:
    world = World(company("ann"))

    def prepare() -> MemoryStore:
        nonlocal world
        world = World(company("ann"))
        tasks(world, 2)
        world.shuffle()
        (now,) = world.store.rows(Shuffle)
        world.store.transact([Put(changed(now, finished_at=None, total=None, reassigned=None, skipped=None))])
        return world.store

    def run(store: MemoryStore) -> None:
        (shuffle,) = world.store.rows(Shuffle)
        finish_if_done(shuffle.shuffle_id, store, world.context())

    for label, store in with_each_fault(prepare, run):
        (shuffle,) = store.rows(Shuffle)
        assert (shuffle.finished_at is not None, shuffle.total) == (True, 2), label


def test_a_done_shuffle_without_a_stored_end_is_shown_without_one(world: World) -> None:
    tasks(world, 2)
    world.shuffle()
    (now,) = world.store.rows(Shuffle)
    world.store.transact([Put(changed(now, finished_at=None, total=None, reassigned=None, skipped=None))])
    (shown,) = ask()["items"]
    assert (shown["status"], shown["total"], shown["finished_at"]) == ("done", 2, None)


def test_the_progress_of_finished_shuffles_is_not_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks(world, 2)
    world.shuffle()
    running = world.press()
    read: list[Any] = []

    class Noting(MemoryStore):
        def get_many(self, kind: Any, keys: Any) -> Any:
            read.extend(keys if kind is ShuffleProgress else ())
            return super().get_many(kind, keys)

    store = Noting([])
    store.__dict__.update(world.store.__dict__)
    use(monkeypatch, list_shuffles, store)
    assert len(ask()["items"]) == 2
    assert read == [{"shuffle_id": running.shuffle_id, "shard": shard} for shard in range(4)]


@pytest.mark.parametrize("role", ["worker", "accountant", ""])
def test_only_managers_and_admins_list_shuffles(world: World, role: str) -> None:
    assert call(list_shuffles, role=role)[0] == 403
    hear(world.store, state("root", role="admin"))
    assert call(list_shuffles, caller="root", role="admin")[0] == 200
