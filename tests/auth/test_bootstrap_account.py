"""Creating accounts from the command line: one user, row and event, however often it fails."""

from typing import Any

import pytest

from events.envelope import read_envelope
from functions.auth.bootstrap_account import handler as handler_module
from functions.auth.bootstrap_account.use_case import bootstrap_account
from functions.auth.domain import IdentityProviderDown, NewAccount
from functions.auth.rows import Account
from shared.memory_store import MemoryStore
from shared.records import JournalRecord
from tests.auth.fakes import Crash, FakeUserPool, crash, down
from tests.auth.people import (
    ADA,
    DARIA,
    account,
    active_admins,
    empty_store,
    pool_with,
    present,
    store_with,
)
from tests.auth.stores import Interrupted
from tests.support.fakes import context, journal
from tests.support.faults import with_each_fault
from tests.support.invocations import LambdaContext


def test_creates_user_group_row_and_event() -> None:
    store, pool = empty_store(), FakeUserPool()
    created = bootstrap_account(DARIA, store, context(), pool)
    assert created == account(DARIA, "sub-1")
    assert store.rows(Account) == [created]
    assert pool.users["sub-1"].groups == {"worker"}
    assert [record.subject_id for record in store.rows(JournalRecord)] == ["sub-1"]
    (document,) = journal(store, "Account.Created")
    _, event = read_envelope(document)
    assert event.model_dump() == {
        "account_id": "sub-1",
        "name": "Daria Sokolova",
        "role": "worker",
        "status": "active",
        "version": 1,
    }


def test_the_event_has_no_address() -> None:
    store = empty_store()
    bootstrap_account(DARIA, store, context(), FakeUserPool())
    assert DARIA.email not in str(journal(store))


def test_repeating_changes_nothing() -> None:
    store, pool = empty_store(), FakeUserPool()
    first = bootstrap_account(ADA, store, context(), pool)
    assert bootstrap_account(ADA, store, context(seed=2), pool) == first
    assert len(journal(store)) == 1
    assert active_admins(store) == 1


def test_an_existing_account_keeps_the_role_of_its_row() -> None:
    store, pool = empty_store(), FakeUserPool()
    bootstrap_account(DARIA, store, context(), pool)
    again = NewAccount(DARIA.email, "Somebody", "admin")
    assert bootstrap_account(again, store, context(seed=2), pool).role == "worker"
    assert pool.users["sub-1"].groups == {"worker"}
    assert active_admins(store) == 0


def test_only_active_admins_are_counted() -> None:
    store, pool = empty_store(), FakeUserPool()
    bootstrap_account(ADA, store, context(), pool)
    bootstrap_account(DARIA, store, context(seed=2), pool)
    bootstrap_account(NewAccount("eve@ates.example", "Eve", "admin"), store, context(seed=3), pool)
    assert active_admins(store) == 2


def test_every_write_fault_leaves_the_same_result() -> None:
    tried = 0
    for label, store in with_each_fault(
        empty_store, lambda store: bootstrap_account(ADA, store, context(), FakeUserPool())
    ):
        tried += 1
        assert store.rows(Account) == [account(ADA)], label
        assert len(journal(store)) == 1, label
        assert active_admins(store) == 1, label
    assert tried == 3


@pytest.mark.parametrize("call", range(5))
def test_repeating_finishes_after_a_user_pool_outage(call: int) -> None:
    store, pool = empty_store(), FakeUserPool({call: down})
    with pytest.raises(IdentityProviderDown):
        bootstrap_account(ADA, store, context(), pool)
    bootstrap_account(ADA, store, context(seed=2), pool)
    assert len(pool.users) == len(store.rows(Account)) == len(journal(store)) == 1
    assert pool.agrees_with(present(store))
    assert active_admins(store) == 1


def test_repeating_finishes_after_a_crash_before_the_write() -> None:
    store, pool = empty_store(), FakeUserPool()
    with pytest.raises(Crash):
        bootstrap_account(ADA, Interrupted(store, before=crash), context(), pool)
    bootstrap_account(ADA, store, context(seed=2), pool)
    assert len(pool.users) == len(store.rows(Account)) == len(journal(store)) == 1


def test_two_bootstraps_at_once_create_one_account() -> None:
    store, pool = empty_store(), FakeUserPool()
    slow = Interrupted(store, before=lambda: bootstrap_account(ADA, store, context(seed=2), pool))
    other = NewAccount(ADA.email, "Other", "worker")
    assert bootstrap_account(other, slow, context(), pool).role == "admin"
    assert len(store.rows(Account)) == len(journal(store)) == 1
    assert pool.agrees_with(present(store))


def test_no_mail_is_sent() -> None:
    store, pool = empty_store(), FakeUserPool()
    pool.ensure_user(DARIA.email, DARIA.name, invited=False)
    for seed, new in enumerate([ADA, ADA, DARIA]):
        bootstrap_account(new, store, context(seed=seed), pool)
    assert pool.invitations == []


def test_a_deactivated_account_stays_deactivated() -> None:
    gone = account(DARIA, status="deactivated", version=2)
    store, pool = store_with(gone), pool_with(gone)
    pool.users["sub-1"].enabled = True
    assert bootstrap_account(DARIA, store, context(), pool) == gone
    assert pool.agrees_with(gone)


@pytest.fixture
def wired(monkeypatch: pytest.MonkeyPatch) -> tuple[MemoryStore, FakeUserPool]:
    store, pool = empty_store(), FakeUserPool()
    monkeypatch.setenv("USER_POOL_ID", "pool-1")
    monkeypatch.setattr(handler_module, "store", lambda _tables: store)
    monkeypatch.setattr(handler_module, "CognitoUserPool", lambda _pool_id: pool)
    return store, pool


def test_the_handler_returns_the_account_id(wired: tuple[MemoryStore, FakeUserPool]) -> None:
    store, pool = wired
    payload = {"email": " Ada@ATES.example", "name": " Ada ", "role": "admin"}
    assert handler_module.handler(payload, LambdaContext()) == {"account_id": "sub-1"}
    assert [user.email for user in pool.users.values()] == ["ada@ates.example"]
    assert store.rows(Account)[0].name == "Ada"


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        ({"email": "not-an-address", "name": "Ada", "role": "admin"}, "email"),
        ({"email": "ada@ates.example\r\nBcc: eve@x.example", "name": "Ada", "role": "admin"}, "email"),
        ({"email": "ädä@ates.example", "name": "Ada", "role": "admin"}, "email"),
        ({"email": "ada@ates.example", "name": " ", "role": "admin"}, "name"),
        ({"email": "ada@ates.example", "name": "A\nB", "role": "admin"}, "name"),
        ({"email": "ada@ates.example", "name": "Ada", "role": "boss"}, "role"),
        ({"email": "ada@ates.example", "name": "Ada", "role": "admin", "x": 1}, "x"),
        ({}, "email"),
    ],
)
def test_the_handler_refuses_an_invalid_payload(
    wired: tuple[MemoryStore, FakeUserPool], payload: dict[str, Any], field: str
) -> None:
    with pytest.raises(handler_module.InvalidAccount, match=f"{field}: ") as raised:
        handler_module.handler(payload, LambdaContext())
    assert not str(payload.get("email")) or str(payload.get("email")) not in str(raised.value)
    assert wired[1].users == {}
