"""The sums of open days are in the balance, those of closed days are rows; older accounts change over."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.accounting import account_days
from functions.accounting.audit import Finding
from functions.accounting.correct_entry.use_case import Correction, correct_entry
from functions.accounting.ledger import LedgerBroken, open_days, with_open_days
from functions.accounting.rows import AccountDay, Balance, Entry
from functions.accounting.views import balance_of, days_of, entries_of
from shared.days import DayRange
from shared.journal import USUAL_FORM, JournalForm
from shared.memory_store import MemoryStore
from shared.store import Put
from tests.accounting import support
from tests.accounting.support import (
    AS_RELEASED,
    FEE,
    REWARD,
    TODAY,
    TOMORROW,
    YESTERDAY,
    ZONE,
    acting,
    assigned,
    balance,
    close,
    completed,
    consume,
    findings,
    ledger,
    ledger_state,
    lines,
    priced,
)
from tests.support.fakes import NOON, FakeClock, context

DAY = timedelta(days=1)
WEEK = DayRange(YESTERDAY, "2026-11-27")
NEWEST = USUAL_FORM
CHARGED = f'{{"{TODAY}":[{FEE},0,0,0,0,1,1]}}'


def sums(store: MemoryStore) -> list[AccountDay]:
    return support.sums_of_accounts(store.rows(AccountDay), store.rows(Balance))


def worked(form: JournalForm = NEWEST) -> MemoryStore:
    """Today's fee and reward, and a fee of tomorrow."""
    store = ledger()
    priced(store)
    consume(store, assigned("e1"), completed("e2"), assigned("e3", at=NOON + DAY), form=form)
    return store


UNREADABLE = ["", "7", "[]", '{"2026-11-22":7}', '{"2026-11-22":[1,2]}', '{"2026-11-22":[1,0,0,0,0,1,1.5]}']


@pytest.mark.parametrize("text", UNREADABLE)
def test_sums_that_cannot_be_read_stop_the_account_and_are_a_finding(text: str) -> None:
    store = worked()
    store.transact([Put(replace(balance(store), open_days=text))])
    (failure,) = close(store, TODAY).values()
    (refused,) = consume(store, completed("e4")).values()
    assert isinstance(failure, LedgerBroken)
    assert isinstance(refused, LedgerBroken)
    assert Finding("account ann", "the sums of its open days cannot be read") in findings(store)


def test_an_account_that_cannot_be_read_does_not_stop_the_others() -> None:
    store = worked()
    consume(store, completed("e4", "bob"))
    store.transact([Put(replace(balance(store), open_days="?"))])
    close(store, TODAY, "ann", "bob")
    assert balance(store, "bob").closed_through == TODAY


def test_a_posting_writes_no_row_and_a_close_writes_the_whole_day() -> None:
    store = worked()
    assert store.rows(AccountDay) == []
    close(store, TODAY)
    paid = REWARD - FEE
    (row,) = store.rows(AccountDay)
    assert row == AccountDay("ann", TODAY, FEE, REWARD, 0, 0, paid, 3, 4)
    assert balance(store).open_days == f'{{"{TOMORROW}":[{FEE},0,0,0,0,1,3]}}'
    assert findings(store) == []


def test_as_released_a_posting_and_a_close_write_rows_and_no_open_days() -> None:
    store = worked(AS_RELEASED)
    close(store, TODAY, form=AS_RELEASED)
    assert {row.business_day for row in store.rows(AccountDay)} == {TODAY, TOMORROW}
    assert balance(store).open_days is None
    assert findings(store) == []


# Old accounts and new ones


def live(store: MemoryStore, number: int, form: JournalForm) -> None:
    """What happens to an account on one day: postings, a late one, a correction, a close."""
    at = NOON + number * DAY
    clock = FakeClock(at)
    consume(store, assigned(f"a{number}", at=at), completed(f"b{number}", at=at), clock=clock, form=form)
    consume(store, assigned(f"c{number}", "bob", at=at), clock=clock, form=form)
    wrong = support.entries(store, "bob")[0 - 1]
    if wrong.kind == "assignment_fee" and number % 2:
        work = replace(context(clock, seed=50 + number), form=form)
        correct_entry(Correction("bob", wrong.entry_id, "boss", "wrong"), store, work, ZONE)
    consume(store, completed(f"d{number}", "bob", at=at + DAY), clock=clock, form=form)
    if number != 2:  # a close that was missed
        day = DayRange(YESTERDAY, "2026-12-31").days()[-2 - number]
        close(store, day, "ann", "bob", clock=FakeClock(at + DAY), seed=number, form=form)


@pytest.mark.parametrize(
    "forms",
    [
        [AS_RELEASED, NEWEST, NEWEST, NEWEST],
        [AS_RELEASED, NEWEST, AS_RELEASED, NEWEST],
        [AS_RELEASED, AS_RELEASED, AS_RELEASED, NEWEST],
        [NEWEST, AS_RELEASED, AS_RELEASED, NEWEST],
        [NEWEST, NEWEST, AS_RELEASED, AS_RELEASED],
    ],
    ids=["forward", "back and forward", "late", "back for days", "ends before"],
)
def test_steps_forward_and_back_give_the_same_ledger(forms: list[JournalForm]) -> None:
    store, expected = ledger(), ledger()
    for each in (store, expected):
        priced(each)
    for number, form in enumerate(forms):
        live(expected, number, NEWEST)
        live(store, number, form)
        assert findings(store) == [], number
    assert ledger_state(store) == ledger_state(expected)
    assert len(lines(store)) >= 3 * len(forms) - 1


def test_an_account_that_has_begun_goes_on_so_as_released() -> None:
    store = worked()
    consume(store, completed("e4", at=NOON + DAY), form=AS_RELEASED)
    close(store, TODAY, form=AS_RELEASED)
    assert [row.business_day for row in store.rows(AccountDay)] == [TODAY]
    assert balance(store).open_days == f'{{"{TOMORROW}":[{FEE},{REWARD},0,0,0,2,4]}}'
    assert findings(store) == []


@pytest.mark.parametrize("begin", ["posting", "close", "correction"])
def test_the_rows_of_open_days_are_taken_over_page_by_page(
    begin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_days, "PAGE", 3)
    store = ledger()
    priced(store)
    charged = [assigned(f"e{number}", at=NOON + number * DAY) for number in range(10)]
    consume(store, *charged, form=AS_RELEASED)
    before = sums(store)
    if begin == "posting":
        consume(store, completed("f", at=NOON + 10 * DAY))
    elif begin == "close":
        close(store, YESTERDAY)
        close(store, TODAY)
    else:
        wrong = support.entries(store)[0]
        later = context(FakeClock(NOON + 10 * DAY), seed=3)
        correct_entry(Correction("ann", wrong.entry_id, "boss", "wrong"), store, later, ZONE)
    assert len(open_days(balance(store)) or ()) == (9 if begin == "close" else 11)
    assert sums(store)[:10] == before
    assert findings(store) == []
    close(store, "2026-12-31")
    assert sorted(store.rows(AccountDay), key=lambda row: row.business_day) == sums(store)
    assert findings(store) == []


@pytest.mark.parametrize("form", [AS_RELEASED, NEWEST])
def test_a_posting_while_rows_are_taken_over_is_not_lost(form: JournalForm) -> None:
    """Another posts between the reads of balance and rows, or before the write."""
    for moment in ("query", "write"):
        store = ledger()
        priced(store)
        consume(store, assigned("e1"), form=AS_RELEASED)

        class Overtaken(MemoryStore):
            is_first = True

            def overtake(self, store: MemoryStore = store) -> None:
                if self.is_first:
                    self.is_first = False
                    assert consume(store, assigned("e2"), seed=7, form=form) == {}

            def query(self, *arguments: Any, moment: str = moment, **options: Any) -> Any:
                if moment == "query":
                    self.overtake()
                return super().query(*arguments, **options)

            def write(self, *arguments: Any, moment: str = moment) -> None:
                if moment == "write":
                    self.overtake()
                super().write(*arguments)

        own = acting(Overtaken, store)
        assert consume(own, completed("e3")) == {}
        assert not own.is_first
        assert sums(store) == [AccountDay("ann", TODAY, 2 * FEE, REWARD, 0, 0, 0, 3, 3)]
        assert findings(store) == []


# Readers


def seen(store: MemoryStore) -> dict[str, Any]:
    return {
        "sums": days_of("ann", WEEK, store),
        "today": balance_of("ann", TODAY, store).earned_today,
        "tomorrow": balance_of("ann", TOMORROW, store).earned_today,
        "of today": [entry.entry_number for entry in entries_of("ann", TODAY, 9, None, store).entries],
    }


@pytest.mark.parametrize("form", [AS_RELEASED, NEWEST])
def test_readers_see_the_same_whatever_the_form(form: JournalForm) -> None:
    store, mixed = worked(), worked(AS_RELEASED)
    steps: list[Callable[[MemoryStore], Any]] = [
        lambda each: consume(each, completed("e4", at=NOON + DAY), form=form),
        lambda each: close(each, TODAY, form=form),
        lambda each: consume(each, assigned("e5", at=NOON + 2 * DAY)),
        lambda each: close(each, TOMORROW),
    ]
    for step in steps:
        assert seen(mixed) == seen(store)
        assert step(mixed) == step(store) == {}
    assert seen(mixed) == seen(store)


def paid(store: MemoryStore) -> None:
    close(store, TODAY)


def all_closed(store: MemoryStore) -> None:
    """Two days are closed, and a later one gets an entry."""
    close(store, TOMORROW)
    consume(store, assigned("e5", at=NOON + 2 * DAY))


def reading(read: Callable[[Any], Any], meanwhile: Callable[[Any], None], at: int) -> tuple[Any, Any, Any]:
    """What a reader sees before, after, and if it all happens before its read number `at`."""
    store = worked()
    before = read(store)

    class Interrupted(MemoryStore):
        reads = 0

        def happens(self) -> None:
            self.reads += 1
            if self.reads == at:
                meanwhile(store)

        def get(self, *arguments: Any, **key: Any) -> Any:
            self.happens()
            return super().get(*arguments, **key)

        def query(self, *arguments: Any, **options: Any) -> Any:
            self.happens()
            return super().query(*arguments, **options)

    found = read(acting(Interrupted, store))
    return before, read(store), found


@pytest.mark.parametrize("meanwhile", [paid, all_closed])
@pytest.mark.parametrize("at", [1, 2, 3])
@pytest.mark.parametrize(
    "read",
    [
        lambda store: days_of("ann", WEEK, store),
        lambda store: balance_of("ann", TODAY, store).earned_today,
        lambda store: balance_of("ann", TOMORROW, store),
    ],
    ids=["days", "today", "tomorrow"],
)
def test_a_day_that_is_closed_while_it_is_read_counts_once(
    read: Callable[[Any], Any], meanwhile: Callable[[Any], None], at: int
) -> None:
    before, after, found = reading(read, meanwhile, at)
    assert found in (before, after)


def test_only_the_balance_is_read_for_an_open_day() -> None:
    store = worked()

    class NoRows(MemoryStore):
        def get(self, kind: type[Any], **key: Any) -> Any:
            assert kind is Balance
            return super().get(kind, **key)

    assert balance_of("ann", TODAY, acting(NoRows, store)).earned_today == REWARD - FEE


# The audit


def test_open_days_altered_alone_are_found() -> None:
    store = worked()
    today, tomorrow = sums(store)
    altered = [replace(today, fees=FEE + 1), tomorrow]
    store.transact([Put(with_open_days(balance(store), altered))])
    assert {finding.where for finding in findings(store)} == {f"account ann on {TODAY}"}
    store.transact([Put(with_open_days(balance(store), [today]))])
    assert {finding.where for finding in findings(store)} == {f"account ann on {TOMORROW}"}


def test_a_day_left_in_the_balance_by_a_close_is_found() -> None:
    store = worked()
    before = open_days(balance(store)) or []
    close(store, TODAY)
    store.transact([Put(with_open_days(balance(store), before))])
    assert findings(store) != []


@pytest.mark.parametrize("day", [TODAY, TOMORROW, "2026-11-25"])
def test_a_row_that_nothing_reads_is_checked_too(day: str) -> None:
    """Of an open day, from before its sums were in the balance."""
    store = ledger()
    priced(store)
    consume(store, assigned("e1"), assigned("e2", at=NOON + DAY), form=AS_RELEASED)
    consume(store, completed("e3"), completed("e4", at=NOON + DAY))
    assert findings(store) == []
    row = store.get(AccountDay, account_id="ann", business_day=day) or AccountDay("ann", day)
    for altered in (
        replace(row, fees=row.fees + 1),
        replace(row, last_entry_number=4),
        replace(row, entry_count=7),
    ):
        store.transact([Put(altered)])
        wheres = {finding.where for finding in findings(store)}
        assert wheres == {f"account ann, in a row that nothing reads, on {day}"}, altered


def test_every_entry_of_the_old_form_counts_in_the_new() -> None:
    store = worked(AS_RELEASED)
    consume(store, completed("e4"))
    assert sum(day.entry_count for day in open_days(balance(store)) or ()) == len(store.rows(Entry))
