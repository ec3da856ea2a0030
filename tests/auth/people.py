"""Accounts for tests."""

import dataclasses
from datetime import datetime
from typing import Any

from functions.auth.domain import NewAccount, account_of, is_active_admin
from functions.auth.rows import TABLES, Account, AddressClaim, Counter
from shared.memory_store import MemoryStore
from shared.store import Add, Insert, Store
from tests.auth.fakes import FakeUserPool
from tests.support.fakes import NOON, memory_store

ADA = NewAccount("ada@ates.example", "Ada Lindqvist", "admin")
EVE = NewAccount("eve@ates.example", "Eve Moreau", "admin")
DARIA = NewAccount("daria@ates.example", "Daria Sokolova", "worker")


def account(
    new: NewAccount = DARIA, account_id: str = "sub-1", now: datetime = NOON, **changes: Any
) -> Account:
    return dataclasses.replace(account_of(account_id, new, now), **changes)


def empty_store() -> MemoryStore:
    return memory_store(TABLES)


def store_with(*accounts: Account) -> MemoryStore:
    """Accounts with their address claims and the count of active admins."""
    store = empty_store()
    admins = sum(map(is_active_admin, accounts))
    store.transact([Add(Counter, {"counter": "active_admins"}, {"amount": admins})])
    for each in accounts:
        store.transact([Insert(each), Insert(AddressClaim(each.email, each.account_id))])
    return store


def pool_with(*accounts: Account) -> FakeUserPool:
    pool = FakeUserPool()
    for each in accounts:
        pool.add(each)
    return pool


def present(store: Store, account_id: str = "sub-1") -> Account:
    found = store.get(Account, account_id=account_id)
    assert found is not None
    return found


def active_admins(store: Store) -> int:
    counter = store.get(Counter, counter="active_admins")
    return counter.amount if counter else 0
