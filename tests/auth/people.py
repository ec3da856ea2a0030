"""Accounts to test with."""

import dataclasses
from datetime import datetime
from typing import Any

from functions.auth.domain import Account, NewAccount, account_of
from functions.auth.tables import TABLES
from shared.memory_store import MemoryStore
from tests.support.fakes import NOON, memory_store

ADA = NewAccount("ada@ates.example", "Ada Lindqvist", "admin")
DARIA = NewAccount("daria@ates.example", "Daria Sokolova", "worker")


def account(
    new: NewAccount = DARIA, account_id: str = "sub-1", now: datetime = NOON, **changes: Any
) -> Account:
    return dataclasses.replace(account_of(account_id, new, now), **changes)


def empty_store() -> MemoryStore:
    return memory_store(TABLES)
