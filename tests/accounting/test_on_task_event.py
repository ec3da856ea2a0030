"""Tasks are priced once; assignments are charged and completions credited, once per event."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from events.envelope import read_envelope
from events.tracking import TaskCreated, TaskCreatedV1
from functions.accounting.on_task_event.use_case import MAX_EVENTS, on_task_event
from functions.accounting.rows import Balance, DayTotal, Entry, Price
from shared.context import Figure
from shared.journal import events_in
from shared.memory_store import MemoryStore
from shared.records import ConsumedEvent, JournalRecord
from shared.store import Add, Conflict, Insert, Unavailable
from tests.accounting.support import (
    FEE,
    REWARD,
    TODAY,
    TOMORROW,
    YESTERDAY,
    ZONE,
    Message,
    acting,
    all_entries,
    assigned,
    balance,
    close,
    completed,
    consume,
    created,
    entries,
    events,
    findings,
    ledger,
    ledger_state,
    lines,
    priced,
)
from tests.support.fakes import NOON, FakeClock, context, envelope_of, journal
from tests.support.faults import with_each_fault


def priced_ledger() -> MemoryStore:
    store = ledger()
    priced(store)
    return store


def test_posted_entries_are_counted_with_their_lag_and_repeated_events_are_not() -> None:
    store, work = priced_ledger(), context(FakeClock(NOON + timedelta(seconds=3)))
    messages = [assigned("e1"), completed("e2", at=NOON + timedelta(milliseconds=1500))]
    for _ in range(2):
        assert on_task_event(messages, store, work, ZONE) == {}
    assert work.figures == [
        Figure("EntriesPosted", 2),
        Figure("EventToEntryLag", 3000, "Milliseconds"),
        Figure("EventToEntryLag", 1500, "Milliseconds"),
    ]


def test_an_assignment_is_charged_and_a_completion_credited() -> None:
    store = priced_ledger()
    assert consume(store, assigned("e1"), completed("e2", at=NOON + timedelta(hours=1))) == {}
    assert lines(store) == [
        ("assignment_fee", FEE, -FEE, TODAY),
        ("completion_reward", REWARD, REWARD - FEE, TODAY),
    ]
    assert balance(store).closed_through == YESTERDAY
    assert findings(store) == []


def test_an_entry_keeps_its_source() -> None:
    store = priced_ledger()
    consume(store, assigned("e1", at=NOON - timedelta(minutes=3)))
    (entry,) = entries(store)
    assert (entry.source_event_id, entry.task_id, entry.title, entry.jira_id) == (
        "e1",
        "task-1",
        "Fix it",
        "POPUG-1",
    )
    assert (entry.source_occurred_at, entry.posted_at) == (
        "2026-11-22T11:57:00.000Z",
        "2026-11-22T12:00:00.000Z",
    )


def test_the_event_carries_the_whole_row() -> None:
    store = priced_ledger()
    consume(store, assigned("e1"))
    (entry,) = entries(store)
    (event,) = events(store, "Ledger.EntryPosted")
    row = {name: getattr(entry, name) for name in Entry.__match_args__ if getattr(entry, name) is not None}
    assert {**event, "posted_at": entry.posted_at, "source_occurred_at": entry.source_occurred_at} == row


def test_the_event_names_its_cause() -> None:
    store = priced_ledger()
    consume(store, assigned("e1"))
    (event,) = journal(store, "Ledger.EntryPosted")
    assert (event["causation_id"], event["correlation_id"]) == ("e1", "test-correlation")


@pytest.mark.parametrize("first", [created, assigned, completed])
def test_whichever_event_comes_first_draws_the_prices(first: Any) -> None:
    store = ledger()
    assert consume(store, first("e1")) == {}
    (price,) = store.rows(Price)
    (event,) = events(store, "Task.Priced")
    assert (event["task_id"], event["assignment_fee"], event["completion_reward"], event["currency"]) == (
        "task-1",
        price.fee,
        price.reward,
        "USD",
    )


def test_prices_are_never_drawn_again() -> None:
    store = ledger()
    consume(store, completed("e3"), assigned("e2"), created("e1"))
    (price,) = store.rows(Price)
    consume(store, assigned("e4", "bob"), created("e1"), seed=99)
    assert store.rows(Price) == [price]
    assert len(journal(store, "Task.Priced")) == 1
    assert {entry.amount for own in all_entries(store).values() for entry in own} == {price.fee, price.reward}


def test_prices_do_not_depend_on_the_assignee() -> None:
    drawn = set()
    for account_id in ("ann", "bob", "cleo"):
        store = ledger()
        consume(store, assigned("e1", account_id), seed=5)
        drawn |= set(store.rows(Price))
    assert len(drawn) == 1


def test_prices_drawn_by_a_concurrent_consumer_are_kept() -> None:
    store = ledger()

    class Beaten(MemoryStore):
        others_draw = True

        def write(self, actions: Any, token: str) -> None:
            if self.others_draw:
                Beaten.others_draw = False
                priced(store)
            super().write(actions, token)

    beaten = acting(Beaten, store)
    assert consume(beaten, assigned("e1"), assigned("e2", task_id="task-2")) == {}
    assert entries(store)[0].amount == FEE
    assert {price.task_id for price in store.rows(Price)} == {"task-1", "task-2"}
    assert {event["task_id"] for event in events(store, "Task.Priced")} == {"task-2"}


def test_task_created_writes_a_price_and_no_entry() -> None:
    store = ledger()
    consume(store, created("e1"))
    assert store.rows(Entry) == []
    assert [row.mark for row in store.rows(ConsumedEvent)] == ["accounting.prices#task-1"]


def test_a_task_created_by_a_version_1_event_is_priced() -> None:
    store = ledger()
    _, event = read_envelope(envelope_of(TaskCreatedV1(task_id="task-1", title="Old")))
    assert isinstance(event, TaskCreated)
    consume(store, replace(created("e1"), payload=event))
    assert events(store, "Task.Priced")[0]["title"] == "Old"


def test_a_repeated_event_is_posted_once() -> None:
    store = priced_ledger()
    again = assigned("e1", message_id="other-message")
    consume(store, assigned("e1"), again)
    before = ledger_state(store)
    assert consume(store, again, assigned("e1")) == {}
    assert ledger_state(store) == before
    assert len(entries(store)) == 1


def test_each_reassignment_is_charged_even_to_the_same_account() -> None:
    store = priced_ledger()
    consume(store, assigned("e1"), assigned("e2"), assigned("e3", "bob"))
    assert [entry.amount for entry in entries(store)] == [FEE, FEE]
    assert [entry.amount for entry in entries(store, "bob")] == [FEE]


def test_balances_are_the_same_in_any_order() -> None:
    messages = [
        assigned("e1"),
        assigned("e2", "bob"),
        completed("e3", "bob"),
        assigned("e4", task_id="task-2"),
        created("e5"),
    ]
    results = set()
    for seed in range(12):
        store = priced_ledger()
        priced(store, "task-2", 2000, 4000)
        random.Random(seed).shuffle(messages)
        for message in messages:
            consume(store, message, seed=seed)
        results.add((balance(store).balance, balance(store, "bob").balance))
        assert findings(store) == []
    assert results == {(-FEE - 2000, REWARD - FEE)}


def test_a_large_batch_for_one_account_is_split() -> None:
    store = priced_ledger()
    messages = [
        assigned(f"e{number}", at=NOON + timedelta(days=number)) for number in range(MAX_EVENTS * 2 + 1)
    ]
    assert consume(store, *messages) == {}
    assert len(entries(store)) == len(messages)
    assert findings(store) == []


def test_events_of_one_account_cost_one_transaction() -> None:
    store = priced_ledger()
    writes: list[int] = []

    class Counting(MemoryStore):
        def write(self, actions: Any, token: str) -> None:
            writes.append(len(actions))
            super().write(actions, token)

    counting = acting(Counting, store)
    consume(counting, *[assigned(f"e{number}") for number in range(10)])
    assert writes == [1 + 2 * 10 + 1 + 1]
    assert len(store.rows(JournalRecord)) == 1


def test_events_of_several_accounts_cost_one_transaction() -> None:
    """They share a journal record, by day the company's sums, and the transaction that draws the prices."""
    store = ledger()
    writes: list[int] = []

    class Counting(MemoryStore):
        def write(self, actions: Any, token: str) -> None:
            writes.append(len(actions))
            super().write(actions, token)

    names = ("ann", "bob", "cleo")
    tasks = [assigned(f"e-{name}", name, task_id=f"task-{name}") for name in names]
    assert consume(acting(Counting, store), *tasks) == {}
    assert writes == [4 * 3 + 1 + 1]
    assert [len(events_in(row)) for row in store.rows(JournalRecord)] == [6]
    assert [row.entry_count for row in store.rows(DayTotal)] == [3]
    assert findings(store) == []


def test_an_account_written_by_others_does_not_hold_up_those_posted_with_it() -> None:
    """Their transaction is refused; then each has its own, from balances that were read again."""
    store = priced_ledger()
    consume(store, assigned("e1"), assigned("e2", "bob"))
    refused: list[bool] = []

    class Overtaken(MemoryStore):
        """Another consumer posts to bob first, also one of these events."""

        def write(self, actions: Any, token: str) -> None:
            if not refused:
                refused.append(True)
                assert consume(store, assigned("e4", "bob"), assigned("e5", "bob"), seed=9) == {}
            super().write(actions, token)

    batch = [assigned("e3"), assigned("e4", "bob"), assigned("e6", "bob")]
    assert consume(acting(Overtaken, store), *batch) == {}
    sources = {name: [entry.source_event_id for entry in own] for name, own in all_entries(store).items()}
    assert sources == {"ann": ["e1", "e3"], "bob": ["e2", "e4", "e5", "e6"]}
    assert findings(store) == []


def test_many_accounts_are_split_over_transactions() -> None:
    store = priced_ledger()
    batch = [assigned(f"e{number}", f"account-{number % 20}") for number in range(60)]
    assert consume(store, *batch) == {}
    assert {len(own) for own in all_entries(store).values()} == {3}
    assert findings(store) == []


class Failing(MemoryStore):
    """Fails every write to one account."""

    account_id = "bob"

    def write(self, actions: Any, token: str) -> None:
        if any(
            getattr(getattr(action, "row", None), "account_id", "") == self.account_id for action in actions
        ):
            raise Conflict("injected")
        super().write(actions, token)


def test_one_account_that_fails_does_not_fail_the_others() -> None:
    store = priced_ledger()
    twin = assigned("e2", "bob", message_id="twin")
    failed = consume(
        acting(Failing, store), assigned("e1"), assigned("e2", "bob"), twin, assigned("e3", "cleo")
    )
    assert set(failed) == {"message-e2", "twin"}
    assert all(isinstance(error, Unavailable) for error in failed.values())
    assert set(all_entries(store)) == {"ann", "cleo"}
    assert consume(store, assigned("e2", "bob")) == {}
    assert findings(store) == []


def test_a_broken_balance_does_not_affect_other_accounts() -> None:
    store = priced_ledger()
    consume(store, assigned("e1"), assigned("e2", "bob"))
    store.transact([Add(Balance, {"account_id": "bob"}, {"last_entry_number": 5})])
    assert consume(store, assigned("e3"), assigned("e4", "bob")) == {}
    assert balance(store).last_entry_number == 2
    assert any("follows" in finding.what for finding in findings(store))


def test_a_posting_that_does_not_add_up_fails_its_message() -> None:
    store = priced_ledger()
    store.transact([Insert(Price("task-bad", 0, 0, "now"))])
    failed = consume(store, assigned("e1"), assigned("e2", "bob", task_id="task-bad"))
    assert list(failed) == ["message-e2"]
    assert store.get(Balance, account_id="bob") is None


@pytest.mark.parametrize(
    ("occurred_at", "zone", "day"),
    [
        (datetime(2026, 11, 22, 23, 59, 59, 999_000, UTC), "UTC", "2026-11-22"),
        (datetime(2026, 11, 23, 0, 0, 0, 0, UTC), "UTC", "2026-11-23"),
        (datetime(2026, 10, 25, 22, 59, 59, 0, UTC), "Europe/Berlin", "2026-10-25"),  # a day of 25 hours
        (datetime(2026, 10, 25, 23, 0, 0, 0, UTC), "Europe/Berlin", "2026-10-26"),
        (datetime(2026, 3, 28, 23, 0, 0, 0, UTC), "Europe/Berlin", "2026-03-29"),  # a day of 23 hours
        (datetime(2026, 3, 29, 22, 0, 0, 0, UTC), "Europe/Berlin", "2026-03-30"),
        (datetime(2026, 11, 22, 12, 0, 0, 0, UTC), "Pacific/Kiritimati", "2026-11-23"),
    ],
)
def test_the_business_day_is_that_of_the_event_in_the_companys_zone(
    occurred_at: datetime, zone: str, day: str
) -> None:
    store = priced_ledger()
    consume(store, assigned("e1", at=occurred_at), zone=zone)
    assert entries(store)[0].business_day == day
    assert balance(store).closed_through < day


def test_the_first_posting_of_an_account_opens_its_earliest_day() -> None:
    store = priced_ledger()
    consume(store, assigned("e1", at=NOON), assigned("e2", at=NOON - timedelta(days=2)))
    assert [entry.business_day for entry in entries(store)] == ["2026-11-20", TODAY]
    assert balance(store).closed_through == "2026-11-19"


def test_an_event_of_a_closed_day_counts_on_the_first_open_day() -> None:
    store = priced_ledger()
    consume(store, assigned("e1"))
    close(store, TODAY)
    consume(store, completed("e2", at=NOON), assigned("e3", at=NOON + timedelta(days=3)))
    assert [entry.business_day for entry in entries(store)] == [TODAY, TOMORROW, "2026-11-25"]
    assert findings(store) == []


BATCH: list[Message] = [
    created("e0"),
    assigned("e1"),
    completed("e2"),
    assigned("e3", "bob"),
    assigned("e1"),
    created("e4", "task-2"),
]
"""Two transactions: the postings, and the price of a task of which nothing is posted."""


def test_every_write_fault_leaves_the_same_result() -> None:
    expected = ledger()
    consume(expected, *BATCH)
    seen = 0
    for label, store in with_each_fault(ledger, lambda store: consume(store, *BATCH)):
        seen += 1
        assert ledger_state(store) == ledger_state(expected), label
        assert len(journal(store)) == 5, label
        assert findings(store) == [], label
    assert seen == 6


def test_a_batch_interrupted_after_any_write_is_finished_by_redelivery() -> None:
    class Killed(Exception):
        pass

    for survived in range(2):
        store = ledger()

        class Dying(MemoryStore):
            left = survived

            def write(self, actions: Any, token: str) -> None:
                if self.left == 0:
                    raise Killed
                self.left -= 1
                super().write(actions, token)

        dying = acting(Dying, store)
        with pytest.raises(Killed):
            on_task_event(BATCH, dying, context(), ZONE)
        assert consume(store, *BATCH) == {}
        assert {account: len(own) for account, own in all_entries(store).items()} == {"ann": 2, "bob": 1}
        assert len(journal(store, "Task.Priced")) == 2
        assert findings(store) == []
