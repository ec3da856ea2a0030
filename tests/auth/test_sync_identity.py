"""The user pool follows the rows, in any order and after any interruption."""

from typing import Any

import pytest

from events.auth import AccountCreated, AccountRoleChanged, AccountState
from functions.auth.domain import IdentityProviderDown, UnknownAccount
from functions.auth.following import follow
from functions.auth.rows import Account
from functions.auth.sync_identity import handler as handler_module
from functions.auth.sync_identity.use_case import sync_identity
from shared.memory_store import MemoryStore
from shared.store import Put
from tests.auth.fakes import Crash, FakeUserPool, crash, down
from tests.auth.people import DARIA, account, pool_with, present, store_with
from tests.support.fakes import envelope_of, received
from tests.support.invocations import LambdaContext, batch, bus_message

BEFORE = account(DARIA)
AFTER = account(DARIA, name="Daria Petrova", role="manager", version=3)
GONE = account(DARIA, role="manager", status="deactivated", version=3)


def event_of(state: Account) -> AccountState:
    return AccountRoleChanged.model_validate(state, from_attributes=True)


def consume(state: Account, store: MemoryStore, pool: FakeUserPool) -> None:
    assert sync_identity([received(event_of(state), event_id="event-1")], store, pool) == {}


@pytest.mark.parametrize("row", [BEFORE, AFTER, GONE])
def test_role_name_and_status_are_taken_from_the_row(row: Account) -> None:
    store, pool = store_with(row), pool_with(BEFORE)
    consume(row, store, pool)
    assert pool.agrees_with(row)


@pytest.mark.parametrize("late", [BEFORE, AFTER])
def test_a_late_event_applies_the_row_not_its_own_state(late: Account) -> None:
    store, pool = store_with(GONE), pool_with(BEFORE)
    consume(late, store, pool)
    assert pool.agrees_with(GONE)


def test_a_repeated_event_does_not_sign_out_again() -> None:
    store, pool = store_with(AFTER), pool_with(BEFORE)
    consume(AFTER, store, pool)
    consume(AFTER, store, pool)
    assert pool.users["sub-1"].signed_out == 1


def test_a_new_name_does_not_sign_out() -> None:
    renamed = account(DARIA, name="Daria Petrova", version=2)
    store, pool = store_with(renamed), pool_with(BEFORE)
    consume(renamed, store, pool)
    assert pool.users["sub-1"].signed_out == 0


def test_several_events_of_an_account_are_handled_once() -> None:
    store, pool = store_with(AFTER), pool_with(BEFORE)
    messages = [received(event_of(AFTER), event_id=f"event-{number}") for number in range(3)]
    sync_identity(messages, store, pool)
    once = FakeUserPool().add(BEFORE)
    follow("sub-1", store, once)
    assert pool.calls == once.calls


@pytest.mark.parametrize("row", [AFTER, GONE])
@pytest.mark.parametrize("call", range(5))
@pytest.mark.parametrize("interruption", [down, crash])
def test_redelivery_finishes_an_interrupted_change(row: Account, call: int, interruption: Any) -> None:
    store, pool = store_with(row), pool_with(BEFORE)
    pool.interruptions[call] = interruption
    with pytest.raises((IdentityProviderDown, Crash)):
        consume(row, store, pool)
    consume(row, store, pool)
    assert pool.agrees_with(row)
    assert pool.users["sub-1"].signed_out >= 1


def test_a_deactivated_user_is_disabled_first() -> None:
    """Even if the rest fails."""
    store, pool = store_with(GONE), pool_with(BEFORE)
    pool.interruptions[1] = down
    with pytest.raises(IdentityProviderDown):
        consume(GONE, store, pool)
    assert not pool.users["sub-1"].enabled


def test_a_reactivated_user_is_enabled_last() -> None:
    """After the new role is set."""
    store, pool = store_with(AFTER), pool_with(account(DARIA, status="deactivated"))
    pool.interruptions[5] = down
    with pytest.raises(IdentityProviderDown):
        consume(AFTER, store, pool)
    assert pool.users["sub-1"].groups == {"manager"}
    assert not pool.users["sub-1"].enabled


@pytest.mark.parametrize("call", range(5))
@pytest.mark.parametrize(("old", "new"), [(AFTER, 4), (GONE, 4)])
def test_a_row_changed_meanwhile_is_applied_again(call: int, old: Account, new: int) -> None:
    """In the middle, the row changes and another worker applies the new state."""
    newest = account(DARIA, name="Daria Last", role="accountant", version=new)
    store, pool = store_with(old), pool_with(BEFORE)

    def overtaken() -> None:
        store.transact([Put(newest)])
        follow("sub-1", store, pool)

    pool.interruptions[call] = overtaken
    consume(old, store, pool)
    assert pool.agrees_with(newest)


def test_an_event_without_an_account_fails() -> None:
    with pytest.raises(UnknownAccount):
        consume(BEFORE, store_with(), FakeUserPool())


@pytest.fixture
def wired(monkeypatch: pytest.MonkeyPatch) -> tuple[MemoryStore, FakeUserPool]:
    store, pool = store_with(AFTER), pool_with(BEFORE)
    monkeypatch.setenv("USER_POOL_ID", "pool-1")
    monkeypatch.setenv("POOL_CALLS_PER_SECOND", "1000")
    monkeypatch.setenv("MAX_RECEIVES", "20")
    monkeypatch.setattr(handler_module, "store", lambda _tables: store)
    monkeypatch.setattr(handler_module, "CognitoUserPool", lambda _pool_id, _pace: pool)
    return store, pool


def delivery(*events: AccountState) -> dict[str, Any]:
    return batch(*(bus_message(envelope_of(event), number) for number, event in enumerate(events)))


def test_the_handler_acknowledges_handled_messages(wired: tuple[MemoryStore, FakeUserPool]) -> None:
    created = AccountCreated.model_validate(BEFORE, from_attributes=True)
    assert handler_module.handler(delivery(created), LambdaContext()) == {"batchItemFailures": []}
    assert wired[1].agrees_with(present(wired[0]))


def test_the_handler_does_not_acknowledge_failed_messages(wired: tuple[MemoryStore, FakeUserPool]) -> None:
    wired[1].interruptions[0] = down
    left = handler_module.handler(delivery(event_of(AFTER)), LambdaContext())
    assert left == {"batchItemFailures": [{"itemIdentifier": "message-0"}]}
