"""Tracking's tables from an older copy and its own events: the same tasks, finished shuffles."""

import random
import re
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from events.auth import AccountCreated
from events.tracking import ShuffleRequested
from functions.tracking.cancel_task.use_case import Canceller, cancel_task
from functions.tracking.complete_task.use_case import complete_task
from functions.tracking.count_shard.use_case import count_shard
from functions.tracking.count_shuffle.use_case import count_shuffle
from functions.tracking.create_task.use_case import create_task
from functions.tracking.domain import CLOCKS_APART, NewTask, tally
from functions.tracking.get_task import handler as get_task
from functions.tracking.get_task_history import handler as get_task_history
from functions.tracking.jobs import count_shard_job, reassign_chunk_job
from functions.tracking.list_tasks import handler as list_tasks
from functions.tracking.on_account_event.use_case import on_account_event
from functions.tracking.reassign_chunk.use_case import reassign_chunk
from functions.tracking.restoring import restored
from functions.tracking.rows import (
    TABLES,
    TASKS,
    Account,
    Completion,
    JiraIdClaim,
    RosterHead,
    RosterSlot,
    Shuffle,
    ShuffleProgress,
    Task,
    UncountedPress,
)
from functions.tracking.start_shuffle.use_case import start_shuffle
from shared.context import Context
from shared.journal import events_in, rewritten
from shared.memory_store import MemoryStore
from shared.records import JournalRecord
from shared.restoring import CannotRestore, documents
from shared.store import Put
from tests.accounting.test_restoring import comparable, lacking_events, published
from tests.support.fakes import FakeClock, FakeQueue, context, memory_store, received
from tests.tracking.requests import call, use

KINDS = [kind for table in TABLES for kind in table.rows]
FIRST_ASSIGNED = ("Task.Assigned", 1)
Rows = dict[type[Any], list[Any]]


class World:
    """Tracking with commands a second apart."""

    def __init__(self, store: MemoryStore) -> None:
        self.store, self.clock, self.seed = store, FakeClock(), 0

    def act(self) -> Any:
        self.clock.advance(seconds=1)
        self.seed += 1
        return context(self.clock, self.seed)

    def join(self, *names: str, role: str = "worker", version: int = 1) -> None:
        for name in names:
            event = AccountCreated(account_id=name, name=name, role=role, status="active", version=version)  # type: ignore[arg-type]
            on_account_event([received(event, event_id=f"{name}{version}")], self.store)

    def create(self, count: int, jira_id: str = "POPUG-1", unique: bool = False) -> list[Task]:
        content = NewTask("Fix it", jira_id, "All of it", unique)
        return [create_task(content, "eve", self.store, self.act()).task for _ in range(count)]

    def complete(self, task: Task) -> None:
        now = self.store.get(Task, task_id=task.task_id)
        assert now is not None
        complete_task(task.task_id, now.assignee_id, self.store, self.act())

    def cancel(self, task: Task) -> None:
        cancel_task(task.task_id, Canceller("eve"), self.store, self.act())

    def press(self) -> str:
        return start_shuffle("max", self.store, self.act()).shuffle_id

    def carry_out(self, shuffle_id: str, chunks: int = 1000) -> None:
        """Do a requested shuffle, or only its first `chunks` chunks."""
        self.act()
        counts, reassignments = FakeQueue(), FakeQueue()
        asked = ShuffleRequested(shuffle_id=shuffle_id, requested_by="max")
        count_shuffle([received(asked, event_id="press")], self.store, counts)
        while counts.jobs:
            job = received(count_shard_job(counts.jobs.pop()), event_id="job")
            count_shard([job], self.store, context(self.clock), counts, reassignments)
        for n, job_of_chunk in enumerate(reassignments.jobs[:chunks]):
            message = received(reassign_chunk_job(job_of_chunk), event_id="job")
            reassign_chunk([message], self.store, Context(self.clock, random.Random(f"{self.seed}#{n}"), ""))

    def tally(self, shuffle_id: str) -> Any:
        return tally(row for row in self.store.rows(ShuffleProgress) if row.shuffle_id == shuffle_id)

    def times_reassigned(self, shuffle_id: str) -> Counter[str]:
        data = [event["data"] for event in published(self.store)]
        return Counter(
            each["task_id"] for each in data if each.get("shuffle_id") == shuffle_id and "task_id" in each
        )


def copied(store: MemoryStore) -> Rows:
    return {kind: store.rows(kind) for kind in KINDS if kind not in (RosterHead, RosterSlot)} | {
        RosterHead: [RosterHead(0, sum(row.slot is not None for row in store.rows(Account)))],
        RosterSlot: [
            RosterSlot(row.slot, row.account_id, row.name) for row in store.rows(Account) if row.slot
        ],
    }


def timeless(rows: dict[str, list[str]]) -> dict[str, list[str]]:
    """Rows without expiry times, which a restore counts from its own time."""
    return {
        name: [re.sub(r"expires_at=\d+", "expires_at=…", row) for row in of_kind]
        for name, of_kind in rows.items()
    }


def loaded(rows: Rows) -> World:
    store = memory_store(TABLES)
    for of_kind in rows.values():
        for row in of_kind:
            store.transact([Put(row)])
    return World(store)


@pytest.fixture
def world() -> World:
    made = World(memory_store(TABLES))
    made.join("ann", "bob", "cid")
    return made


def test_an_older_copy_and_all_events_restore_the_tasks(world: World) -> None:
    first = world.create(3)
    copy = copied(world.store)
    world.complete(first[0])
    done = world.press()
    world.carry_out(done)
    later = world.create(2)
    world.complete(later[1])
    world.cancel(first[1])
    found = timeless(comparable(restored(copy, published(world.store), world.clock())))
    begun_again = [
        replace(each, finished_at=None, total=None, reassigned=None, skipped=None)
        for each in world.store.rows(Shuffle)
    ]
    wanted = timeless(comparable({**copied(world.store), Shuffle: begun_again}))
    for name in ("Task", "OpenTask", "JournalRecord", "Shuffle", "ShuffleMark"):
        left = [row for row in wanted[name] if "outcome='skipped'" not in row]
        assert found[name] == left, name


def test_a_shuffle_that_restarts_finds_what_has_ended_since_its_press(world: World) -> None:
    """It is uncounted again, in every partition."""
    before, since, cancelled, _ = world.create(4)
    world.complete(before)
    world.clock.advance(seconds=1)
    shuffle_id = world.press()
    copy = copied(world.store)
    world.complete(since)
    world.cancel(cancelled)
    rows = restored(copy, published(world.store), world.clock())
    assert {row.task_id for row in rows[Completion]} == {since.task_id, cancelled.task_id}
    assert {(row.shuffle_id, row.shard) for row in rows[UncountedPress]} == {
        (shuffle_id, shard) for shard in TASKS.default.all
    }
    back = loaded(rows)
    back.clock = world.clock
    back.carry_out(shuffle_id)
    assert (back.tally(shuffle_id).total, back.tally(shuffle_id).reassigned) == (3, 1)


def test_a_shuffle_that_restarts_finds_what_ended_by_a_clock_that_was_behind(world: World) -> None:
    early, behind, _ = world.create(3)
    world.complete(early)
    pressed = world.clock.instant + timedelta(seconds=5)
    world.clock.instant = pressed - timedelta(seconds=1)
    shuffle_id = world.press()
    copy = copied(world.store)
    world.clock.instant = pressed - CLOCKS_APART - timedelta(seconds=1)
    world.complete(behind)
    rows = restored(copy, published(world.store), world.clock())
    assert [row.task_id for row in rows[Completion]] == [behind.task_id]
    back = loaded(rows)
    back.clock = world.clock
    back.carry_out(shuffle_id)
    assert back.tally(shuffle_id).total == 2


def test_with_every_shuffle_done_nothing_is_uncounted(world: World) -> None:
    (task,) = world.create(1)
    world.carry_out(world.press())
    world.complete(task)
    world.clock.advance(seconds=2)
    rows = restored(copied(world.store), published(world.store), world.clock())
    assert (rows[Completion], rows[UncountedPress]) == ([], [])


def test_claims_are_restored_from_the_tasks(world: World) -> None:
    (first,) = world.create(1, "POPUG-2", unique=True)
    copy = copied(world.store)
    (done,) = world.create(1, "POPUG-3", unique=True)
    world.complete(done)
    world.cancel(first)
    world.create(1, "POPUG-2", unique=True)
    (gone,) = world.create(1, "POPUG-4", unique=True)
    world.cancel(gone)
    rows = restored(copy, published(world.store), world.clock())
    wanted = sorted(world.store.rows(JiraIdClaim), key=lambda row: row.jira_id)
    assert [row.jira_id for row in wanted] == ["POPUG-2", "POPUG-3"]
    assert sorted(rows[JiraIdClaim], key=lambda row: row.jira_id) == wanted


def test_an_interrupted_shuffle_still_reassigns_each_task_once(world: World) -> None:
    tasks = world.create(40)
    copy = copied(world.store)
    shuffle_id = world.press()
    world.carry_out(shuffle_id, chunks=3)
    before = world.times_reassigned(shuffle_id)
    assert 0 < len(before) < len(tasks)
    back = loaded(restored(copy, published(world.store), world.clock()))
    back.clock = world.clock
    back.carry_out(shuffle_id)
    assert back.tally(shuffle_id).status == "done"
    assert back.tally(shuffle_id).total == back.tally(shuffle_id).reassigned == len(tasks)
    assert set(back.times_reassigned(shuffle_id).values()) == {1}


def test_a_done_shuffle_stays_done(world: World) -> None:
    world.create(5)
    shuffle_id = world.press()
    world.carry_out(shuffle_id)
    rows = restored(copied(world.store), published(world.store), world.clock())
    assert comparable(rows)["ShuffleProgress"] == comparable(copied(world.store))["ShuffleProgress"]
    back = loaded(rows)
    back.clock = world.clock
    back.carry_out(shuffle_id)
    assert set(back.times_reassigned(shuffle_id).values()) == {1}


def test_a_copy_taken_while_a_shuffle_finished_restarts_the_shuffle(world: World) -> None:
    """It has the shuffle's end, not all of its progress."""
    world.create(5)
    shuffle_id = world.press()
    before = copied(world.store)[ShuffleProgress]
    world.carry_out(shuffle_id)
    rows = restored({**copied(world.store), ShuffleProgress: before}, published(world.store), world.clock())
    back = loaded(rows)
    (shuffle,) = back.store.rows(Shuffle)
    assert (shuffle.finished_at, shuffle.total) == (None, None)
    back.clock = world.clock
    back.carry_out(shuffle_id)
    (shuffle,) = back.store.rows(Shuffle)
    assert (shuffle.finished_at is not None, shuffle.total, shuffle.reassigned) == (True, 5, 5)
    assert set(back.times_reassigned(shuffle_id).values()) == {1}


def test_a_completion_after_a_cancellation_fails_and_names_the_task(world: World) -> None:
    (task,) = world.create(1)
    other = loaded(copied(world.store))
    other.clock, other.seed = world.clock, 70
    world.cancel(task)
    other.complete(task)
    events = [*published(world.store), *published(other.store)]
    with pytest.raises(CannotRestore, match=f"task {task.task_id} contradict each other: the task is"):
        restored({**copied(world.store), JournalRecord: [], Task: []}, events, world.clock())


def test_the_restored_roster_has_no_gaps(world: World) -> None:
    copy = copied(world.store)
    accounts = [Account("ann", "ann", "manager", "active", 2, slot=1), *copy[Account][1:]]
    rows = restored({**copy, Account: accounts, RosterSlot: []}, [], world.clock())
    assert rows[RosterHead] == [RosterHead(0, 2)]
    assert [(row.slot, row.account_id) for row in rows[RosterSlot]] == [(1, "bob"), (2, "cid")]
    assert {row.account_id: row.slot for row in rows[Account]} == {"ann": None, "bob": 1, "cid": 2}


def test_rows_without_matching_events_are_not_restored(world: World) -> None:
    world.create(1)
    copy = copied(world.store)
    with pytest.raises(CannotRestore, match="has no events"):
        restored({**copy, JournalRecord: []}, [], world.clock())
    kept = lacking_events(copy[JournalRecord], lambda event: event["event_name"] == "Task.Created")
    with pytest.raises(CannotRestore, match="none of its creation"):
        restored({**copy, JournalRecord: kept}, [], world.clock())


def reassigned_by_two_hosts(world: World) -> list[Task]:
    """Two shuffles, one after the other, the second by a host whose clock is some seconds slow."""
    tasks = world.create(20)
    presses = world.press(), world.press()
    world.carry_out(presses[0])
    world.clock.advance(seconds=-3)
    world.carry_out(presses[1])
    return tasks


@pytest.mark.parametrize("done", [False, True], ids=["open", "completed"])
def test_the_order_of_assignments_does_not_depend_on_clocks(world: World, done: bool) -> None:
    for task in reassigned_by_two_hosts(world):
        if done:
            world.complete(task)
    told = [event["data"] for event in documents(world.store.rows(JournalRecord))]
    by_time = {data["task_id"]: data for data in told if "task_id" in data and "shuffle_id" in data}
    last = {task.task_id: task.assignee_id for task in world.store.rows(Task)}
    assert any(by_time[task_id]["assignee_id"] != last[task_id] for task_id in last)
    found = comparable(restored({**copied(world.store), Task: []}, published(world.store), world.clock()))
    assert found["Task"] == comparable(copied(world.store))["Task"]


def test_events_without_a_version_are_ordered_by_time(world: World) -> None:
    tasks = world.create(4)
    world.carry_out(world.press())
    world.complete(tasks[0])
    old = [
        {**envelope, "data": {name: value for name, value in envelope["data"].items() if name != "version"}}
        for envelope in published(world.store)
    ]
    assert old != published(world.store)
    rows = {**copied(world.store), JournalRecord: [], Task: []}
    assert comparable(restored(rows, old, world.clock()))["Task"] == comparable(copied(world.store))["Task"]


def test_a_lost_assignment_is_superseded_or_the_task_is_named(world: World) -> None:
    reassigned_by_two_hosts(world)
    live = {task.task_id: task for task in world.store.rows(Task)}
    events = published(world.store)
    lost = [each for each in events if each["data"].get("version") != 2]
    rows = {**copied(world.store), JournalRecord: [], Task: []}
    assert {task.task_id: task for task in restored(rows, lost, world.clock())[Task]} == live
    first_lost = [
        each for each in lost if (each["event_name"], each["data"].get("version")) != FIRST_ASSIGNED
    ]
    assert len(first_lost) < len(lost)
    assert {task.task_id: task for task in restored(rows, first_lost, world.clock())[Task]} == live
    moved = next(
        each["data"]["task_id"]
        for each in events
        if each["data"].get("version") == 2
        and each["data"]["assignee_id"] != live[each["data"]["task_id"]].assignee_id
    )
    world.complete(live[moved])
    without = [each for each in published(world.store) if each["data"].get("version") != 3]
    last = next(
        each
        for each in published(world.store)
        if each["event_name"] == "Task.Completed" and each["data"]["task_id"] == moved
    )
    with pytest.raises(CannotRestore, match=f"task {moved} contradict each other: only the assignee"):
        restored(rows, [*without, last], world.clock())


def as_first_version(record: JournalRecord) -> JournalRecord:
    """Task.Created in version 1, without its creator."""
    created, *others = events_in(record)
    data = {name: created["data"][name] for name in ("task_id", "title")}
    return rewritten(record, [{**created, "event_version": 1, "data": data}, *others])


@pytest.mark.parametrize("written", [None, ""], ids=["restored", "restored-before"])
def test_a_task_without_a_creator_in_its_events_is_shown(
    world: World, written: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    (task,) = world.create(1)
    copy = copied(world.store)
    journal = [as_first_version(row) for row in copy[JournalRecord]]
    back = loaded(restored({**copy, JournalRecord: journal, Task: []}, [], world.clock()))
    found = back.store.get(Task, task_id=task.task_id)
    assert found is not None
    assert (found.created_by, found.assignee_id) == (None, task.assignee_id)
    back.store.transact([Put(replace(found, created_by=written))])
    for module in (get_task, list_tasks, get_task_history):
        use(monkeypatch, module, back.store)
    path = {"task_id": task.task_id}
    unknown = {"account_id": "unknown", "name": "unknown"}
    status, shown = call(get_task, path=path)
    assert (status, shown["created_by"]) == (200, unknown)
    status, listed = call(list_tasks)
    assert (status, [each["created_by"] for each in listed["items"]]) == (200, [unknown])
    status, history = call(get_task_history, path=path)
    assert (status, [each["by"] for each in history["items"]]) == (200, [unknown, unknown])


def test_an_old_shuffle_that_restarts_counts_the_same_tasks(world: World) -> None:
    """Its marks and the completions since have not expired by then."""
    tasks = world.create(3)
    copy = copied(world.store)
    shuffle_id = world.press()
    world.carry_out(shuffle_id)
    world.complete(tasks[0])
    restored_at = world.clock() + timedelta(days=60)
    rows = restored(copy, published(world.store), restored_at)
    expiring = [row for kind in rows for row in rows[kind] if hasattr(row, "expires_at")]
    assert {type(row).__name__ for row in expiring} == {"Completion", "ShuffleMark"}
    a_queue_keeps = timedelta(days=14)
    assert all(row.expires_at >= (restored_at + a_queue_keeps).timestamp() for row in expiring)
    back = loaded(rows)
    back.clock = world.clock
    back.clock.advance(days=60)
    back.carry_out(shuffle_id)
    assert (back.tally(shuffle_id).total, back.tally(shuffle_id).reassigned) == (3, 3)
    assert set(back.times_reassigned(shuffle_id).values()) == {1}


def test_an_old_completion_row_is_not_restored(world: World) -> None:
    (task,) = world.create(1)
    world.complete(task)
    much_later = world.clock() + timedelta(days=400)
    rows = comparable(restored(copied(world.store), published(world.store), much_later))
    assert rows["Completion"] == []
    assert len(rows["Task"]) == 1
