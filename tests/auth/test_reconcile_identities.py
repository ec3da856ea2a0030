"""The pool is corrected from the rows: nothing is deleted, and changes have a limit."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from functions.auth.change_account.use_case import change_account
from functions.auth.domain import BookmarkLost, Change, IdentityProviderDown, NewAccount, User, max_differing
from functions.auth.following import note
from functions.auth.reconcile_identities import handler as handler_module
from functions.auth.reconcile_identities.use_case import (
    LEASE,
    MAX_NAMED,
    TICK,
    Busy,
    Order,
    reconcile_identities,
)
from functions.auth.rows import Account, AddressClaim, Reconciliation
from shared.memory_store import MemoryStore
from shared.store import Put, Remove
from tests.auth.fakes import Crash, FakeUserPool, crash, down
from tests.auth.people import account, pool_with, store_with
from tests.auth.stores import Interrupted
from tests.support.fakes import FakeClock, context, journal
from tests.support.invocations import LambdaContext

BEGIN = Order(begin=True)
OVERRIDE = Order(begin=True, override=True)


@dataclass
class Work:
    """Rows and a pool that agree, and the reconciliation of them."""

    store: MemoryStore
    pool: FakeUserPool
    clock: FakeClock = field(default_factory=FakeClock)
    steps_left: int | None = None

    def run(self, order: Order = TICK) -> Reconciliation:
        return reconcile_identities(self.store, context(self.clock), self.pool, self.has_time, order)

    def has_time(self) -> bool:
        if self.steps_left is None:
            return True
        self.steps_left -= 1
        return self.steps_left >= 0

    def later(self, **by: int) -> "Work":
        self.clock.advance(**by)
        return self

    def rows(self) -> dict[str, Account]:
        return {row.account_id: row for row in self.store.rows(Account)}

    def agrees(self) -> bool:
        return all(self.pool.agrees_with(row) for row in self.store.rows(Account))


def person(number: int, **changes: Any) -> Account:
    new = NewAccount(f"popug{number}@ates.example", f"Popug {number}", "worker")
    return account(new, f"sub-{number:04}", **changes)


def company(size: int) -> Work:
    people = [person(number) for number in range(size)]
    return Work(store_with(*people), pool_with(*people))


TAMPERED: dict[str, Callable[[Any], object]] = {
    "the address": lambda user: setattr(user, "email", "elsewhere@evil.example"),
    "an unverified address": lambda user: setattr(user, "email_verified", False),
    "the name": lambda user: setattr(user, "name", "Somebody Else"),
    "another group": lambda user: user.groups.add("admin"),
    "no group": lambda user: user.groups.clear(),
    "disabled": lambda user: setattr(user, "enabled", False),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_each_difference_is_corrected_from_the_row(what: str) -> None:
    work = company(5)
    TAMPERED[what](work.pool.users["sub-0003"])
    done = work.run()
    assert (done.phase, done.accounts, done.differing, done.brought) == ("done", 5, 1, 1)
    assert done.named_differing == ["sub-0003"]
    assert work.agrees()
    assert {row.identity for row in work.rows().values()} == {"matches"}
    assert journal(work.store) == []


def test_a_deactivated_user_who_was_enabled_is_disabled_and_signed_out() -> None:
    gone = person(1, status="deactivated", version=2)
    work = Work(store_with(gone, person(2)), pool_with(gone, person(2)))
    work.pool.users["sub-0001"].enabled = True
    work.run()
    assert work.agrees()
    assert work.pool.users["sub-0001"].signed_out == 1


def test_without_differences_nothing_is_written_to_the_pool() -> None:
    gone = person(1, status="deactivated", version=2)
    work = Work(store_with(gone, person(2)), pool_with(gone, person(2)))
    done = work.run()
    assert (done.differing, done.missing, done.without_account, done.brought) == (0, 0, 0, 0)
    assert work.pool.users["sub-0001"].signed_out == 0
    assert work.pool.calls == 2 + 1


def test_a_missing_user_is_reported_and_not_recreated() -> None:
    work = company(4)
    del work.pool.users["sub-0002"]
    done = work.run()
    assert (done.phase, done.missing, done.named_missing) == ("done", 1, ["sub-0002"])
    assert work.rows()["sub-0002"].identity == "missing"
    assert sorted(work.pool.users) == ["sub-0000", "sub-0001", "sub-0003"]


def test_a_user_without_an_account_is_reported_and_not_changed() -> None:
    work = company(4)
    stranger, _ = work.pool.ensure_user("stranger@ates.example", "Stranger", invited=False)
    before = replace(work.pool.users[stranger])
    done = work.run()
    assert (done.without_account, done.named_without_account) == (1, [stranger])
    assert work.pool.users[stranger] == before


def test_a_user_who_is_back_is_shown_as_matching() -> None:
    work = company(3)
    user = work.pool.users.pop("sub-0001")
    work.run()
    work.pool.users["sub-0001"] = user
    assert work.later(hours=1).run().missing == 0
    assert work.rows()["sub-0001"].identity == "matches"


def test_a_user_whose_address_is_occupied_stays_shown_as_differing() -> None:
    work = company(3)
    address = work.pool.users["sub-0001"].email
    work.pool.users["sub-0001"].email = "elsewhere@evil.example"
    work.pool.ensure_user(address, "Nobody", invited=False)
    done = work.run()
    assert (done.phase, done.differing, done.brought) == ("done", 1, 0)
    assert work.rows()["sub-0001"].identity == "differs"


def test_rows_without_an_address_claim_get_one() -> None:
    work = company(3)
    for number in range(2):
        work.store.transact([Remove(AddressClaim, {"email": f"popug{number}@ates.example"})])
    work.run()
    claims = {claim.email: claim.account_id for claim in work.store.rows(AddressClaim)}
    assert claims == {row.email: row.account_id for row in work.rows().values()}


# How much may change


@pytest.mark.parametrize(
    ("accounts", "limit"), [(1, 10), (8, 10), (1000, 10), (1099, 10), (1100, 11), (50_000, 500)]
)
def test_the_limit_of_differences_depends_on_the_number_of_accounts(accounts: int, limit: int) -> None:
    assert max_differing(accounts) == limit


def company_with_differences(size: int, differing: int) -> Work:
    work = company(size)
    for number in range(differing):
        work.pool.users[f"sub-{number:04}"].groups = {"admin"}
    return work


def test_differences_up_to_the_limit_are_corrected() -> None:
    work = company_with_differences(30, 10)
    assert work.run().brought == 10
    assert work.agrees()


def test_above_the_limit_nothing_is_changed_and_the_alarm_is_on() -> None:
    work = company_with_differences(30, 11)
    before = {each: replace(user, groups=set(user.groups)) for each, user in work.pool.users.items()}
    stopped = work.run()
    assert (stopped.phase, stopped.differing, stopped.brought) == ("stopped", 11, 0)
    assert stopped.is_alarming
    assert work.pool.users == before
    assert sum(row.identity == "differs" for row in work.rows().values()) == 11


def test_an_operator_can_override_the_limit() -> None:
    work = company_with_differences(30, 11)
    work.run()
    done = work.run(OVERRIDE)
    assert (done.phase, done.brought, done.is_alarming) == ("done", 11, False)
    assert work.agrees()
    assert not work.later(hours=1).run().is_overridden


def test_the_alarm_stays_on_until_a_reconciliation_is_within_the_limit() -> None:
    work = company_with_differences(30, 11)
    work.run()
    assert work.later(minutes=5).run().is_alarming
    work.steps_left = 1
    assert work.later(hours=1).run().is_alarming
    work.steps_left = None
    work.pool.users["sub-0000"].groups = {"worker"}
    done = work.later(minutes=5).run()
    assert (done.phase, done.is_alarming) == ("done", False)
    assert work.agrees()


def test_missing_users_do_not_count_towards_the_limit() -> None:
    work = company(30)
    for number in range(20):
        del work.pool.users[f"sub-{number:04}"]
    assert work.run().phase == "done"


def test_only_the_first_differing_accounts_are_named() -> None:
    work = company_with_differences(70, 60)
    stopped = work.run()
    assert stopped.differing == 60
    assert len(stopped.named_differing) == MAX_NAMED


# In several runs


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_each_run_continues_where_the_last_one_stopped(steps: int) -> None:
    work = company_with_differences(60, 5)
    stranger, _ = work.pool.ensure_user("stranger@ates.example", "Stranger", invited=False)
    ticks = 0
    while True:
        work.steps_left, ticks = steps, ticks + 1
        found = work.later(minutes=5).run()
        if found.ended_at:
            break
        assert found.leased_until is None
    assert ticks > 5
    assert (found.accounts, found.differing, found.brought) == (60, 5, 5)
    assert found.named_without_account == [stranger]
    assert work.agrees()


def test_the_next_reconciliation_begins_after_an_hour() -> None:
    work = company(3)
    first = work.run()
    assert work.later(minutes=55).run() == first
    second = work.later(minutes=5).run()
    assert second.began_at > first.began_at


def test_an_operator_can_begin_one_before_the_hour() -> None:
    work = company(3)
    work.run()
    work.pool.users["sub-0001"].name = "Somebody Else"
    assert work.later(minutes=1).run(BEGIN).brought == 1


@pytest.mark.parametrize("call", range(12))
@pytest.mark.parametrize("interruption", [down, crash])
def test_a_run_interrupted_at_any_call_is_finished_by_the_next(
    call: int, interruption: Callable[[], None]
) -> None:
    work = company(4)
    TAMPERED["the address"](work.pool.users["sub-0001"])
    del work.pool.users["sub-0002"]
    work.pool.interruptions[call] = interruption
    try:
        work.run()
    except (IdentityProviderDown, Crash):
        done = work.later(minutes=5).run()
        assert (done.phase, done.accounts, done.missing) == ("done", 4, 1)
    assert work.rows()["sub-0001"].identity == "matches"
    assert work.pool.agrees_with(work.rows()["sub-0001"])


def test_a_second_run_at_the_same_time_is_refused() -> None:
    work = company(3)

    def meanwhile() -> None:
        with pytest.raises(Busy):
            work.run()
        with pytest.raises(Busy):
            work.run(OVERRIDE)

    work.pool.interruptions[0] = meanwhile
    assert work.run().phase == "done"


def test_a_run_that_lost_its_lease_stops() -> None:
    work = company(3)

    def meanwhile() -> None:
        work.clock.advance(seconds=LEASE.total_seconds() + 1)
        assert work.run().phase == "done"

    work.pool.interruptions[0] = meanwhile
    with pytest.raises(Busy):
        work.run()


def test_a_change_made_meanwhile_is_not_undone() -> None:
    work = company(3)
    work.pool.users["sub-0001"].name = "Somebody Else"

    def meanwhile() -> None:
        change_account("sub-0001", Change(role="manager"), work.store, context(), work.pool)

    work.pool.interruptions[1] = meanwhile
    work.run()
    assert work.rows()["sub-0001"].role == "manager"
    assert work.agrees()


def test_a_row_changed_during_the_comparison_does_not_count_as_differing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It changes after its row and before its user is read."""
    work = company(3)
    newer = replace(work.rows()["sub-0001"], name="Popug One", version=2)
    look, looked = work.pool.user, list[str]()

    def after_a_change(account_id: str) -> User | None:
        looked.append(account_id)
        if account_id == newer.account_id:
            work.store.transact([Put(newer)])
            work.pool.users[account_id].name = newer.name
        return look(account_id)

    monkeypatch.setattr(work.pool, "user", after_a_change)
    assert (work.run().differing, sorted(looked)) == (0, sorted(work.rows()))


def test_a_lost_bookmark_restarts_the_list_of_users(monkeypatch: pytest.MonkeyPatch) -> None:
    work = company(9)
    strangers = [
        work.pool.ensure_user(f"stranger{n}@ates.example", "Stranger", invited=False)[0] for n in range(9)
    ]
    listed, lost = work.pool.page_of_users, list[str]()

    def forgetful(after: str | None) -> tuple[list[str], str | None]:
        if after in strangers and not lost:
            lost.append(after)
            raise BookmarkLost("injected")
        return listed(after)

    monkeypatch.setattr(work.pool, "page_of_users", forgetful)
    done = work.run()
    assert (done.phase, done.without_account) == ("done", len(strangers))
    assert sorted(done.named_without_account) == sorted(strangers)


# The handler


@pytest.fixture
def wired(monkeypatch: pytest.MonkeyPatch) -> Work:
    work = company_with_differences(30, 11)
    monkeypatch.setenv("USER_POOL_ID", "pool-1")
    monkeypatch.setattr(handler_module, "store", lambda _tables: work.store)
    monkeypatch.setenv("POOL_CALLS_PER_SECOND", "5")
    monkeypatch.setattr(handler_module, "CognitoUserPool", lambda _pool_id, _pace: work.pool)
    monkeypatch.setattr(handler_module, "invocation", lambda _: context(work.clock))
    return work


def test_every_tick_fails_until_an_operator_overrides_the_limit(wired: Work) -> None:
    for _ in range(3):
        with pytest.raises(handler_module.TooManyDiffer):
            handler_module.handler({"source": "aws.events"}, LambdaContext())
        wired.later(minutes=5)
    said = handler_module.handler({"by": "operator"}, LambdaContext())
    assert (said["busy"], said["phase"]) == (False, "stopped")
    said = handler_module.handler({"by": "operator", "begin": True, "override": True}, LambdaContext())
    assert (said["phase"], said["brought"]) == ("done", 11)
    assert handler_module.handler({}, LambdaContext())["phase"] == "done"


def test_only_an_operator_can_override(wired: Work) -> None:
    with pytest.raises(handler_module.TooManyDiffer):
        handler_module.handler({"begin": True, "override": True}, LambdaContext())
    assert (
        handler_module.handler({"by": "operator", "begin": True, "override": "no"}, LambdaContext())[
            "brought"
        ]
        == 0
    )


def test_a_second_call_at_the_same_time_gets_busy(wired: Work) -> None:
    def meanwhile() -> None:
        assert handler_module.handler({"by": "operator"}, LambdaContext()) == {"busy": True}

    wired.pool.interruptions[0] = meanwhile
    handler_module.handler({"by": "operator", "begin": True}, LambdaContext())


def test_an_invocation_stops_before_its_timeout(wired: Work) -> None:
    class Short(LambdaContext):
        def get_remaining_time_in_millis(self) -> int:
            return 20_000

    said = handler_module.handler({}, Short())
    assert (said["phase"], said["accounts"], said["ended_at"]) == ("looking", 0, None)


SENT = "2026-11-20T12:00:00.000Z"


@pytest.mark.parametrize(
    ("kept", "has_come", "then"),
    [
        (SENT, True, None),
        (SENT, False, SENT),
        (None, True, None),
        (None, False, person(1).created_at),
    ],
)
def test_the_pool_decides_whether_an_invitation_is_accepted(
    kept: str | None, has_come: bool, then: str | None
) -> None:
    """Also for a row without `invited_at`: an old one, or one restored from events."""
    work = company(3)
    work.store.transact([Put(person(1, invited_at=kept))])
    work.pool.users["sub-0001"].has_own_password = has_come
    done = work.run()
    assert (work.rows()["sub-0001"].invited_at, done.differing) == (then, 0)


def test_an_invitation_sent_during_the_comparison_is_kept() -> None:
    work = company(1)
    work.store.transact([Put(person(0, invited_at=SENT))])
    again = "2026-11-22T12:00:00.000Z"
    racing = Interrupted(work.store, before=lambda: work.store.transact([Put(person(0, invited_at=again))]))
    note(person(0, invited_at=SENT), person(0), racing)
    assert work.rows()["sub-0000"].invited_at == again
