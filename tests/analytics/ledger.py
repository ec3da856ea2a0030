"""Ledger events as accounting publishes them, and the figures expected from them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from events.accounting import AccountDayClosed, EntryKind, LedgerEntryPosted
from functions.analytics.domain import shard_key
from functions.analytics.projection import LedgerEvent
from functions.analytics.rows import FIGURES, TABLES, DayTotal
from shared.clock import business_day, rfc3339
from shared.memory_store import MemoryStore
from shared.messages import Received
from shared.store import Store
from tests.support.fakes import NOON, memory_store, received

DAY = "2026-11-22"
DEBITS = {"assignment_fee", "payout", "reward_correction"}
Message = Received[LedgerEvent]


def empty_store() -> MemoryStore:
    return memory_store(TABLES)


def entry(
    account_id: str = "ann",
    number: int = 1,
    kind: str = "assignment_fee",
    amount: int = 1500,
    balance_after: int | None = None,
    *,
    day: str = DAY,
    at: datetime = NOON,
    task_id: str | None = "task-1",
) -> LedgerEntryPosted:
    """An entry; by default of an account with no balance before."""
    credit = amount if kind not in DEBITS else -amount
    return LedgerEntryPosted(
        entry_id=f"{account_id}-{number}",
        entry_number=number,
        account_id=account_id,
        kind=cast(EntryKind, kind),
        debit_account=account_id if kind in DEBITS else "company",
        credit_account="company" if kind in DEBITS else account_id,
        amount=amount,
        currency="USD",
        balance_after=credit if balance_after is None else balance_after,
        business_day=day,
        posted_at=at,
        source_event_id=f"source-{account_id}-{number}",
        source_occurred_at=at,
        task_id=task_id,
        title=task_id and f"Title of {task_id}",
        jira_id=task_id and f"POPUG-{task_id[-1]}",
        prev_hash="0" * 64,
        hash="1" * 64,
    )


def reward(
    task_id: str, amount: int, at: datetime = NOON, account_id: str = "ann", number: int = 1
) -> Message:
    return message(entry(account_id, number, "completion_reward", amount, at=at, task_id=task_id))


def day_closed(account_id: str = "ann", carried_over: int = 0, *, day: str = DAY) -> AccountDayClosed:
    return AccountDayClosed(
        account_id=account_id,
        business_day=day,
        earned=carried_over,
        paid_out=0,
        carried_over=carried_over,
        currency="USD",
        entry_count=0,
    )


def message(event: LedgerEvent) -> Message:
    """The same event always has the same event_id."""
    if isinstance(event, LedgerEntryPosted):
        return received(event, event_id=f"posted-{event.entry_id}")
    return received(event, event_id=f"closed-{event.account_id}-{event.business_day}")


def messages(*events: LedgerEvent) -> list[Message]:
    return [message(event) for event in events]


@dataclass
class Expected:
    """The figures of all days by a plain fold over the entries."""

    earnings: dict[str, int] = field(default_factory=dict)
    payouts: dict[str, int] = field(default_factory=dict)
    carried_over_minus: dict[str, int] = field(default_factory=dict)
    in_minus_now: int = 0
    top: dict[str, tuple[int, str]] = field(default_factory=dict)
    as_of: str | None = None


_SIGN = {
    "assignment_fee": 1,
    "fee_correction": -1,
    "completion_reward": -1,
    "reward_correction": 1,
    "payout": 0,
}


def fold(facts: Iterable[LedgerEvent], zone: str = "UTC") -> Expected:
    """Apply the rules to distinct events."""
    expected = Expected()
    latest: dict[str, LedgerEntryPosted] = {}
    completed: dict[str, list[tuple[int, datetime, str]]] = {}
    for fact in facts:
        day = fact.business_day
        if isinstance(fact, AccountDayClosed):
            expected.carried_over_minus[day] = expected.carried_over_minus.get(day, 0) + (
                fact.carried_over < 0
            )
            continue
        expected.as_of = max(expected.as_of or "", rfc3339(fact.posted_at))
        expected.earnings[day] = expected.earnings.get(day, 0) + _SIGN[fact.kind] * fact.amount
        if fact.kind == "payout":
            expected.payouts[day] = expected.payouts.get(day, 0) + fact.amount
        if fact.account_id not in latest or latest[fact.account_id].entry_number < fact.entry_number:
            latest[fact.account_id] = fact
        if fact.kind == "completion_reward":
            place = completed.setdefault(business_day(fact.source_occurred_at, zone), [])
            place.append((-fact.amount, fact.source_occurred_at, str(fact.task_id)))
    expected.in_minus_now = sum(last.balance_after < 0 for last in latest.values())
    expected.top = {day: (-min(tasks)[0], min(tasks)[2]) for day, tasks in completed.items()}
    return expected


def day_totals(store: Store, day: str = DAY, generation: int = 1) -> list[DayTotal]:
    keys = [
        {"generation_shard": shard_key(generation, shard), "business_day": day}
        for shard in FIGURES.default.all
    ]
    return store.get_many(DayTotal, keys)
