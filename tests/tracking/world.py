"""A company with tasks, for tracking's tests, and checks for their end."""

import json
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from events.auth import AccountCreated, AccountState
from events.tracking import ShuffleRequested
from functions.tracking.cancel_task.use_case import Canceller, cancel_task
from functions.tracking.complete_task.use_case import complete_task
from functions.tracking.count_shard.use_case import count_shard
from functions.tracking.count_shuffle.use_case import count_shuffle
from functions.tracking.create_task.use_case import create_task
from functions.tracking.domain import NewTask, assignee_status
from functions.tracking.get_shuffle.use_case import get_shuffle
from functions.tracking.jobs import count_shard_job, reassign_chunk_job
from functions.tracking.on_account_event.use_case import on_account_event
from functions.tracking.reassign_chunk.use_case import reassign_chunk
from functions.tracking.rows import TABLES, Account, OpenTask, RosterHead, RosterSlot, Shuffle, Task
from functions.tracking.start_shuffle.use_case import start_shuffle
from shared.context import Context
from shared.memory_store import MemoryStore
from shared.messages import Received
from shared.store import Action, Store, StoreError
from tests.support.fakes import FakeClock, FakeQueue, journal, memory_store, received

MANAGER = "max"


def state(account_id: str, version: int = 1, **changes: Any) -> AccountState:
    """An account's state as auth publishes it; by default a worker named like its id."""
    fields = {"name": account_id.title(), "role": "worker", "status": "active", **changes}
    return AccountCreated(account_id=account_id, version=version, **fields)


def hear(store: Store, *states: AccountState) -> None:
    """Let tracking consume events of accounts, in one batch."""
    messages = [received(one, event_id=f"{one.account_id}-{one.version}") for one in states]
    assert on_account_event(messages, store) == {}


def company(*workers: str) -> MemoryStore:
    store = memory_store(TABLES)
    hear(store, state(MANAGER, role="manager"), *(state(worker) for worker in workers))
    return store


@dataclass
class World:
    """A company; its `store` may fail or be interrupted."""

    store: MemoryStore
    clock: FakeClock = field(default_factory=FakeClock)
    randomness: random.Random = field(default_factory=lambda: random.Random(7))
    counts: FakeQueue = field(default_factory=FakeQueue)
    reassignments: FakeQueue = field(default_factory=FakeQueue)

    def beside(self) -> "World":
        """A second worker in the company, with its own ids and draws."""
        return World(self.store, self.clock, random.Random(self.randomness.random()))

    def context(self) -> Context:
        return Context(self.clock, self.randomness, "test-correlation")

    def create(
        self, title: str = "Fix it", jira_id: str | None = None, by: str = MANAGER, unique: bool = False
    ) -> Task:
        content = NewTask(title, jira_id, unique=unique)
        return create_task(content, by, self.store, self.context()).task

    def complete(self, task: Task) -> Task:
        """As its current assignee."""
        now = self.task(task.task_id)
        return complete_task(task.task_id, now.assignee_id, self.store, self.context()).task

    def cancel(self, task: Task) -> Task:
        """As its creator."""
        by = Canceller(task.created_by or "nobody")
        return cancel_task(task.task_id, by, self.store, self.context()).task

    def task(self, task_id: str) -> Task:
        task = self.store.get(Task, task_id=task_id)
        assert task is not None
        return task

    def press(self) -> Shuffle:
        return start_shuffle(MANAGER, self.store, self.context())

    def requested(self, shuffle: Shuffle) -> Received[ShuffleRequested]:
        event = ShuffleRequested(shuffle_id=shuffle.shuffle_id, requested_by=shuffle.requested_by)
        return received(event, event_id=f"press-{shuffle.shuffle_id}")

    def count(self, shuffle: Shuffle) -> None:
        """Count all pages of all shards; the chunks wait in their queue."""
        count_shuffle([self.requested(shuffle)], self.store, self.counts)
        while self.counts.jobs:
            self.count_next()

    def count_next(self) -> None:
        job = job_message(count_shard_job, self.counts.jobs.pop(0))
        count_shard([job], self.store, self.context(), self.counts, self.reassignments)

    def reassign_next(self) -> None:
        job = job_message(reassign_chunk_job, self.reassignments.jobs.pop(0))
        reassign_chunk([job], self.store, self.context())

    def finish(self) -> None:
        while self.reassignments.jobs:
            self.reassign_next()

    def shuffle(self) -> Shuffle:
        shuffle = self.press()
        self.count(shuffle)
        self.finish()
        return shuffle

    def tally(self, shuffle: Shuffle) -> tuple[str, int, int, int]:
        tally = get_shuffle(shuffle.shuffle_id, self.store).tally
        return tally.status, tally.total, tally.reassigned, tally.skipped


def with_tasks(count: int, *workers: str, seed: int = 7) -> World:
    world = World(company(*(workers or ("ann", "bob"))), randomness=random.Random(seed))
    for number in range(count):
        world.create(f"Task {number}")
    return world


def job_message(parse: Callable[[Any], Any], job: dict[str, Any]) -> Received[Any]:
    return received(parse(json.loads(json.dumps(job))), event_id="job")


def event_data(store: MemoryStore, name: str | None = None) -> list[dict[str, Any]]:
    """The data of journaled events, oldest first."""
    return [event["data"] for event in journal(store, name)]


def assigned_by(store: MemoryStore, shuffle: Shuffle) -> Counter[str]:
    """How often a shuffle assigned each task, by the journal."""
    facts = event_data(store, "Task.Assigned")
    return Counter(fact["task_id"] for fact in facts if fact.get("shuffle_id") == shuffle.shuffle_id)


def check_tasks(store: MemoryStore) -> None:
    """Check that tasks, open tasks and the journal agree."""
    tasks = store.rows(Task)
    assignments = Counter(fact["task_id"] for fact in event_data(store, "Task.Assigned"))
    completions = Counter(fact["task_id"] for fact in event_data(store, "Task.Completed"))
    cancellations = Counter(fact["task_id"] for fact in event_data(store, "Task.Cancelled"))
    for task in tasks:
        done, gone = int(task.status == "completed"), int(task.status == "cancelled")
        assert (completions[task.task_id], cancellations[task.task_id]) == (done, gone)
        assert assignments[task.task_id] + done + gone == task.version
        assert task.assignee_status == assignee_status(task.assignee_id, task.status)
    assert {row.task_id for row in store.rows(OpenTask)} == {t.task_id for t in tasks if t.status == "open"}


def roster(store: MemoryStore) -> Mapping[int, str]:
    """The account in each slot; checks that there are no gaps and that replicas agree."""
    head = store.get(RosterHead, slot=0)
    size = head.size if head else 0
    slots = store.get_many(RosterSlot, [{"slot": number} for number in range(1, size + 3)])
    seats = {slot.slot: slot.account_id for slot in slots}
    accounts = store.rows(Account)
    assert sorted(seats) == list(range(1, size + 1))
    assert {account.slot: account.account_id for account in accounts if account.slot} == seats
    assert {slot.slot: slot.name for slot in slots} == {a.slot: a.name for a in accounts if a.slot}
    return seats


Intrusion = Callable[[], object]


class Interrupted(MemoryStore):
    """Runs intrusions before its calls: the first one before the first call, and so on."""

    def __init__(self, sound: MemoryStore, **intrusions: Sequence[Intrusion]) -> None:
        self.__dict__.update(sound.__dict__)
        self._intrusions = {call: list(some) for call, some in intrusions.items()}

    def before(self, call: str, *intrusions: Intrusion) -> None:
        """`call` is `get`, `get_many` or `write`."""
        self._intrusions[call] = list(intrusions)

    def _let_in(self, call: str) -> None:
        if not self._intrusions.get(call):
            return
        try:
            self._intrusions[call].pop(0)()
        except StoreError as error:
            raise AssertionError("an intrusion was refused") from error

    def get(self, kind: Any, **key: Any) -> Any:
        self._let_in("get")
        return super().get(kind, **key)

    def write(self, actions: Sequence[Action], token: str) -> None:
        self._let_in("write")
        super().write(actions, token)

    def get_many(self, kind: Any, keys: Any) -> Any:
        self._let_in("get_many")
        return [row for key in keys if (row := MemoryStore.get(self, kind, **key)) is not None]


def nothing() -> None:
    """No intrusion."""
