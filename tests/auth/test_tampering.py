"""Owners who change their own user in the pool can still be deactivated."""

from collections.abc import Callable

import pytest

from functions.auth.bootstrap_account.use_case import bootstrap_account
from functions.auth.change_account.use_case import change_account
from functions.auth.domain import AddressTaken, Change, NewAccount
from functions.auth.invite_account.use_case import invite_account
from functions.auth.rows import Account, AddressClaim
from functions.auth.sync_identity.use_case import sync_identity
from shared.memory_store import MemoryStore
from shared.store import Put, Remove, changed
from tests.auth.fakes import Crash, FakeUserPool, crash
from tests.auth.people import DARIA, account, empty_store, pool_with, present, store_with
from tests.auth.stores import Interrupted
from tests.auth.test_sync_identity import event_of
from tests.support.fakes import context, journal, received

WORKER = account(DARIA)
DEACTIVATED = Change(status="deactivated")
ELSEWHERE = "daria@elsewhere.example"
OTHER = NewAccount(DARIA.email, "Somebody Else", "manager")
AT_ELSEWHERE = NewAccount(ELSEWHERE, "Somebody Else", "manager")


def readdressed(pool: FakeUserPool, email: str = ELSEWHERE, verified: bool = True) -> None:
    pool.users["sub-1"].email, pool.users["sub-1"].email_verified = email, verified


def company() -> tuple[MemoryStore, FakeUserPool]:
    return store_with(WORKER), pool_with(WORKER)


@pytest.mark.parametrize(
    "tamper",
    [
        readdressed,
        lambda pool: readdressed(pool, verified=False),
        lambda pool: readdressed(pool, DARIA.email, verified=False),
        lambda pool: pool.users["sub-1"].groups.add("admin"),
        lambda pool: setattr(pool.users["sub-1"], "name", "Somebody Else"),
    ],
)
def test_a_tampered_user_is_corrected_and_deactivated(
    tamper: Callable[[FakeUserPool], None],
) -> None:
    store, pool = company()
    tamper(pool)
    after = change_account("sub-1", DEACTIVATED, store, context(), pool)
    assert (after.status, after.identity) == ("deactivated", "matches")
    assert pool.agrees_with(after)
    assert pool.users["sub-1"].signed_out


def test_an_account_whose_user_was_deleted_is_deactivated_as_missing() -> None:
    store, pool = company()
    pool.users.clear()
    after = change_account("sub-1", DEACTIVATED, store, context(), pool)
    assert (after.status, after.identity) == ("deactivated", "missing")
    assert present(store) == after
    assert pool.users == {}


def test_an_event_of_a_deleted_user_does_not_become_a_dead_letter() -> None:
    store = store_with(WORKER)
    assert sync_identity([received(event_of(WORKER), event_id="event-1")], store, FakeUserPool()) == {}
    assert present(store).identity == "missing"
    assert present(store).version == WORKER.version


def test_a_user_deleted_during_a_change_is_shown_as_missing() -> None:
    store, pool = company()
    pool.interruptions[1] = pool.users.clear
    after = change_account("sub-1", Change(role="manager"), store, context(), pool)
    assert after.identity == present(store).identity == "missing"


def test_recording_the_identity_keeps_a_concurrent_change() -> None:
    store, pool = company()
    pool.users.clear()
    change_account("sub-1", DEACTIVATED, store, context(), pool)
    pool.add(present(store))

    def meanwhile() -> None:
        change_account("sub-1", Change(role="manager"), store, context(seed=2), pool)

    slow = Interrupted(store, before=meanwhile)
    sync_identity([received(event_of(WORKER), event_id="event-1")], slow, pool)
    assert (present(store).role, present(store).version) == ("manager", 3)
    assert pool.agrees_with(present(store))


def test_recording_the_identity_writes_no_other_field() -> None:
    """A restore may have rewritten the row meanwhile, with the same version."""
    store, pool = company()
    pool.users.clear()
    put_right = changed(WORKER, name="Put Right")
    restored = Interrupted(store, before=lambda: store.transact([Put(put_right)]))
    sync_identity([received(event_of(WORKER), event_id="event-1")], restored, pool)
    assert present(store) == changed(put_right, identity="missing")


@pytest.mark.parametrize("tamper", [readdressed, lambda pool: pool.users.clear()])
def test_an_address_freed_only_in_the_pool_still_belongs_to_its_account(
    tamper: Callable[[FakeUserPool], None],
) -> None:
    store, pool = company()
    tamper(pool)
    with pytest.raises(AddressTaken):
        invite_account(OTHER, store, context(), pool)
    assert bootstrap_account(OTHER, store, context(), pool).account_id == "sub-1"
    assert [row.account_id for row in store.rows(Account)] == ["sub-1"]
    assert set(pool.users) <= {"sub-1"}
    assert pool.invitations == []


def test_an_address_taken_only_in_the_pool_can_be_invited() -> None:
    store, pool = company()
    readdressed(pool)
    invited = invite_account(AT_ELSEWHERE, store, context(), pool)
    assert pool.agrees_with(invited)
    assert pool.agrees_with(present(store))
    assert {row.email for row in store.rows(Account)} == {DARIA.email, ELSEWHERE}


def test_two_users_who_swapped_addresses_keep_their_own_rights() -> None:
    """Neither address can be restored first; each user keeps the rights of its row."""
    eve = account(NewAccount(ELSEWHERE, "Eve Moreau", "admin"), "sub-2")
    store, pool = store_with(WORKER, eve), pool_with(WORKER, eve)
    pool.users["sub-1"].email, pool.users["sub-2"].email = ELSEWHERE, DARIA.email
    after = change_account("sub-1", DEACTIVATED, store, context(), pool)
    assert after.identity == "differs"
    assert not pool.users["sub-1"].enabled
    assert pool.users["sub-2"].enabled
    assert pool.users["sub-2"].groups == {"admin"}


def test_an_occupied_address_does_not_block_other_changes() -> None:
    store, pool = company()
    readdressed(pool)
    pool.ensure_user(DARIA.email, "Nobody", invited=False)
    change = Change(name="Daria Petrova", role="manager", status="deactivated")
    after = change_account("sub-1", change, store, context(), pool)
    user = pool.users["sub-1"]
    assert (user.name, user.groups, user.enabled) == ("Daria Petrova", {"manager"}, False)
    assert after.identity == present(store).identity == "differs"


def test_an_account_without_an_address_claim_keeps_its_address() -> None:
    store, pool = company()
    store.transact([Remove(AddressClaim, {"email": DARIA.email})])
    with pytest.raises(AddressTaken):
        invite_account(OTHER, store, context(), pool)
    assert store.rows(Account) == [WORKER]


def test_an_address_claimed_by_a_concurrent_invite_is_taken() -> None:
    """The first invite's owner freed the address in the pool at once."""
    store, pool = empty_store(), FakeUserPool()

    def meanwhile() -> None:
        pool.users.clear()
        invite_account(OTHER, store, context(seed=2), pool)

    with pytest.raises(AddressTaken):
        invite_account(DARIA, Interrupted(store, before=meanwhile), context(), pool)
    assert [row.email for row in store.rows(Account)] == [DARIA.email]
    assert len(journal(store)) == len(store.rows(AddressClaim)) == 1


def test_a_claim_is_written_with_its_row_or_not_at_all() -> None:
    store = empty_store()
    with pytest.raises(Crash):
        invite_account(DARIA, Interrupted(store, before=crash), context(), FakeUserPool())
    assert store.rows(AddressClaim) == []
    invite_account(DARIA, store, context(), FakeUserPool())
    assert store.rows(AddressClaim) == [AddressClaim(DARIA.email, "sub-1")]
