"""A wrong entry is corrected by a new one, once."""

from datetime import timedelta
from typing import Any

import pytest

from functions.accounting.correct_entry.use_case import Correction, correct_entry
from functions.accounting.ledger import AlreadyCorrected, NotCorrectable, NotFound
from functions.accounting.rows import Entry
from shared.context import Figure
from shared.idempotency import Answer, IdempotencyKey, Once
from shared.memory_store import MemoryStore
from shared.records import StoredAnswer
from shared.store import ConditionFailed
from tests.accounting.support import (
    FEE,
    REWARD,
    TODAY,
    TOMORROW,
    ZONE,
    acting,
    assigned,
    balance,
    close,
    completed,
    consume,
    entries,
    events,
    findings,
    ledger,
    ledger_state,
    lines,
    priced,
)
from tests.support.fakes import NOON, FakeClock, context, journal
from tests.support.faults import with_each_fault


def worked() -> MemoryStore:
    store = ledger()
    priced(store)
    consume(store, assigned("e1"), completed("e2", at=NOON + timedelta(hours=1)))
    return store


def asked(store: MemoryStore, number: int, account_id: str = "ann") -> Correction:
    return Correction(account_id, entries(store)[number - 1].entry_id, "boss", "charged by mistake")


def correct(store: MemoryStore, number: int, **arguments: Any) -> Entry:
    return correct_entry(asked(store, number), store, context(seed=77), ZONE, **arguments)


def test_a_corrected_fee_is_credited_and_a_corrected_reward_debited() -> None:
    store = worked()
    correct(store, 1)
    correct_entry(asked(store, 2), store, context(seed=78), ZONE)
    assert lines(store)[2:] == [
        ("fee_correction", FEE, REWARD, TODAY),
        ("reward_correction", REWARD, 0, TODAY),
    ]
    assert findings(store) == []


def test_a_correction_names_the_entry_the_admin_and_the_reason() -> None:
    store = worked()
    new = correct(store, 1)
    wrong = entries(store)[0]
    assert (new.corrects_entry_id, new.corrected_by, new.reason) == (
        wrong.entry_id,
        "boss",
        "charged by mistake",
    )
    assert (new.task_id, new.title, new.jira_id) == (wrong.task_id, wrong.title, wrong.jira_id)
    assert events(store, "Ledger.EntryPosted")[-1]["corrects_entry_id"] == wrong.entry_id


def test_a_correction_is_counted_without_a_lag() -> None:
    work, store = context(), worked()
    correct_entry(Correction("ann", entries(store)[0].entry_id, "boss", "wrong"), store, work, ZONE)
    assert work.figures == [Figure("EntriesPosted", 1)]


def test_an_entry_is_corrected_at_most_once() -> None:
    store = worked()
    correct(store, 1)
    before = ledger_state(store)
    with pytest.raises(AlreadyCorrected):
        correct(store, 1)
    assert ledger_state(store) == before


def test_a_correction_of_a_closed_days_entry_counts_on_an_open_day() -> None:
    store = worked()
    close(store, TODAY)
    correct_entry(asked(store, 2), store, context(FakeClock(NOON), seed=77), ZONE)
    assert lines(store)[-1] == ("reward_correction", REWARD, -REWARD, TOMORROW)
    close(store, TOMORROW)
    assert events(store, "Account.DayClosed")[-1]["earned"] == -REWARD


def test_a_payout_or_a_correction_cannot_be_corrected() -> None:
    store = worked()
    close(store, TODAY)
    correct(store, 1)
    for number in (3, 4):
        with pytest.raises(NotCorrectable):
            correct(store, number)


def test_an_unknown_entry_or_one_of_another_account_is_not_found() -> None:
    store = worked()
    with pytest.raises(NotFound):
        correct_entry(Correction("ann", "no such entry", "boss", "x"), store, context(), ZONE)
    with pytest.raises(NotFound):
        correct_entry(asked(store, 1, account_id="bob"), store, context(), ZONE)


def test_a_correction_succeeds_after_a_concurrent_posting() -> None:
    store = worked()

    class Beaten(MemoryStore):
        others_post = True

        def write(self, actions: Any, token: str) -> None:
            if self.others_post:
                Beaten.others_post = False
                consume(store, assigned("e9"))
            super().write(actions, token)

    correct_entry(asked(store, 1), acting(Beaten, store), context(seed=77), ZONE)
    assert [line[0] for line in lines(store)][2:] == ["assignment_fee", "fee_correction"]
    assert findings(store) == []


def test_two_equal_requests_at_once_make_one_correction_and_one_answer() -> None:
    store = worked()
    key = IdempotencyKey("boss#POST /x#key", "hash")

    def command(tables: MemoryStore, remember: Any) -> Entry:
        return correct_entry(asked(store, 1), tables, context(seed=79), ZONE, remember)

    def once(tables: MemoryStore) -> Answer:
        return Once(201, NOON, key)(
            tables, lambda remember: command(tables, remember), lambda new: Answer(201, new.entry_id)
        )

    class Beaten(MemoryStore):
        twin_comes = True

        def write(self, actions: Any, token: str) -> None:
            if self.twin_comes:
                Beaten.twin_comes = False
                once(store)
            super().write(actions, token)

    first = once(acting(Beaten, store))
    assert once(store) == first
    assert len(entries(store)) == 3
    assert len(store.rows(StoredAnswer)) == 1


def test_a_correction_fails_if_the_ledger_keeps_changing() -> None:
    store = worked()

    class Busy(MemoryStore):
        def write(self, actions: Any, token: str) -> None:
            consume(store, assigned(f"e{len(entries(store)) + 10}"))
            super().write(actions, token)

    with pytest.raises(ConditionFailed):
        correct_entry(asked(store, 1), acting(Busy, store), context(seed=77), ZONE)
    assert "fee_correction" not in [line[0] for line in lines(store)]


def test_every_write_fault_leaves_the_same_result() -> None:
    expected = worked()
    correct(expected, 1)
    seen = 0
    for label, store in with_each_fault(worked, lambda store: correct(store, 1)):
        seen += 1
        assert ledger_state(store) == ledger_state(expected), label
        assert len(journal(store)) == 3, label
        assert balance(store).balance == REWARD, label
    assert seen == 3
