"""The payouts of a closed day, account by account."""

from typing import Any

import pytest

from functions.accounting.list_payouts.use_case import list_payouts
from functions.accounting.rows import Entry
from shared.memory_store import MemoryStore
from tests.accounting.support import (
    FEE,
    REWARD,
    TODAY,
    TOMORROW,
    acting,
    assigned,
    close,
    completed,
    consume,
    entries,
    joined,
    ledger,
    priced,
)

EARNED, IDLE = "a-07", [f"a-{number:02d}" for number in range(20)]


def company() -> MemoryStore:
    """Twenty accounts, of which one earned today."""
    store = ledger()
    for account_id in IDLE:
        joined(store, account_id)
    priced(store)
    consume(store, assigned("e1", EARNED), completed("e2", EARNED), assigned("e3", "a-03"))
    return store


def all_pages(store: MemoryStore, day: str, limit: int) -> list[tuple[str, Entry]]:
    found, after = [], None
    while True:
        page = list_payouts(day, limit, after, store)
        assert len(page.found) <= limit
        found += [(payout.account.account_id, payout.entry) for payout in page.found]
        if (after := page.next_position) is None:
            return found


@pytest.mark.parametrize("limit", [1, 3, 200])
def test_paid_accounts_are_listed_with_their_entry(limit: int) -> None:
    store = company()
    assert all_pages(store, TODAY, limit) == []
    close(store, TODAY, *IDLE)
    payout = entries(store, EARNED)[-1]
    assert (payout.kind, payout.amount) == ("payout", REWARD - FEE)
    assert all_pages(store, TODAY, limit) == [(EARNED, payout)]
    assert all_pages(store, TOMORROW, limit) == []


def test_entries_of_later_days_do_not_hide_a_payout() -> None:
    store = company()
    close(store, TODAY, *IDLE)
    payout = entries(store, EARNED)[-1]
    consume(store, assigned("late", EARNED))
    assert entries(store, EARNED)[-1].business_day == TOMORROW
    assert all_pages(store, TODAY, 5) == [(EARNED, payout)]


def test_a_page_examines_at_most_500_accounts_and_may_be_short() -> None:
    store = ledger()
    for number in range(620):
        joined(store, f"a-{number:03d}")
    looked_up = 0

    class Counting(MemoryStore):
        def get_many(self, kind: Any, keys: Any) -> Any:
            nonlocal looked_up
            looked_up += len(keys)
            return super().get_many(kind, keys)

    page = list_payouts(TODAY, 100, None, acting(Counting, store))
    assert (page.found, page.next_position, looked_up) == ([], "a-499", 500)
    priced(store)
    consume(store, completed("e1", "a-450"))
    close(store, TODAY, "a-450")
    page = list_payouts(TODAY, 100, None, store)
    assert ([payout.account.account_id for payout in page.found], page.next_position) == (["a-450"], "a-499")


@pytest.mark.parametrize("limit", [1, 200])
def test_a_request_makes_few_calls_at_any_page_size(limit: int) -> None:
    store = ledger()
    for number in range(620):
        joined(store, f"a-{number:03d}")
    calls = 0

    class Counting(MemoryStore):
        def query(self, *args: Any, **bounds: Any) -> Any:
            nonlocal calls
            calls += 1
            return super().query(*args, **bounds)

    list_payouts(TODAY, limit, None, acting(Counting, store))
    assert calls <= 60


def test_every_paid_account_is_listed_once_at_any_page_size() -> None:
    store = company()
    for number, account_id in enumerate(IDLE):
        consume(store, completed(f"more-{number}", account_id))
    close(store, TODAY, *IDLE)
    paid = sorted(entry.account_id for entry in store.rows(Entry) if entry.kind == "payout")
    assert len(paid) == len(IDLE)
    for limit in (1, 7, 200):
        assert [account_id for account_id, _ in all_pages(store, TODAY, limit)] == paid
