"""The audit finds each thing altered alone, and nothing in a correct ledger."""

from dataclasses import replace
from datetime import timedelta

import pytest

from functions.accounting.audit import Finding, verify
from functions.accounting.ledger import balance_key, hash_of
from functions.accounting.rows import DAY_TOTALS, AccountDay, Balance, DayTotal
from shared.memory_store import MemoryStore
from shared.money import in_words
from tests.accounting.support import (
    FEE,
    REWARD,
    TODAY,
    all_entries,
    assigned,
    close,
    completed,
    consume,
    findings,
    joined,
    ledger,
    priced,
)
from tests.support.fakes import NOON


@pytest.fixture
def store() -> MemoryStore:
    store = ledger()
    priced(store)
    joined(store, "idle")
    consume(store, assigned("e1"), completed("e2"), assigned("e3", "bob"))
    close(store, TODAY, "ann", "bob", "idle")
    consume(store, completed("e4", at=NOON + timedelta(days=1)))
    return store


def altered(store: MemoryStore, **parts: object) -> list[Finding]:
    stored = {
        "entries": all_entries(store),
        "balances": store.rows(Balance),
        "account_days": store.rows(AccountDay),
        "day_totals": store.rows(DayTotal),
    }
    return verify(**{**stored, **parts})  # type: ignore[arg-type]


def test_a_correct_ledger_has_no_finding(store: MemoryStore) -> None:
    assert findings(store) == []


def test_an_empty_ledger_has_no_finding() -> None:
    assert verify({}, [], [], []) == []


def test_a_balance_altered_alone_is_found(store: MemoryStore) -> None:
    balances = [
        replace(row, balance=row.balance + 100) if row.account_id == "bob" else row
        for row in store.rows(Balance)
    ]
    assert altered(store, balances=balances) == [
        Finding(
            "ledger", f"balances come to {in_words(REWARD - FEE + 100)}, entries to {in_words(REWARD - FEE)}"
        ),
        Finding("account bob", f"the balance is {in_words(100 - FEE)}, its entries come to {in_words(-FEE)}"),
    ]


def test_a_balance_indexed_under_another_amount_is_found(store: MemoryStore) -> None:
    def with_key(key: str | None) -> list[Balance]:
        return [
            replace(row, balance_key=key) if row.account_id == "bob" else row for row in store.rows(Balance)
        ]

    assert altered(store, balances=with_key(None)) == []
    found = altered(store, balances=with_key(balance_key(1, "bob")))
    assert found == [Finding("account bob", "the balance is indexed under another amount")]


def test_a_day_total_altered_alone_is_found(store: MemoryStore) -> None:
    shard = DAY_TOTALS.default.of("bob")
    totals = [
        replace(row, fees=row.fees + 100) if (row.shard, row.business_day) == (shard, TODAY) else row
        for row in store.rows(DayTotal)
    ]
    found = altered(store, day_totals=totals)
    assert [finding.where for finding in found] == ["ledger", f"the company's {TODAY}"]


def test_a_missing_day_total_is_found(store: MemoryStore) -> None:
    found = altered(store, day_totals=store.rows(DayTotal)[:-1])
    assert {finding.where.split()[0] for finding in found} == {"ledger", "the"}


def test_an_account_day_altered_alone_is_found(store: MemoryStore) -> None:
    days = sorted(store.rows(AccountDay), key=lambda day: (day.account_id, day.business_day))
    days[0] = replace(days[0], rewards=days[0].rewards + 1)
    (found,) = altered(store, account_days=days)
    assert found == Finding(
        f"account ann on {TODAY}",
        f"rewards is {in_words(REWARD + 1)}, its entries come to {in_words(REWARD)}",
    )


def test_an_altered_entry_is_found_even_if_hashed_again(store: MemoryStore) -> None:
    entries = all_entries(store)
    last = replace(entries["bob"][0], amount=FEE + 100, balance_after=-FEE - 100)
    entries["bob"] = [replace(last, hash=hash_of(last))]
    found = altered(store, entries=entries)
    assert Finding("account bob", "the balance does not have the hash of the last entry") in found
    assert {"ledger", "account bob"} <= {finding.where for finding in found}


def test_the_altered_entry_is_named(store: MemoryStore) -> None:
    entries = all_entries(store)
    entries["ann"][1] = replace(entries["ann"][1], title="another")
    (found,) = altered(store, entries=entries)
    assert found == Finding("account ann", "entry 2: its content is not what was hashed")


def test_a_missing_entry_is_found_as_a_gap(store: MemoryStore) -> None:
    entries = all_entries(store)
    del entries["ann"][1]
    assert Finding("account ann", "entry 3: follows 1") in altered(store, entries=entries)


def test_an_account_without_a_balance_is_found(store: MemoryStore) -> None:
    balances = [row for row in store.rows(Balance) if row.account_id != "bob"]
    assert Finding("account bob", "it has entries and no balance") in altered(store, balances=balances)


def test_the_last_number_and_hash_of_a_balance_are_compared(store: MemoryStore) -> None:
    for change in ({"last_entry_number": 9}, {"last_hash": "f" * 64}):
        balances = [
            replace(row, **change) if row.account_id == "idle" else row for row in store.rows(Balance)
        ]
        assert len(altered(store, balances=balances)) == 1


def test_a_closed_day_that_was_not_paid_out_is_found(store: MemoryStore) -> None:
    balances = [replace(row, closed_through="2026-11-23") for row in store.rows(Balance)]
    (found,) = altered(store, balances=balances)
    assert found == Finding(
        "account ann", f"2026-11-23 is closed and ended with {in_words(REWARD)} not paid out"
    )


def test_an_event_that_was_posted_twice_is_found(store: MemoryStore) -> None:
    entries = all_entries(store)
    entries["bob"][0] = replace(entries["bob"][0], source_event_id="e1")
    assert Finding("ledger", "2 entries have the source_event_id e1") in altered(store, entries=entries)
