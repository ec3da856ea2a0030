"""The replica of accounts, and the balance that each account gets with it."""

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from events.auth import AccountCreated, AccountDeactivated, AccountRoleChanged, AccountState
from functions.accounting.ledger import new_balance
from functions.accounting.on_account_event.use_case import on_account_event
from functions.accounting.rows import Account, Balance
from shared.guards import SENTINEL, RowsLost
from shared.memory_store import MemoryStore
from shared.messages import Received
from shared.store import Conflict, Insert, Put, Remove, Unavailable
from tests.accounting.support import TODAY, YESTERDAY, ZONE, acting, assigned, balance, close, consume, ledger
from tests.support.fakes import received
from tests.support.faults import with_each_fault


def event(version: int, account_id: str = "ann") -> Received[AccountState]:
    kind = (AccountCreated, AccountRoleChanged, AccountDeactivated)[(version - 1) % 3]
    state = kind(
        account_id=account_id, name=f"Name {version}", role="worker", status="active", version=version
    )
    return received(state, event_id=f"{account_id}-{9 - version}")


@pytest.mark.parametrize("order", list(permutations([1, 2, 3])))
def test_the_highest_version_wins_in_any_order(order: tuple[int, ...]) -> None:
    one_by_one, at_once = ledger(), ledger()
    for version in order:
        assert on_account_event([event(version)], one_by_one, ZONE) == {}
    assert on_account_event([event(version) for version in order], at_once, ZONE) == {}
    for store in (one_by_one, at_once):
        (account,) = store.rows(Account)
        assert (account.version, account.name) == (3, "Name 3")


def test_an_account_has_a_balance_before_it_has_an_entry() -> None:
    store = ledger()
    on_account_event([event(1)], store, ZONE)
    assert balance(store) == new_balance("ann", "2026-11-22")
    assert balance(store).closed_through == YESTERDAY


def test_an_existing_balance_is_not_changed() -> None:
    store = ledger()
    consume(store, assigned("e1"))
    before = balance(store)
    on_account_event([event(1)], store, ZONE)
    assert balance(store) == before


def test_with_lost_balances_no_account_starts_again_and_its_event_fails() -> None:
    """Its days are closed; with a new balance they would be closed and published again."""
    store = ledger()
    on_account_event([event(1)], store, ZONE)
    consume(store, assigned("e1"))
    close(store, TODAY)
    for account_id in ("ann", SENTINEL):
        store.transact([Remove(Balance, {"account_id": account_id})])
    (failure,) = on_account_event([event(2)], store, ZONE).values()
    assert isinstance(failure, RowsLost)
    assert store.rows(Balance) == []
    assert [account.version for account in store.rows(Account)] == [1]


def test_a_balance_created_by_a_concurrent_posting_is_kept() -> None:
    store = ledger()

    class Beaten(MemoryStore):
        others_post = True

        def write(self, actions: Any, token: str) -> None:
            if self.others_post:
                Beaten.others_post = False
                super().write([Insert(new_balance("ann", "2026-11-20"))], "theirs")
            super().write(actions, token)

    assert on_account_event([event(1)], acting(Beaten, store), ZONE) == {}
    assert balance(store).closed_through == "2026-11-19"
    assert len(store.rows(Account)) == 1


def test_one_account_that_fails_does_not_fail_the_others() -> None:
    class Failing(MemoryStore):
        def write(self, actions: Any, token: str) -> None:
            if actions[0].row.account_id == "bob":
                raise Conflict("injected")
            super().write(actions, token)

    store = ledger()
    failed = on_account_event([event(1), event(1, "bob"), event(2, "bob")], acting(Failing, store), ZONE)
    assert set(failed) == {"message-bob-8", "message-bob-7"}
    assert all(isinstance(error, Unavailable) for error in failed.values())
    assert [account.account_id for account in store.rows(Account)] == ["ann"]


def test_every_write_fault_leaves_the_same_result() -> None:
    batch = [event(2), event(1), event(1, "bob")]
    seen = 0
    for label, store in with_each_fault(ledger, lambda store: on_account_event(batch, store, ZONE)):
        seen += 1
        found = sorted((account.account_id, account.version) for account in store.rows(Account))
        assert found == [("ann", 2), ("bob", 1)], label
        assert len(store.rows(Balance)) == 2, label
    assert seen == 6


def test_an_old_row_gets_its_name_key_when_its_event_is_repeated() -> None:
    store = ledger()
    on_account_event([event(2)], store, ZONE)
    (row,) = store.rows(Account)
    assert row.name_key == "name 2#ann"
    store.transact([Put(replace(row, name_key=None))])
    on_account_event([event(1)], store, ZONE)
    assert store.rows(Account) == [replace(row, name_key=None)]
    on_account_event([event(2)], store, ZONE)
    assert store.rows(Account) == [row]
