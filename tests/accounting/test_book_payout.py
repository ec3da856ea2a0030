"""Repair of an account closed without its payout: booked once, as published, or not at all."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.accounting.book_payout.use_case import Place, book_payout
from functions.accounting.ledger import PAID_MARK, LedgerBroken, NotFound
from functions.accounting.rows import Balance, Entry
from shared.journal import USUAL_FORM, JournalForm, events_in, rewritten, text_of
from shared.memory_store import MemoryStore
from shared.records import ConsumedEvent, JournalRecord, mark_of
from shared.store import Put, Store
from tests.accounting import support
from tests.accounting.support import AS_RELEASED, TODAY, TOMORROW, assigned, completed, findings, place_of
from tests.support.fakes import NOON, context
from tests.support.faults import with_each_fault

LATER = NOON + timedelta(days=1)


def stranded(form: JournalForm = USUAL_FORM) -> tuple[MemoryStore, Entry]:
    store = support.ledger()
    support.priced(store)
    support.consume(store, assigned("e1"), completed("e2"), form=form)
    support.close(store, TODAY, form=form)
    return support.stranded(store)


def book(store: Store, close: Place) -> Entry | None:
    return book_payout(close, store, context(seed=3))


def test_an_account_closed_without_its_payout_cannot_be_closed_any_more() -> None:
    store, _ = stranded()
    support.consume(store, assigned("e3", at=LATER))
    (failure,) = support.close(store, TOMORROW).values()
    assert "were not paid out" in str(failure)
    assert any(f"{TODAY} is closed and ended with" in each.what for each in findings(store))


def test_the_lost_payout_is_booked_again_with_its_event_and_sums() -> None:
    store, payout = stranded()
    assert book(store, place_of(store)) == payout
    assert support.entries(store)[-1] == payout
    assert support.balance(store).balance == 0
    assert findings(store) == []
    posted = support.events(store, "Ledger.EntryPosted")[-1]
    assert (posted["entry_id"], posted["hash"]) == (payout.entry_id, payout.hash)


def test_the_payout_is_booked_where_open_days_have_rows() -> None:
    """The balance has not taken them over yet, so what came after the day is read from its rows."""
    store, payout = stranded(AS_RELEASED)
    support.consume(store, assigned("e3", at=LATER), form=AS_RELEASED)
    assert support.balance(store).open_days is None
    booked = book(store, place_of(store))
    assert booked is not None
    assert (booked.entry_id, booked.amount) == (payout.entry_id, payout.amount)
    assert findings(store) == []


def test_repeating_changes_nothing() -> None:
    store, _ = stranded()
    book(store, place_of(store))
    before = {kind: store.rows(kind) for kind in (Entry, Balance, JournalRecord)}
    assert book(store, place_of(store)) is None
    assert {kind: store.rows(kind) for kind in before} == before


def test_a_payout_whose_number_is_taken_gets_the_next_one() -> None:
    store, payout = stranded()
    support.consume(store, assigned("e3", at=LATER), completed("e4", at=LATER))
    assert support.entries(store)[-2].entry_number == payout.entry_number
    booked = book(store, place_of(store))
    assert booked is not None
    assert (booked.entry_id, booked.business_day, booked.amount) == (payout.entry_id, TODAY, payout.amount)
    assert book(store, place_of(store)) is None
    assert support.close(store, TOMORROW) == {}
    assert support.balance(store).balance == 0
    assert findings(store) == []


def test_a_payout_that_does_not_match_the_days_balance_is_not_booked() -> None:
    store, _ = stranded()
    store.transact([Put(replace(support.balance(store), balance=1))])
    with pytest.raises(LedgerBroken, match="ended that day with 1"):
        book(store, place_of(store))


def test_a_close_without_a_payout_books_nothing() -> None:
    store = support.ledger()
    support.consume(store, assigned("e1"))
    support.close(store, TODAY)
    assert book(store, place_of(store)) is None


def test_only_a_close_in_the_journal_is_booked() -> None:
    store, _ = stranded()
    place, posted = place_of(store), place_of(store, "Ledger.EntryPosted")
    for wrong in (
        replace(place, record_id="nothing"),
        replace(place, event_id=posted.event_id),
        replace(place, bucket="2026-11-22T12#99"),
        posted,
    ):
        with pytest.raises(NotFound, match=r"no Account\.DayClosed"):
            book(store, wrong)
    record = store.get(JournalRecord, bucket=place.bucket, event_id=place.record_id)
    assert record is not None
    (event,) = events_in(record)
    nobody = {**event, "data": event["data"] | {"account_id": "nobody"}}
    store.transact([Put(rewritten(record, [nobody]))])
    with pytest.raises(NotFound, match="no account 'nobody'"):
        book(store, place)


def test_each_write_fault_still_books_it_once() -> None:
    seen = 0
    for label, store in with_each_fault(lambda: stranded()[0], lambda store: book(store, place_of(store))):
        seen += 1
        assert findings(store) == [], label
        assert support.balance(store).balance == 0, label
    assert seen == 3


@pytest.mark.parametrize("goes_on", [False, True], ids=["same-number", "another-number"])
def test_a_second_booking_meanwhile_meets_the_mark(goes_on: bool) -> None:
    store, payout = stranded()
    if goes_on:
        support.consume(store, assigned("e3", at=LATER), completed("e4", at=LATER))
    place = place_of(store)

    class Beaten(MemoryStore):
        beaten = False

        def write(self, actions: Any, token: str) -> None:
            if not Beaten.beaten:
                Beaten.beaten = True
                assert book(store, place) is not None
            super().write(actions, token)

    assert book_payout(place, support.acting(Beaten, store), context(seed=4)) is None
    assert [row.mark for row in store.rows(ConsumedEvent)].count(mark_of(PAID_MARK, payout.entry_id)) == 1
    assert [entry.entry_id for entry in support.entries(store)].count(payout.entry_id) == 1
    assert findings(store) == []


def test_a_close_in_a_record_of_the_first_form_is_booked_too() -> None:
    """Written before the migration; the record of the payout is of today's form."""
    store, payout = stranded()
    place = place_of(store)
    record = store.get(JournalRecord, bucket=place.bucket, event_id=place.record_id)
    assert record is not None
    (event,) = events_in(record)
    first = replace(record, event=text_of(event), event_name=event["event_name"])
    store.transact([Put(first)])
    assert book(store, place) == payout
    assert findings(store) == []


def test_of_two_repairs_at_once_one_books() -> None:
    class Beaten(MemoryStore):
        beaten = False

        def write(self, actions: Any, token: str) -> None:
            if not Beaten.beaten:
                Beaten.beaten = True
                assert book(store, place_of(store)) is not None
            super().write(actions, token)

    store, payout = stranded()
    support.consume(store, assigned("e3", at=LATER))
    assert book(support.acting(Beaten, store), place_of(store)) is None
    assert [entry.entry_id for entry in support.entries(store)].count(payout.entry_id) == 1
    assert findings(store) == []
