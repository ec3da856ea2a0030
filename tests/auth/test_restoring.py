"""Auth's tables from an older copy: the highest version wins, addresses come from the pool."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from events.auth import AccountCreated, AccountRoleChanged
from functions.auth.domain import ACTIVE_ADMINS, is_active_admin
from functions.auth.restoring import restored, without_user
from functions.auth.rows import TABLES, Account, AddressClaim, Counter
from shared.memory_store import MemoryStore
from shared.records import JournalRecord
from shared.store import Insert, Put
from tests.accounting.test_restoring import comparable, published
from tests.auth.people import ADA, DARIA, EVE, account, store_with
from tests.support.fakes import FakeClock, context

KINDS = [kind for table in TABLES for kind in table.rows]
EMAILS = {"sub-1": DARIA.email, "sub-2": ADA.email, "sub-3": EVE.email}


def copied(store: MemoryStore) -> dict[type[Any], list[Any]]:
    return {kind: store.rows(kind) for kind in KINDS}


def write_with_event(store: MemoryStore, kind: type[Any], row: Account, clock: FakeClock, seed: int) -> None:
    event = kind.model_validate(row, from_attributes=True)
    told = context(clock, seed).record(event, occurred_at=clock(), subject_id=row.account_id)
    store.transact([Put(row), Put(AddressClaim(row.email, row.account_id)), *told])


@pytest.fixture
def store() -> MemoryStore:
    """Daria and Ada, with their events."""
    clock, made = FakeClock(), store_with()
    write_with_event(made, AccountCreated, account(DARIA, "sub-1", clock()), clock, 1)
    write_with_event(made, AccountCreated, account(ADA, "sub-2", clock()), clock, 2)
    return made


def promote_and_invite(store: MemoryStore) -> None:
    """Daria becomes an admin, and Eve is invited."""
    clock = FakeClock()
    clock.advance(hours=1)
    daria = store.get(Account, account_id="sub-1")
    assert daria is not None
    later = replace(daria, role="admin", version=2, updated_at="2026-11-22T13:00:00.000Z")
    write_with_event(store, AccountRoleChanged, later, clock, 3)
    write_with_event(store, AccountCreated, account(EVE, "sub-3", clock()), clock, 4)
    admins = sum(map(is_active_admin, store.rows(Account)))
    store.transact([Put(Counter(ACTIVE_ADMINS, admins))])


def test_an_older_copy_and_all_events_restore_the_accounts(store: MemoryStore) -> None:
    copy = copied(store)
    promote_and_invite(store)
    events = published(store)
    for order in (events, events[::-1], events * 2):
        assert comparable(restored(copy, order, EMAILS.get)) == comparable(copied(store))
    nothing: dict[type[Any], list[Any]] = {kind: [] for kind in KINDS}
    assert comparable(restored(nothing, events, EMAILS.get)) == comparable(copied(store))


def test_the_highest_version_wins_whatever_the_clocks_say(store: MemoryStore) -> None:
    """The change was written by a host whose clock is slow, so it seems older than the invite."""
    late = FakeClock()
    late.advance(seconds=-1)
    (before,) = [row for row in store.rows(Account) if row.account_id == "sub-1"]
    write_with_event(store, AccountRoleChanged, replace(before, role="manager", version=2), late, 5)
    nothing: dict[type[Any], list[Any]] = {kind: [] for kind in KINDS}
    (daria,) = [
        row for row in restored(nothing, published(store), EMAILS.get)[Account] if row.account_id == "sub-1"
    ]
    assert (daria.role, daria.version) == ("manager", 2)


def test_a_counter_of_another_time_is_computed_again(store: MemoryStore) -> None:
    copy = copied(store)
    assert restored({**copy, Counter: [Counter(ACTIVE_ADMINS, 9)]}, [], EMAILS.get)[Counter] == [
        Counter(ACTIVE_ADMINS, 1)
    ]


def test_an_account_without_a_user_is_restored_and_reported(store: MemoryStore) -> None:
    """Its user was deleted; other accounts are unchanged."""
    others = {each: email for each, email in EMAILS.items() if each != "sub-1"}
    nothing: dict[type[Any], list[Any]] = {kind: [] for kind in KINDS}
    rows = restored(nothing, published(store), others.get)
    daria, ada = sorted(rows[Account], key=lambda row: row.account_id)
    assert daria == account(DARIA, "sub-1", email="", identity="missing")
    assert ada == account(ADA, "sub-2")
    assert rows[AddressClaim] == [AddressClaim(ADA.email, "sub-2")]
    assert without_user(rows) == [
        "account sub-1: its e-mail address is lost",
        "account sub-1: there is no such user in the user pool",
    ]


def test_an_account_of_the_copy_keeps_its_address_without_a_user(store: MemoryStore) -> None:
    others = {each: email for each, email in EMAILS.items() if each != "sub-1"}
    rows = restored(copied(store), [], others.get)
    daria = min(rows[Account], key=lambda row: row.account_id)
    assert (daria.email, daria.identity) == (DARIA.email, "missing")
    assert without_user(rows) == ["account sub-1: there is no such user in the user pool"]


def test_remaining_address_claims_win_over_the_pool(store: MemoryStore) -> None:
    """Daria's user is gone, and Ada has changed her address in the pool."""
    left: dict[type[Any], list[Any]] = {kind: [] for kind in KINDS}
    left[AddressClaim] = store.rows(AddressClaim)
    rows = restored(left, published(store), {"sub-2": "other@ates.example"}.get)
    assert {row.account_id: row.email for row in rows[Account]} == {"sub-1": DARIA.email, "sub-2": ADA.email}
    assert comparable({AddressClaim: rows[AddressClaim]}) == comparable(
        {AddressClaim: store.rows(AddressClaim)}
    )


def test_a_pool_address_that_belongs_to_another_row_is_ignored(store: MemoryStore) -> None:
    """Eve, who is not in the copy, has taken Ada's address in the pool."""
    copy = copied(store)
    promote_and_invite(store)
    rows = restored(copy, published(store), {**EMAILS, "sub-3": ADA.email.upper()}.get)
    assert {row.account_id: row.email for row in rows[Account]} == {
        "sub-1": DARIA.email,
        "sub-2": ADA.email,
        "sub-3": "",
    }
    assert without_user(rows) == ["account sub-3: its e-mail address is lost"]


def test_of_two_rows_with_one_address_the_older_one_keeps_it(store: MemoryStore) -> None:
    younger = account(DARIA, "sub-0", FakeClock()() + timedelta(hours=1))
    store.transact([Insert(younger)])
    rows = restored(copied(store), [], lambda _: DARIA.email)
    assert AddressClaim(DARIA.email, "sub-1") in rows[AddressClaim]
    assert len(rows[AddressClaim]) == 2


def test_accounts_of_the_copy_keep_their_addresses(store: MemoryStore) -> None:
    copy = copied(store)
    other = {**copy, JournalRecord: []}
    store.transact([Insert(account(EVE, "sub-9"))])
    assert {row.email for row in restored(other, [], EMAILS.get)[Account]} == {DARIA.email, ADA.email}
