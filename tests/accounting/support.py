"""A ledger in memory, driven as by its queues, and views of it."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from events.auth import AccountCreated
from events.tracking import TaskAssigned, TaskCompleted, TaskCreated, TaskEvent
from functions.accounting import account_days
from functions.accounting.audit import Finding, verify
from functions.accounting.book_payout.use_case import Place
from functions.accounting.close_account.use_case import close_account
from functions.accounting.closing import CloseJob
from functions.accounting.ledger import CHARGED_MARK, PAID_MARK, SUMS
from functions.accounting.on_account_event.use_case import on_account_event
from functions.accounting.on_task_event.use_case import on_task_event
from functions.accounting.rows import DAY_TOTALS, TABLES, AccountDay, Balance, DayTotal, Entry, Price
from shared.context import Context
from shared.journal import USUAL_FORM, JournalForm, events_in, rewritten
from shared.memory_store import MemoryStore
from shared.messages import Failed, Received
from shared.records import ConsumedEvent, JournalRecord, mark_of
from shared.store import Add, Insert, Put, Store
from tests.support.fakes import NOON, FakeClock, FakeQueue, memory_store, received

ZONE = "UTC"
TODAY, TOMORROW, YESTERDAY = "2026-11-22", "2026-11-23", "2026-11-21"
FEE, REWARD = 1500, 3000
AS_RELEASED = JournalForm(as_released=True)
"""As the release of 2026-11-26 writes rows."""

Message = Received[TaskEvent]


def ledger() -> MemoryStore:
    return memory_store(TABLES)


S = TypeVar("S", bound=MemoryStore)


def acting(kind: type[S], store: MemoryStore) -> S:
    """The same tables behind a store of `kind`."""
    actor = kind.__new__(kind)
    actor.__dict__.update(store.__dict__)
    return actor


def priced(store: Store, task_id: str = "task-1", fee: int = FEE, reward: int = REWARD) -> None:
    """Set the prices of a task."""
    store.transact([Insert(Price(task_id, fee, reward, "2026-11-01T00:00:00.000Z"))])


def created(event_id: str, task_id: str = "task-1", at: datetime = NOON) -> Message:
    return received(TaskCreated(task_id=task_id, title="Fix it"), event_id=event_id, occurred_at=at)


def assigned(
    event_id: str, account_id: str = "ann", task_id: str = "task-1", at: datetime = NOON, message_id: str = ""
) -> Message:
    event = TaskAssigned(task_id=task_id, title="Fix it", jira_id="POPUG-1", assignee_id=account_id)
    return received(event, event_id=event_id, occurred_at=at, message_id=message_id)


def completed(
    event_id: str, account_id: str = "ann", task_id: str = "task-1", at: datetime = NOON
) -> Message:
    event = TaskCompleted(task_id=task_id, title="Fix it", jira_id="POPUG-1", assignee_id=account_id)
    return received(event, event_id=event_id, occurred_at=at)


def _randomness(store: MemoryStore, seed: int) -> random.Random:
    """Seeded, and different at each call, so ids don't repeat."""
    return random.Random(f"{seed}#{len(store.rows(JournalRecord))}")


def consume(
    store: MemoryStore,
    *messages: Message,
    clock: FakeClock | None = None,
    seed: int = 1,
    zone: str = ZONE,
    form: JournalForm = USUAL_FORM,
) -> Failed:
    work = Context(clock or FakeClock(), _randomness(store, seed), "", form=form)
    return on_task_event(messages, store, work, zone)


def joined(store: Store, account_id: str, at: datetime = NOON, name: str = "Ann") -> None:
    event = AccountCreated(account_id=account_id, name=name, role="worker", status="active", version=1)
    message = received(event, event_id=f"joined-{account_id}", occurred_at=at)
    assert on_account_event([message], store, ZONE) == {}


def close(
    store: MemoryStore,
    through: str,
    *account_ids: str,
    clock: FakeClock | None = None,
    queue: FakeQueue | None = None,
    seed: int = 2,
    form: JournalForm = USUAL_FORM,
) -> Failed:
    """Do one job and its follow-up jobs."""
    queue = queue or FakeQueue()
    jobs = [CloseJob(list(account_ids or ("ann",)), through)]
    failed: dict[str, Exception] = {}
    while jobs:
        message = received(jobs.pop(), event_id=f"job-{seed}", message_id="job")
        work = Context(clock or FakeClock(), _randomness(store, seed), "", form=form)
        failed |= close_account([message], store, work, queue)
        jobs += [CloseJob(**job) for job in queue.jobs]
        queue.jobs.clear()
    return failed


def entries(store: MemoryStore, account_id: str = "ann") -> list[Entry]:
    own = [entry for entry in store.rows(Entry) if entry.account_id == account_id]
    return sorted(own, key=lambda entry: entry.entry_number)


def all_entries(store: MemoryStore) -> dict[str, list[Entry]]:
    by_account: dict[str, list[Entry]] = defaultdict(list)
    for entry in sorted(store.rows(Entry), key=lambda entry: entry.entry_number):
        by_account[entry.account_id].append(entry)
    return by_account


def balance(store: Store, account_id: str = "ann") -> Balance:
    found = store.get(Balance, account_id=account_id)
    assert found is not None
    return found


def lines(store: MemoryStore, account_id: str = "ann") -> list[tuple[str, int, int, str]]:
    """An audit log in short: kind, amount, balance after, business day."""
    return [
        (entry.kind, entry.amount, entry.balance_after, entry.business_day)
        for entry in entries(store, account_id)
    ]


def findings(store: MemoryStore) -> list[Finding]:
    return verify(all_entries(store), store.rows(Balance), store.rows(AccountDay), store.rows(DayTotal))


def sums_of_accounts(days: Iterable[AccountDay], of_accounts: Iterable[Balance]) -> list[AccountDay]:
    """The sums of each account's days, wherever they are."""
    rows: dict[str, list[AccountDay]] = defaultdict(list)
    for row in days:
        rows[row.account_id].append(row)
    balances = {balance.account_id: balance for balance in of_accounts}
    found = [
        day
        for each in {*rows, *balances}
        for day in account_days.joined(balances.get(each), rows.get(each, ()))
    ]
    return sorted(found, key=lambda day: (day.account_id, day.business_day))


def booked_before(store: MemoryStore) -> list[str]:
    """The events that are known to be booked: by a mark, or by the price of their task."""
    marks = [row.mark.partition("#")[2] for row in store.rows(ConsumedEvent) if is_mark_of_event(row)]
    named = [price.booked_event_id for price in store.rows(Price)]
    return sorted([*marks, *(event_id for event_id in named if event_id)])


def marks_of_named(prices: Iterable[Price], entries: Iterable[Entry]) -> list[ConsumedEvent]:
    """The marks that a restore writes of the events that are named in prices."""
    named = {price.booked_event_id for price in prices} - {None}
    return [
        ConsumedEvent(mark_of(CHARGED_MARK, str(entry.source_event_id)), entry.posted_at)
        for entry in entries
        if entry.source_event_id in named
    ]


def is_mark_of_event(row: ConsumedEvent) -> bool:
    return row.mark.startswith(f"{CHARGED_MARK}#")


def ledger_state(store: MemoryStore) -> dict[str, Any]:
    """The ledger without ids, times and hashes, which differ between tries."""
    return {
        "lines": {account_id: lines(store, account_id) for account_id in sorted(all_entries(store))},
        "balances": sorted((row.account_id, row.balance, row.closed_through) for row in store.rows(Balance)),
        "days": sums_of_accounts(store.rows(AccountDay), store.rows(Balance)),
        "totals": sorted(store.rows(DayTotal), key=lambda row: (row.shard, row.business_day)),
    }


def events(store: MemoryStore, name: str) -> list[dict[str, Any]]:
    """The data of the journaled events of one name, in order of writing."""
    return [
        event["data"]
        for record in store.rows(JournalRecord)
        for event in events_in(record)
        if event["event_name"] == name
    ]


def place_of(store: MemoryStore, name: str = "Account.DayClosed", entry_id: str = "") -> Place:
    """Where the last event of this name is that mentions the entry."""
    *_, place = (
        Place(record.bucket, record.event_id, event["event_id"])
        for record in store.rows(JournalRecord)
        for event in events_in(record)
        if event["event_name"] == name and entry_id in str(event["data"])
    )
    return place


def without_entry(record: JournalRecord, entry_id: str) -> JournalRecord | None:
    """The record without the event of an entry; None if it has no other."""
    left = [each for each in events_in(record) if each["data"].get("entry_id") != entry_id]
    return replace(rewritten(record, left), event_id=left[0]["event_id"]) if left else None


def stranded(store: MemoryStore, account_id: str = "ann") -> tuple[MemoryStore, Entry]:
    """A copy of a ledger that lost an account's last entry, a payout, with its event and sums."""
    payout = entries(store, account_id)[-1]
    before = entries(store, account_id)[-2]
    found = ledger()
    mark = mark_of(PAID_MARK, payout.entry_id)
    for row in [row for table in TABLES for row in store.rows(table.row)]:
        left = without_entry(row, payout.entry_id) if isinstance(row, JournalRecord) else row
        if left and left != payout and getattr(left, "mark", None) != mark:
            found.transact([Put(left)])
    last = replace(
        balance(found, account_id),
        balance=before.balance_after,
        last_entry_number=before.entry_number,
        last_hash=before.hash,
    )
    day = {"business_day": payout.business_day}
    less = {"payouts": -payout.amount, "entry_count": -1}
    found.transact(
        [
            Put(last),
            Add(
                AccountDay,
                {"account_id": account_id, **day},
                less,
                {"last_entry_number": before.entry_number},
            ),
            Add(DayTotal, {"shard": DAY_TOTALS.default.of(account_id), **day}, less),
        ]
    )
    return found, payout


def sums_of_days(totals: Iterable[DayTotal]) -> list[tuple[str, Counter[str]]]:
    """The company's sums by day: what was posted together is in one shard, what is restored in several."""
    days: dict[str, Counter[str]] = defaultdict(Counter)
    for total in totals:
        columns = (*SUMS, "entry_count", "accounts_closed")
        days[total.business_day].update({name: getattr(total, name) for name in columns})
    return sorted(days.items())
