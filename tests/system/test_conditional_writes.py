"""Races within a service on the emulator's real conditional writes, in separate tables."""

import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from events.auth import AccountCreated
from events.tracking import TaskAssigned, TaskCompleted
from functions.accounting import rows as accounting
from functions.accounting.audit import verify
from functions.accounting.close_account.use_case import close_account
from functions.accounting.closing import CloseJob
from functions.accounting.on_task_event.use_case import on_task_event
from functions.accounting.rows import AccountDay, Balance, DayTotal, Entry
from functions.tracking import rows as tracking
from functions.tracking.create_task.use_case import create_task
from functions.tracking.domain import NewTask
from functions.tracking.on_account_event.use_case import on_account_event
from functions.tracking.rows import RosterHead, RosterSlot, Task
from shared.clock import system_clock
from shared.context import Context
from shared.dynamo_store import DynamoStore
from shared.guards import SENTINEL, sentinels
from shared.messages import Failed
from shared.store import Put, R
from shared.tables import Table
from tests.support.fakes import FakeQueue, received
from tests.support.moto_store import create_tables, delete_tables
from tests.system.product import Product

THREADS = 6
DELIVERIES = 8
BATCHES, BATCH = 12, 5
MONDAY = datetime(2026, 11, 16, 23, 0, tzinfo=UTC)
CONTEXT = Context(system_clock, random.SystemRandom(), "race")
CLOSED_DAY = "2026-11-16"
TASKS = 30


class Tables(DynamoStore):
    """A service's tables under a separate prefix, which can be scanned."""

    def create(self) -> None:
        create_tables(self)

    def delete(self) -> None:
        delete_tables(self)

    def all(self, kind: type[R]) -> list[R]:
        names = kind.__dataclass_fields__  # type: ignore[attr-defined]
        key = self._place(kind).partition_key
        found = [
            item for item in self._model(kind).scan(consistent_read=True) if getattr(item, key) != SENTINEL
        ]
        return [kind(**{name: getattr(item, name) for name in names}) for item in found]


@pytest.fixture
def made(product: Product, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Sequence[Table]], Tables]]:
    monkeypatch.setenv("AWS_ENDPOINT_URL", product.local.endpoint)
    monkeypatch.setenv("AWS_DEFAULT_REGION", product.local.region)
    stores: list[Tables] = []

    def make(tables: Sequence[Table]) -> Tables:
        stores.append(Tables(tables, "races-"))
        stores[-1].create()
        if guards := sentinels(tables):
            stores[-1].transact([Put(row) for row in guards])
        return stores[-1]

    yield make
    for store in stores:
        store.delete()


def together(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    with ThreadPoolExecutor(THREADS) as pool:
        return [future.result() for future in [pool.submit(call) for call in calls]]


def delivered(consume: Callable[[], Failed]) -> None:
    """Repeat a delivery until nothing fails, as a queue does."""
    assert any(not consume() for _ in range(DELIVERIES))


def work_of(number: int) -> list[Any]:
    """A batch for one account around midnight: fees, and larger rewards."""
    facts = [
        (TaskAssigned if each % 2 else TaskCompleted)(task_id=f"task-{number}", title="x", assignee_id="ann")
        for each in range(BATCH)
    ]
    return [
        received(
            fact, event_id=f"{number}-{each}", occurred_at=MONDAY + timedelta(minutes=number * 10 + each)
        )
        for each, fact in enumerate(facts)
    ]


def test_simultaneous_closes_and_postings_keep_the_ledger_correct(
    made: Callable[[Sequence[Table]], Tables],
) -> None:
    """Everything is delivered twice and the same day closed twice, all at once."""
    store = made(accounting.TABLES)

    def post(number: int) -> None:
        work = work_of(number)
        delivered(lambda: on_task_event(work, store, CONTEXT, "UTC"))

    def close(number: int) -> None:
        job = received(CloseJob(["ann"], CLOSED_DAY), event_id=f"close-{number}")
        delivered(lambda: close_account([job], store, CONTEXT, FakeQueue()))

    posts = [lambda number=number: post(number) for number in range(BATCHES)]
    closes = [lambda number=number: close(number) for number in range(2)]
    together([*posts[:3], *posts[:3], closes[0], *posts[3:], closes[1], *posts[3:]])
    close(3)
    entries = sorted(store.all(Entry), key=lambda entry: entry.entry_number)
    balances, days, totals = store.all(Balance), store.all(AccountDay), store.all(DayTotal)
    assert verify({"ann": entries}, balances, days, totals) == []
    sources = [entry.source_event_id for entry in entries if entry.kind != "payout"]
    assert sorted(filter(None, sources)) == sorted(
        f"{n}-{each}" for n in range(BATCHES) for each in range(BATCH)
    )
    paid = [entry for entry in entries if entry.kind == "payout"]
    assert len(paid) <= 1
    assert all(entry.business_day == CLOSED_DAY for entry in paid)
    assert [balance.closed_through for balance in balances] == [CLOSED_DAY]


def test_simultaneous_role_changes_and_draws_keep_the_roster_dense(
    made: Callable[[Sequence[Table]], Tables],
) -> None:
    """The roster stays dense, and only accounts that were eligible at some time are drawn."""
    store = made(tracking.TABLES)

    def consume(account_id: str, role: Any, version: int) -> None:
        state = AccountCreated(
            account_id=account_id, name=account_id, role=role, status="active", version=version
        )
        delivered(lambda: on_account_event([received(state, event_id=f"{account_id}-{version}")], store))

    def create() -> str:
        context = Context(system_clock, random.SystemRandom(), "races")
        return create_task(NewTask("Whose?"), "boss", store, context).task.assignee_id

    for number in range(6):
        consume(f"worker-{number}", "worker", 1)
    consume("boss", "manager", 1)
    changes = [
        lambda number=number, version=version: consume(
            f"worker-{number}", "manager" if version % 2 == 0 else "worker", version
        )
        for version in (2, 3, 4)
        for number in range(5)
    ]
    creations: list[Callable[[], Any]] = [create] * TASKS
    mixed = [call for pair in zip(creations, changes * 2, strict=True) for call in pair]
    drawn = {found for found in together(mixed) if found is not None}
    assert drawn <= {f"worker-{number}" for number in range(6)}
    head = store.get(RosterHead, slot=0)
    assert head is not None
    assert head.size == 1
    slots = store.get_many(RosterSlot, [{"slot": slot} for slot in range(1, 8)])
    assert [(slot.slot, slot.account_id) for slot in slots] == [(1, "worker-5")]
    assert len(store.all(Task)) == TASKS
