"""The ledger is correct after any events, in any order, however often."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from functions.accounting.rows import AccountDay, Balance, Entry, Price
from shared.clock import next_day
from shared.memory_store import MemoryStore
from tests.accounting.support import (
    Message,
    all_entries,
    assigned,
    close,
    completed,
    consume,
    created,
    events,
    findings,
    ledger,
)
from tests.support.fakes import NOON

ACCOUNTS = ("ann", "bob", "cleo")
DAYS = [f"2026-11-{day}" for day in range(22, 27)]
SIGNS = {
    "assignment_fee": -1,
    "completion_reward": 1,
    "payout": -1,
    "fee_correction": 1,
    "reward_correction": -1,
}


@dataclass(frozen=True)
class Delivery:
    """Some of the events, by position."""

    positions: list[int]


@dataclass(frozen=True)
class Closing:
    """Some accounts, through a day."""

    accounts: list[str]
    through: str


@dataclass
class History:
    """Tracking's events, and in which steps the ledger got them."""

    messages: list[Message]
    steps: list[Delivery | Closing]
    delivered: set[str] = field(default_factory=set)


@st.composite
def histories(draw: st.DrawFn) -> History:
    kinds = st.sampled_from([assigned, assigned, completed])
    count = draw(st.integers(1, 12))
    messages = [created("c0"), created("c1", "task-2")]
    for number in range(count):
        message = draw(kinds)(
            f"e{number}",
            draw(st.sampled_from(ACCOUNTS)),
            draw(st.sampled_from(["task-1", "task-2"])),
            NOON + timedelta(hours=draw(st.integers(0, 96))),
        )
        messages.append(message)
    positions = st.lists(st.integers(0, len(messages) - 1), min_size=1, max_size=8)
    closings = st.builds(
        Closing, st.lists(st.sampled_from(ACCOUNTS), min_size=1, unique=True), st.sampled_from(DAYS)
    )
    return History(messages, draw(st.lists(st.builds(Delivery, positions) | closings, max_size=10)))


def play(history: History) -> MemoryStore:
    """Run the steps, deliver everything once more and close all days."""
    store = ledger()
    for step in history.steps:
        if isinstance(step, Closing):
            assert close(store, step.through, *step.accounts) == {}
        else:
            assert consume(store, *[history.messages[position] for position in step.positions]) == {}
    assert consume(store, *history.messages) == {}
    assert close(store, "2026-11-30", *ACCOUNTS) == {}
    return store


def own_net(entry: Entry) -> int:
    return SIGNS[entry.kind] * entry.amount


@given(histories())
@settings(max_examples=150)
def test_the_ledger_is_correct_after_any_history(history: History) -> None:
    store = play(history)
    entries = all_entries(store)
    assert findings(store) == []
    check_double_entry(entries)
    check_each_event_once(history, store, entries)
    check_days(store, entries)


def check_double_entry(entries: Mapping[str, list[Entry]]) -> None:
    """Debits equal credits; each popug's account adds up to the balance."""
    books: Counter[str] = Counter()
    for own in entries.values():
        for entry in own:
            books[entry.debit_account] -= entry.amount
            books[entry.credit_account] += entry.amount
    assert sum(books.values()) == 0
    for account_id, own in entries.items():
        assert books[f"account:{account_id}"] == sum(map(own_net, own)) == own[-1].balance_after


def check_each_event_once(history: History, store: MemoryStore, entries: Mapping[str, list[Entry]]) -> None:
    """Each event is booked once, at the one price of its task."""
    prices = {price.task_id: price for price in store.rows(Price)}
    charges = [message for message in history.messages if not message.event_id.startswith("c")]
    booked = sorted(
        (entry.source_event_id, entry.account_id, own_net(entry))
        for own in entries.values()
        for entry in own
        if entry.source_event_id
    )
    expected = sorted(
        (
            message.event_id,
            message.payload.assignee_id,  # type: ignore[attr-defined]
            -prices[message.payload.task_id].fee
            if message.payload.event_name == "Task.Assigned"
            else prices[message.payload.task_id].reward,
        )
        for message in charges
    )
    assert booked == expected
    assert len(events(store, "Task.Priced")) == len(prices) == 2


def check_days(store: MemoryStore, entries: Mapping[str, list[Entry]]) -> None:
    """Each day: earned, paid out if positive, else carried over, published once, right counts."""
    said = {
        (event["account_id"], event["business_day"]): event for event in events(store, "Account.DayClosed")
    }
    assert len(said) == len(events(store, "Account.DayClosed"))
    for account_id, own in entries.items():
        by_day: dict[str, list[Entry]] = defaultdict(list)
        for entry in own:
            by_day[entry.business_day].append(entry)
        carried, day = 0, min(by_day)
        while day <= "2026-11-30":
            earned = sum(own_net(entry) for entry in by_day[day] if entry.kind != "payout")
            payouts = [entry for entry in by_day[day] if entry.kind == "payout"]
            end = carried + earned
            assert [entry.amount for entry in payouts] == ([end] if end > 0 else [])
            event = said.pop((account_id, day), None)
            assert (event is not None) == bool(by_day[day] or carried)
            if event is not None:
                assert (event["earned"], event["paid_out"], event["carried_over"]) == (
                    earned,
                    max(0, end),
                    min(0, end),
                )
                assert event["entry_count"] == len(by_day[day])
                assert event.get("last_entry_number") == max(
                    (entry.entry_number for entry in by_day[day]), default=None
                )
            carried, day = min(0, end), next_day(day)
    assert said == {}
    assert all(row.closed_through == "2026-11-30" for row in store.rows(Balance))
    assert all(row.entry_count for row in store.rows(AccountDay))
