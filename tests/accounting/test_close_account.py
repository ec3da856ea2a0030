"""The daily close: what is paid out, carried over and published, exactly once."""

from datetime import timedelta
from typing import Any

import pytest

from functions.accounting import account_days
from functions.accounting.close_account import use_case
from functions.accounting.close_account.use_case import close_account
from functions.accounting.closing import CloseJob
from functions.accounting.ledger import LedgerBroken
from functions.accounting.rows import AccountDay, Balance, DayTotal, Entry
from shared.clock import next_day
from shared.memory_store import MemoryStore
from shared.records import JournalRecord
from shared.store import Add, ConditionFailed, Conflict, Remove, Unavailable
from tests.accounting.support import (
    AS_RELEASED,
    FEE,
    REWARD,
    TODAY,
    TOMORROW,
    YESTERDAY,
    acting,
    assigned,
    balance,
    close,
    completed,
    consume,
    entries,
    events,
    findings,
    joined,
    ledger,
    ledger_state,
    lines,
    priced,
)
from tests.support.fakes import NOON, FakeClock, FakeQueue, context, journal, received
from tests.support.faults import with_each_fault

EARNED = REWARD - FEE
DAY_AFTER = "2026-11-24"


def earning_ledger() -> MemoryStore:
    """Ann earned today."""
    store = ledger()
    priced(store)
    consume(store, assigned("e1"), completed("e2"))
    return store


def indebted_ledger() -> MemoryStore:
    """Ann was charged today."""
    store = ledger()
    priced(store)
    consume(store, assigned("e1"))
    return store


def test_a_positive_balance_is_paid_out_with_the_days_date() -> None:
    store = earning_ledger()
    assert close(store, TODAY) == {}
    assert lines(store)[-1] == ("payout", EARNED, 0, TODAY)
    assert balance(store).closed_through == TODAY
    assert findings(store) == []


def test_a_payout_has_no_source_event() -> None:
    store = earning_ledger()
    close(store, TODAY, clock=FakeClock(NOON + timedelta(days=1)))
    payout = entries(store)[-1]
    assert payout.source_event_id is None
    assert payout.source_occurred_at == payout.posted_at == "2026-11-23T12:00:00.000Z"


def test_day_closed_is_published_with_its_payout() -> None:
    store = earning_ledger()
    close(store, TODAY)
    (said,) = events(store, "Account.DayClosed")
    assert said == {
        "account_id": "ann",
        "business_day": TODAY,
        "earned": EARNED,
        "paid_out": EARNED,
        "payout_entry_id": entries(store)[-1].entry_id,
        "carried_over": 0,
        "currency": "USD",
        "entry_count": 3,
        "last_entry_number": 3,
    }
    assert [event["kind"] for event in events(store, "Ledger.EntryPosted")][-1] == "payout"


def test_a_debt_is_carried_over_and_published_each_day_until_earned() -> None:
    store = indebted_ledger()
    close(store, DAY_AFTER)
    assert [entry.kind for entry in entries(store)] == ["assignment_fee"]
    said = events(store, "Account.DayClosed")
    assert [(event["business_day"], event["earned"], event["carried_over"]) for event in said] == [
        (TODAY, -FEE, -FEE),
        (TOMORROW, 0, -FEE),
        (DAY_AFTER, 0, -FEE),
    ]
    assert [event["entry_count"] for event in said] == [1, 0, 0]
    assert [event.get("last_entry_number") for event in said] == [1, None, None]
    consume(store, completed("e2", at=NOON + timedelta(days=3)))
    close(store, "2026-11-25")
    assert lines(store)[-1] == ("payout", EARNED, 0, "2026-11-25")
    assert events(store, "Account.DayClosed")[-1]["earned"] == REWARD


def test_a_balance_of_exactly_zero_pays_nothing() -> None:
    store = ledger()
    priced(store, fee=2000, reward=2000)
    consume(store, assigned("e1"), completed("e2"))
    close(store, TODAY)
    assert len(entries(store)) == 2
    (said,) = events(store, "Account.DayClosed")
    assert (said["paid_out"], said["carried_over"], said["earned"]) == (0, 0, 0)


def test_entries_of_the_next_day_are_not_touched() -> None:
    store = earning_ledger()
    consume(store, assigned("e3", at=NOON + timedelta(days=1)))
    close(store, TODAY)
    assert lines(store)[-1] == ("payout", EARNED, -FEE, TODAY)
    close(store, TOMORROW)
    assert events(store, "Account.DayClosed")[-1]["carried_over"] == -FEE
    assert findings(store) == []


def test_a_reward_of_the_next_day_is_not_paid_out_today() -> None:
    store = indebted_ledger()
    consume(store, completed("e2", at=NOON + timedelta(days=1)))
    close(store, TODAY)
    assert [entry.kind for entry in entries(store)] == ["assignment_fee", "completion_reward"]
    close(store, TOMORROW)
    assert lines(store)[-1] == ("payout", EARNED, 0, TOMORROW)


def test_missed_days_are_closed_in_order_each_with_its_own_payout() -> None:
    store = ledger()
    priced(store)
    for number in range(3):
        consume(store, completed(f"e{number}", at=NOON + timedelta(days=number)))
    close(store, "2026-11-26")
    payouts = [line for line in lines(store) if line[0] == "payout"]
    assert [(amount, day) for _, amount, _, day in payouts] == [
        (REWARD, TODAY),
        (REWARD, TOMORROW),
        (REWARD, DAY_AFTER),
    ]
    assert balance(store).closed_through == "2026-11-26"
    assert findings(store) == []


def test_empty_days_are_closed_in_one_write_without_an_event() -> None:
    store = ledger()
    joined(store, "ann")
    writes: list[int] = []

    class Counting(MemoryStore):
        def write(self, actions: Any, token: str) -> None:
            writes.append(len(actions))
            super().write(actions, token)

    close(acting(Counting, store), "2029-01-01")
    assert writes == [1]
    assert balance(store).closed_through == "2029-01-01"
    assert store.rows(JournalRecord) == []


def test_a_repeated_close_changes_nothing() -> None:
    store = earning_ledger()
    close(store, TODAY)
    before = ledger_state(store)
    for through in (TODAY, YESTERDAY, "2026-11-01"):
        close(store, through)
    assert ledger_state(store) == before


def test_closing_an_unknown_account_does_not_fail() -> None:
    assert close(ledger(), TODAY, "nobody") == {}


def test_the_day_total_counts_the_payout_and_the_account() -> None:
    store = earning_ledger()
    joined(store, "idle")
    close(store, TODAY, "ann", "idle")
    (total,) = store.rows(DayTotal)
    assert (total.payouts, total.entry_count, total.accounts_closed) == (EARNED, 3, 1)
    (day,) = store.rows(AccountDay)
    assert (day.payouts, day.entry_count, day.last_entry_number) == (EARNED, 3, 3)


def test_days_beyond_one_messages_limit_are_left_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(use_case._Closer, "steps_left", 4)
    monkeypatch.setattr(use_case._Closer.__init__, "__defaults__", (4,))
    store = indebted_ledger()
    queue = FakeQueue()
    message = received(CloseJob(["ann", "nobody"], "2026-12-31"), event_id="job")
    assert close_account([message], store, context(), queue) == {}
    assert queue.jobs == [{"account_ids": ["ann"], "through": "2026-12-31"}]
    assert balance(store).closed_through == "2026-11-25"
    close(store, "2026-12-31")
    assert balance(store).closed_through == "2026-12-31"
    assert len(events(store, "Account.DayClosed")) == 40


def test_years_of_open_days_are_read_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are rows, because the account was last posted to by the release of 2026-11-26."""
    monkeypatch.setattr(account_days, "PAGE", 3)
    store = ledger()
    priced(store)
    for number in range(8):
        consume(store, completed(f"e{number}", at=NOON + timedelta(days=2 * number)), form=AS_RELEASED)
    close(store, "2026-12-31")
    assert [line[1] for line in lines(store) if line[0] == "payout"] == [REWARD] * 8
    assert findings(store) == []


class Failing(MemoryStore):
    account_id = "bob"

    def write(self, actions: Any, token: str) -> None:
        if any(
            getattr(getattr(action, "row", None), "account_id", "") == self.account_id for action in actions
        ):
            raise Conflict("injected")
        super().write(actions, token)


def test_a_failing_account_is_retried_and_does_not_delay_the_others() -> None:
    store = earning_ledger()
    consume(store, completed("e3", "bob"), completed("e4", "cleo"))
    failed = close(acting(Failing, store), TODAY, "bob", "ann", "cleo")
    assert isinstance(failed["job"], Unavailable)
    assert balance(store, "ann").closed_through == balance(store, "cleo").closed_through == TODAY
    assert balance(store, "bob").closed_through == YESTERDAY
    assert close(store, TODAY, "bob", "ann", "cleo") == {}
    assert len([entry for entry in store.rows(Entry) if entry.kind == "payout"]) == 3


def test_an_account_whose_balance_is_lost_meanwhile_is_not_closed() -> None:
    store = earning_ledger()

    class Losing(MemoryStore):
        def write(self, actions: Any, token: str) -> None:
            store.transact([Remove(Balance, {"account_id": "ann"})])
            super().write(actions, token)

    assert isinstance(close(acting(Losing, store), TODAY)["job"], ConditionFailed)
    assert store.rows(Balance) == []


def test_an_inconsistent_ledger_is_not_paid_out() -> None:
    store = earning_ledger()
    store.transact([Add(Balance, {"account_id": "ann"}, {"balance": 100})])
    assert isinstance(close(store, TODAY)["job"], LedgerBroken)
    assert [entry.kind for entry in entries(store)] == ["assignment_fee", "completion_reward"]


def busy_ledger() -> MemoryStore:
    """Three missed days with a debt and a payout, and an entry of a later day."""
    store = ledger()
    priced(store)
    messages = [
        assigned("e1"),
        completed("e2", at=NOON + timedelta(days=1)),
        assigned("e3", at=NOON + timedelta(days=2)),
        completed("e4", at=NOON + timedelta(days=4)),
        completed("e5", "bob"),
    ]
    consume(store, *messages)
    return store


def test_every_write_fault_leaves_the_same_result() -> None:
    expected = busy_ledger()
    close(expected, "2026-11-25", "ann", "bob")
    seen = 0
    for label, store in with_each_fault(busy_ledger, lambda store: close(store, "2026-11-25", "ann", "bob")):
        seen += 1
        assert ledger_state(store) == ledger_state(expected), label
        assert len(journal(store)) == len(journal(expected)), label
        assert findings(store) == [], label
    assert seen == 3 * 6


def test_a_close_killed_after_any_write_is_finished_by_the_next_one() -> None:
    class Killed(Exception):
        pass

    class Dying(MemoryStore):
        left = 0

        def write(self, actions: Any, token: str) -> None:
            if self.left == 0:
                raise Killed
            self.left -= 1
            super().write(actions, token)

    expected = busy_ledger()
    close(expected, "2026-11-25", "ann", "bob")
    for survived in range(6):
        store = busy_ledger()
        dying = acting(Dying, store)
        dying.left = survived
        with pytest.raises(Killed):
            close(dying, "2026-11-25", "ann", "bob")
        close(store, "2026-11-25", "ann", "bob")
        assert ledger_state(store) == ledger_state(expected), survived
        assert len(journal(store)) == len(journal(expected)), survived


def test_every_day_is_closed_exactly_once_in_order() -> None:
    store = busy_ledger()
    for day in (TODAY, TODAY, DAY_AFTER, "2026-11-30"):
        close(store, day, "ann", "bob")
    days = [
        event["business_day"] for event in events(store, "Account.DayClosed") if event["account_id"] == "ann"
    ]
    assert days == sorted(set(days))
    assert days[0] == TODAY
    assert next_day(days[0]) == days[1]
