"""Lists of accounts in each order: bounded reads, complete pages, rows older than an order."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from functions.accounting.ledger import balance_key
from functions.accounting.list_accounts.use_case import Wanted, list_accounts
from functions.accounting.rows import Account, Balance
from functions.accounting.views import Order
from shared.memory_store import MemoryStore
from shared.names import name_key
from shared.store import Put
from tests.accounting.support import (
    FEE,
    TODAY,
    acting,
    assigned,
    balance,
    close,
    completed,
    consume,
    joined,
    ledger,
    priced,
)

PEOPLE = {"a-1": "zoë", "a-2": "Ann", "a-3": "ann", "a-4": "Émile", "a-5": "Bob"}


def company() -> MemoryStore:
    """Ann and Bob were charged once, Zoë twice; Émile earned."""
    store = ledger()
    for account_id, name in PEOPLE.items():
        joined(store, account_id, name=name)
    priced(store)
    charged = ("a-1", "a-1", "a-2", "a-5")
    consume(store, *(assigned(f"e{number}", each) for number, each in enumerate(charged)))
    consume(store, completed("e9", "a-4"))
    return store


def listed(store: MemoryStore, wanted: Wanted, limit: int = 2) -> Iterator[tuple[str, int]]:
    """All pages of a list."""
    after = None
    while True:
        page = list_accounts(wanted, limit, after, store)
        assert len(page.found) <= limit
        yield from ((each.account.account_id, each.balance) for each in page.found)
        if (after := page.next_position) is None:
            return


def names(store: MemoryStore, wanted: Wanted) -> list[str]:
    return [PEOPLE[account_id] for account_id, _ in listed(store, wanted)]


def test_the_order_by_name_ignores_case() -> None:
    assert names(company(), Wanted("name")) == ["Ann", "ann", "Bob", "zoë", "Émile"]


def test_the_order_by_balance_starts_with_the_deepest_debt() -> None:
    order = [(each, amount) for each, amount in listed(company(), Wanted("balance"))]
    assert order == [("a-1", -2 * FEE), ("a-2", -FEE), ("a-5", -FEE), ("a-3", 0), ("a-4", 3000)]


@pytest.mark.parametrize("order", ["account_id", "name", "balance"])
def test_accounts_in_the_minus_are_listed_in_each_order(order: Order) -> None:
    found = names(company(), Wanted(order, in_minus=True))
    assert sorted(found) == ["Ann", "Bob", "zoë"]


@pytest.mark.parametrize("order", ["account_id", "name", "balance"])
@pytest.mark.parametrize("q", ["zoe\u0308", "ZOË", "oë"])
def test_name_search_ignores_case_and_normal_form(order: Order, q: str) -> None:
    assert names(company(), Wanted(order, q)) == ["zoë"]


def test_an_account_that_pays_off_its_debt_leaves_the_minus() -> None:
    store = company()
    consume(store, completed("e10", "a-1"))
    assert names(store, Wanted("balance", in_minus=True)) == ["Ann", "Bob"]


def test_an_account_without_a_replica_is_not_listed() -> None:
    store = company()
    consume(store, assigned("e11", "carl"))
    assert "carl" not in [account_id for account_id, _ in listed(store, Wanted("balance"))]
    joined(store, "carl", name="Carl")
    assert "carl" in [account_id for account_id, _ in listed(store, Wanted("balance"))]


def test_one_request_examines_at_most_500_names() -> None:
    store = ledger()
    for number in range(600):
        account_id, shard = f"a-{number:03d}", number % 4
        key = name_key("Same", account_id)
        store.transact([Put(Account(account_id, "Same", "worker", "active", 1, shard, key))])
    read: list[int] = []

    class Counting(MemoryStore):
        def query(self, *args: Any, **bounds: Any) -> Any:
            rows = super().query(*args, **bounds)
            read.append(len(rows))
            return rows

    page = list_accounts(Wanted("name", "nobody"), 50, None, acting(Counting, store))
    assert page.found == []
    assert page.next_position == "same#a-499"
    assert sum(read) <= 600
    assert list_accounts(Wanted("name", "nobody"), 50, page.next_position, store).next_position is None


def test_an_old_balance_joins_the_order_at_its_next_write() -> None:
    store = company()
    for account_id in PEOPLE:
        store.transact([Put(replace(balance(store, account_id), balance_key=None))])
    assert names(store, Wanted("balance", in_minus=True)) == []
    assert len(names(store, Wanted("name", in_minus=True))) == 3
    consume(store, assigned("e12", "a-5"))
    assert names(store, Wanted("balance", in_minus=True)) == ["Bob"]
    close(store, TODAY, *PEOPLE)
    assert names(store, Wanted("balance", in_minus=True)) == ["zoë", "Bob", "Ann"]
    for row in store.rows(Balance):
        assert row.balance_key == balance_key(row.balance, row.account_id)


def test_balance_keys_sort_like_the_balances() -> None:
    amounts = [-(10**12), -11, -9, -1, 0, 1, 9, 10, 10**12]
    keys = [balance_key(amount, "a") for amount in amounts]
    assert sorted(keys) == keys
