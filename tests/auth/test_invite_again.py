"""POST /accounts/{account_id}/invitation"""

import json
from collections.abc import Callable
from typing import Any

import pytest

from functions.auth.change_account.use_case import change_account
from functions.auth.domain import Change, InvitationAccepted, NotInvitable, UnknownAccount
from functions.auth.invite_again import handler as handler_module
from functions.auth.invite_again.use_case import invite_again
from functions.auth.rows import Account
from shared.clock import rfc3339
from shared.memory_store import MemoryStore
from shared.records import StoredAnswer
from shared.store import Put, changed
from tests.auth.fakes import Crash, FakeUserPool, crash, down
from tests.auth.people import DARIA, EVE, account, pool_with, present, store_with
from tests.auth.stores import Interrupted
from tests.support.fakes import NOON, FakeClock, context, journal
from tests.support.faults import with_each_fault
from tests.support.invocations import LambdaContext, http_request

SENT = rfc3339(NOON)
CALLER = account(EVE, "sub-8")
INVITED = account(invited_at=SENT)


def later(**by: int) -> FakeClock:
    clock = FakeClock()
    clock.advance(**by)
    return clock


def test_the_mail_is_sent_again_and_the_expiry_restarts() -> None:
    store, pool, clock = store_with(INVITED), pool_with(INVITED), later(days=9)
    again = invite_again("sub-1", store, context(clock), pool)
    assert again == changed(INVITED, invited_at=rfc3339(clock())) == present(store)
    assert (pool.invitations, journal(store)) == ([DARIA.email], [])


def test_every_write_fault_leaves_the_same_result() -> None:
    tried = 0
    pool = pool_with(INVITED)
    for label, store in with_each_fault(
        lambda: store_with(INVITED), lambda store: invite_again("sub-1", store, context(later(days=1)), pool)
    ):
        tried += 1
        assert present(store).invited_at == rfc3339(later(days=1)()), label
    assert tried == 3


def test_an_accepted_invitation_is_recorded_and_not_sent_again() -> None:
    store, pool = store_with(INVITED), pool_with(INVITED)
    pool.sign_in("sub-1")
    with pytest.raises(InvitationAccepted):
        invite_again("sub-1", store, context(), pool)
    assert (present(store).invited_at, pool.invitations) == (None, [])


def test_an_invitation_accepted_meanwhile_is_recorded_and_not_sent_again() -> None:
    store, pool = store_with(INVITED), pool_with(INVITED)
    pool.interruptions[2] = lambda: pool.sign_in("sub-1")
    with pytest.raises(InvitationAccepted):
        invite_again("sub-1", store, context(), pool)
    assert (present(store).invited_at, pool.invitations) == (None, [])


def test_without_an_invitation_in_the_row_the_pool_decides() -> None:
    store, pool = store_with(account()), pool_with(INVITED)
    assert invite_again("sub-1", store, context(), pool).invited_at == SENT


def test_an_unknown_account_is_refused() -> None:
    with pytest.raises(UnknownAccount):
        invite_again("sub-1", store_with(), context(), pool_with(INVITED))


def _swap_addresses(pool: FakeUserPool) -> None:
    pool.users["sub-1"].email = "elsewhere@ates.example"
    pool.add(account(DARIA, "sub-2"))


NOT_INVITABLE: dict[str, tuple[Account, Callable[[FakeUserPool], object]]] = {
    "deactivated": (changed(INVITED, status="deactivated"), lambda _: None),
    "without a user": (INVITED, lambda pool: pool.users.clear()),
    "without an address": (changed(INVITED, email=""), lambda _: None),
    "whose address another user has": (
        INVITED,
        _swap_addresses,
    ),
}


@pytest.mark.parametrize("what", NOT_INVITABLE)
def test_an_account_that_no_mail_can_reach_is_refused(what: str) -> None:
    row, then = NOT_INVITABLE[what]
    store, pool = store_with(INVITED), pool_with(INVITED)
    store.transact([Put(row)])
    then(pool)
    with pytest.raises(NotInvitable):
        invite_again("sub-1", store, context(), pool)
    assert (present(store).invited_at, pool.invitations) == (SENT, [])


def test_an_address_changed_only_in_the_pool_is_corrected_before_the_mail() -> None:
    store, pool = store_with(INVITED), pool_with(INVITED)
    pool.users["sub-1"].email = "elsewhere@evil.example"
    invite_again("sub-1", store, context(), pool)
    assert pool.invitations == [DARIA.email]
    assert pool.agrees_with(present(store))


def test_an_account_deactivated_meanwhile_stays_deactivated() -> None:
    """The mail was sent; its password is useless."""
    store, pool = store_with(CALLER, INVITED), pool_with(CALLER, INVITED)

    def meanwhile() -> None:
        change_account("sub-1", Change(status="deactivated"), store, context(seed=2), pool)

    with pytest.raises(NotInvitable):
        invite_again("sub-1", Interrupted(store, before=meanwhile), context(later(days=1)), pool)
    assert (present(store).status, present(store).invited_at) == ("deactivated", SENT)
    assert pool.users["sub-1"].enabled is False


def test_a_concurrent_change_keeps_the_new_invitation() -> None:
    store, pool = store_with(CALLER, INVITED), pool_with(CALLER, INVITED)

    def meanwhile() -> None:
        invite_again("sub-1", store, context(later(days=1)), pool)

    racing = Interrupted(store, before=meanwhile)
    change_account("sub-1", Change(role="manager"), racing, context(seed=2), pool)
    assert (present(store).role, present(store).invited_at) == ("manager", rfc3339(later(days=1)()))


@pytest.fixture
def wired(monkeypatch: pytest.MonkeyPatch) -> tuple[MemoryStore, FakeUserPool]:
    store, pool = store_with(CALLER, INVITED), pool_with(CALLER, INVITED)
    monkeypatch.setenv("USER_POOL_ID", "pool-1")
    monkeypatch.setattr(handler_module, "store", lambda _tables: store)
    monkeypatch.setattr(handler_module, "CognitoUserPool", lambda _pool_id: pool)
    return store, pool


def post(key: str | None = "key-1", account_id: str = "sub-1", groups: str = "[admin]") -> tuple[int, Any]:
    event = http_request(
        "POST",
        "/accounts/x/invitation",
        account_id="sub-8",
        groups=groups,
        parameters={"account_id": account_id},
        headers={"idempotency-key": key} if key else {},
    )
    response = handler_module.handler(event, LambdaContext())
    return response["statusCode"], json.loads(response["body"])


def test_the_handler_returns_the_account(wired: tuple[MemoryStore, FakeUserPool]) -> None:
    status, answer = post()
    assert (status, answer["account_id"], answer["invitation"]) == (200, "sub-1", "pending")
    assert answer["invited_at"] == present(wired[0]).invited_at != SENT


def test_the_same_key_gets_the_first_answer_and_no_second_mail(
    wired: tuple[MemoryStore, FakeUserPool],
) -> None:
    first = post()
    assert [post() for _ in range(2)] == [first] * 2
    assert wired[1].invitations == [DARIA.email]
    assert post("key-2")[0] == 200
    assert wired[1].invitations == [DARIA.email] * 2


@pytest.mark.parametrize(("when", "mails"), [("before", 2), ("after", 1)])
def test_after_a_crash_the_mail_is_sent_again_only_if_not_recorded(
    wired: tuple[MemoryStore, FakeUserPool], monkeypatch: pytest.MonkeyPatch, when: str, mails: int
) -> None:
    store, pool = wired
    dying = Interrupted(store, before=crash) if when == "before" else Interrupted(store, after=crash)
    monkeypatch.setattr(handler_module, "store", lambda _tables: dying)
    with pytest.raises(Crash):
        post()
    monkeypatch.setattr(handler_module, "store", lambda _tables: store)
    assert [post()[0] for _ in range(2)] == [200, 200]
    assert (len(pool.invitations), len(store.rows(StoredAnswer))) == (mails, 1)


def test_a_user_pool_outage_is_503_and_can_be_retried(wired: tuple[MemoryStore, FakeUserPool]) -> None:
    wired[1].interruptions[0] = down
    assert post()[0] == 503
    assert wired[1].invitations == []
    assert post()[0] == 200


def test_refusals_have_their_problem_types(wired: tuple[MemoryStore, FakeUserPool]) -> None:
    store, pool = wired
    store.transact([Put(changed(INVITED, status="deactivated", version=2))])
    status, problem = post()
    assert (status, problem["type"]) == (409, "urn:ates:problem:not-invitable")
    pool.sign_in("sub-1")
    status, problem = post()
    assert (status, problem["type"]) == (409, "urn:ates:problem:invitation-accepted")
    assert post(account_id="nobody")[0] == 404


@pytest.mark.parametrize("groups", ["[worker]", "[accountant]", "[manager]", "[]", "[admin worker]"])
def test_only_an_admin_may_call_it(wired: tuple[MemoryStore, FakeUserPool], groups: str) -> None:
    assert post(groups=groups)[0] == 403
    assert wired[1].calls == 0


def test_a_demoted_admin_sends_nothing(wired: tuple[MemoryStore, FakeUserPool]) -> None:
    store, pool = wired
    store.transact([Put(changed(CALLER, role="worker", version=2))])
    status, problem = post()
    assert (status, problem["type"]) == (403, "urn:ates:problem:authority-not-confirmed")
    assert pool.calls == 0


def test_an_admin_deactivated_while_sending_is_refused(
    wired: tuple[MemoryStore, FakeUserPool], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, _ = wired

    def deactivate_caller() -> None:
        store.transact([Put(changed(CALLER, status="deactivated", version=2))])

    racing = Interrupted(store, before=deactivate_caller)
    monkeypatch.setattr(handler_module, "store", lambda _tables: racing)
    assert post()[0] == 403
    assert present(store).invited_at == SENT
