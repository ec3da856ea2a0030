"""POST /accounts"""

import json
from typing import Any

import pytest

from events.auth import AccountCreated
from events.envelope import read_envelope
from functions.auth.change_account.use_case import change_account
from functions.auth.domain import AddressRefused, AddressTaken, Change, IdentityProviderDown, NewAccount
from functions.auth.invite_account import handler as handler_module
from functions.auth.invite_account.use_case import invite_account
from functions.auth.rows import Account, AddressClaim
from functions.auth.sync_identity.use_case import sync_identity
from shared.clock import rfc3339
from shared.memory_store import MemoryStore
from shared.records import StoredAnswer
from shared.store import Put, changed
from tests.auth.fakes import Crash, FakeUserPool, Interruption, crash, down
from tests.auth.people import (
    ADA,
    DARIA,
    EVE,
    account,
    active_admins,
    empty_store,
    pool_with,
    present,
    store_with,
)
from tests.auth.stores import Interrupted
from tests.support.fakes import NOON, context, journal, received
from tests.support.faults import with_each_fault
from tests.support.invocations import LambdaContext, http_request

CALLER = account(EVE, "sub-8")
OTHER = NewAccount(DARIA.email, "Somebody Else", "manager")


def test_creates_user_mail_row_event_and_group() -> None:
    store, pool = empty_store(), FakeUserPool()
    invited = invite_account(DARIA, store, context(), pool)
    assert invited == account(DARIA, "sub-1", invited_at=rfc3339(NOON))
    assert store.rows(Account) == [invited]
    assert pool.agrees_with(invited)
    assert pool.invitations == [DARIA.email]
    (document,) = journal(store)
    _, event = read_envelope(document)
    assert event == AccountCreated.model_validate(invited, from_attributes=True)
    assert DARIA.email not in str(document)


def test_a_user_who_has_signed_in_gets_no_mail_and_no_pending_invite() -> None:
    """The user was created elsewhere."""
    store, pool = empty_store(), FakeUserPool()
    account_id, _ = pool.ensure_user(DARIA.email, "Daria", invited=False)
    pool.sign_in(account_id)
    assert invite_account(DARIA, store, context(), pool).invited_at is None
    assert (present(store).invited_at, pool.invitations) == (None, [])


def test_an_invited_admin_is_counted() -> None:
    store = empty_store()
    invite_account(ADA, store, context(), FakeUserPool())
    assert active_admins(store) == 1


@pytest.mark.parametrize("status", ["active", "deactivated"])
def test_an_address_that_has_an_account_is_refused(status: str) -> None:
    there = account(DARIA, status=status)
    store, pool = store_with(there), pool_with(there)
    with pytest.raises(AddressTaken) as raised:
        invite_account(OTHER, store, context(), pool)
    assert DARIA.email not in str(raised.value)
    assert store.rows(Account) == [there]
    assert pool.agrees_with(there)
    assert pool.invitations == []
    assert journal(store) == []


def test_every_write_fault_leaves_the_same_result() -> None:
    tried = 0
    for label, store in with_each_fault(
        empty_store, lambda store: invite_account(ADA, store, context(), FakeUserPool())
    ):
        tried += 1
        assert store.rows(Account) == [account(ADA, invited_at=rfc3339(NOON))], label
        assert len(journal(store)) == active_admins(store) == 1, label
    assert tried == 3


@pytest.mark.parametrize("interruption", [down, crash])
def test_an_invite_that_never_reached_the_pool_can_be_repeated(interruption: Interruption) -> None:
    store, pool = empty_store(), FakeUserPool({0: interruption})
    with pytest.raises((IdentityProviderDown, Crash)):
        invite_account(DARIA, store, context(), pool)
    assert store.rows(Account) == []
    assert pool.agrees_with(invite_account(DARIA, store, context(seed=2), pool))


def test_repeating_after_a_crash_before_the_row_sends_the_mail_again() -> None:
    """The first mail may not have arrived; the name and role are those of the new request."""
    store, pool = empty_store(), FakeUserPool()
    with pytest.raises(Crash):
        invite_account(DARIA, Interrupted(store, before=crash), context(), pool)
    assert store.rows(Account) == []
    finished = invite_account(OTHER, store, context(seed=2), pool)
    assert finished == account(OTHER, "sub-1", invited_at=rfc3339(NOON))
    assert len(pool.users) == len(journal(store)) == 1
    assert pool.agrees_with(finished)
    assert pool.invitations == [DARIA.email, DARIA.email]


def test_an_invite_whose_mail_cannot_be_resent_can_be_repeated() -> None:
    store, pool = empty_store(), FakeUserPool({2: down})
    with pytest.raises(Crash):
        invite_account(DARIA, Interrupted(store, before=crash), context(), pool)
    with pytest.raises(IdentityProviderDown):
        invite_account(DARIA, store, context(seed=2), pool)
    assert store.rows(Account) == []
    assert pool.agrees_with(invite_account(DARIA, store, context(seed=3), pool))


def test_a_bootstrapped_user_without_a_row_is_invited_by_mail() -> None:
    store, pool = empty_store(), FakeUserPool()
    pool.ensure_user(DARIA.email, DARIA.name, invited=False)
    invite_account(DARIA, store, context(), pool)
    assert pool.invitations == [DARIA.email]


@pytest.mark.parametrize("call", range(1, 5))
def test_the_event_finishes_the_user_after_a_crash(call: int) -> None:
    store, pool = empty_store(), FakeUserPool({call: crash})
    with pytest.raises(Crash):
        invite_account(DARIA, store, context(), pool)
    event = AccountCreated.model_validate(present(store), from_attributes=True)
    sync_identity([received(event, event_id="event-1")], store, pool)
    assert pool.agrees_with(present(store))


@pytest.mark.parametrize("call", range(1, 5))
def test_repeating_finishes_the_user_after_a_crash(call: int) -> None:
    store, pool = empty_store(), FakeUserPool({call: crash})
    with pytest.raises(Crash):
        invite_account(DARIA, store, context(), pool)
    with pytest.raises(AddressTaken):
        invite_account(DARIA, store, context(seed=2), pool)
    assert pool.agrees_with(present(store))
    assert pool.invitations == [DARIA.email]


@pytest.mark.parametrize("call", range(1, 5))
def test_an_invite_succeeds_if_the_pool_fails_after_the_row_is_written(call: int) -> None:
    store, pool = empty_store(), FakeUserPool({call: down})
    invited = invite_account(DARIA, store, context(), pool)
    event = AccountCreated.model_validate(invited, from_attributes=True)
    sync_identity([received(event, event_id="event-1")], store, pool)
    assert pool.agrees_with(invited)


def test_of_two_invites_of_an_address_at_once_one_wins() -> None:
    store, pool = empty_store(), FakeUserPool()
    slow = Interrupted(store, before=lambda: invite_account(OTHER, store, context(seed=2), pool))
    with pytest.raises(AddressTaken):
        invite_account(DARIA, slow, context(), pool)
    assert store.rows(Account) == [account(OTHER, "sub-1", invited_at=rfc3339(NOON))]
    assert len(journal(store)) == len(pool.users) == 1
    assert pool.agrees_with(present(store))


def test_repeating_an_invite_does_not_undo_a_concurrent_change() -> None:
    store, pool = empty_store(), FakeUserPool()
    invite_account(DARIA, store, context(), pool)
    pool.users["sub-1"].groups.clear()

    def meanwhile() -> None:
        change_account("sub-1", Change(role="accountant"), store, context(seed=3), pool)

    pool.interruptions[pool.calls + 2] = meanwhile
    with pytest.raises(AddressTaken):
        invite_account(DARIA, store, context(seed=2), pool)
    assert present(store).role == "accountant"
    assert pool.agrees_with(present(store))


@pytest.fixture
def wired(monkeypatch: pytest.MonkeyPatch) -> tuple[MemoryStore, FakeUserPool]:
    store, pool = store_with(CALLER), FakeUserPool()
    monkeypatch.setenv("USER_POOL_ID", "pool-1")
    monkeypatch.setattr(handler_module, "store", lambda _tables: store)
    monkeypatch.setattr(handler_module, "CognitoUserPool", lambda _pool_id: pool)
    return store, pool


BODY = {"email": DARIA.email, "name": DARIA.name, "role": DARIA.role}
ANSWER = {
    "account_id": "sub-1",
    "name": "Daria Sokolova",
    "email": "daria@ates.example",
    "role": "worker",
    "status": "active",
    "identity": "matches",
    "invitation": "pending",
}


def post(body: Any, key: str | None = None, groups: str = "[admin]") -> tuple[int, Any]:
    headers = {"idempotency-key": key} if key else {}
    event = http_request("POST", "/accounts", account_id="sub-8", groups=groups, body=body, headers=headers)
    response = handler_module.handler(event, LambdaContext())
    answer = json.loads(response["body"])
    for name in ("created_at", "invited_at"):
        answer.pop(name, None)
    return response["statusCode"], answer


def test_the_handler_returns_the_account(wired: tuple[MemoryStore, FakeUserPool]) -> None:
    assert post({**BODY, "email": " Daria@ATES.example "}) == (201, ANSWER)
    assert wired[1].invitations == [DARIA.email]


def test_the_same_key_gets_the_first_answer_and_no_second_mail(
    wired: tuple[MemoryStore, FakeUserPool],
) -> None:
    store, pool = wired
    assert [post(BODY, "key-1") for _ in range(3)] == [(201, ANSWER)] * 3
    assert len(store.rows(Account)) - 1 == len(journal(store)) == len(store.rows(StoredAnswer)) == 1
    assert pool.invitations == [DARIA.email]


@pytest.mark.parametrize("when", ["before", "after"])
def test_the_same_key_after_a_crash_finishes_the_invite(
    wired: tuple[MemoryStore, FakeUserPool], monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    store, pool = wired
    dying = Interrupted(store, before=crash) if when == "before" else Interrupted(store, after=crash)
    monkeypatch.setattr(handler_module, "store", lambda _tables: dying)
    with pytest.raises(Crash):
        post(BODY, "key-1")
    monkeypatch.setattr(handler_module, "store", lambda _tables: store)
    assert [post(BODY, "key-1") for _ in range(2)] == [(201, ANSWER)] * 2
    assert len(store.rows(Account)) - 1 == len(journal(store)) == len(pool.users) == 1


def test_two_requests_with_one_key_at_once_get_one_answer(
    wired: tuple[MemoryStore, FakeUserPool], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, _ = wired
    answers: list[Any] = []

    def meanwhile() -> None:
        monkeypatch.setattr(handler_module, "store", lambda _tables: store)
        answers.append(post(BODY, "key-1"))

    slow = Interrupted(store, before=meanwhile)
    monkeypatch.setattr(handler_module, "store", lambda _tables: slow)
    answers.append(post(BODY, "key-1"))
    assert answers == [(201, ANSWER)] * 2
    assert len(store.rows(Account)) - 1 == len(journal(store)) == 1


def test_without_the_key_a_second_invite_is_a_conflict(wired: tuple[MemoryStore, FakeUserPool]) -> None:
    post(BODY)
    status, problem = post(BODY)
    assert (status, problem["type"]) == (409, "urn:ates:problem:address-taken")
    assert DARIA.email not in json.dumps(problem)


def test_a_key_with_another_body_is_refused(wired: tuple[MemoryStore, FakeUserPool]) -> None:
    post(BODY, "key-1")
    assert post({**BODY, "role": "manager"}, "key-1")[0] == 422


def test_a_user_pool_outage_is_503_and_can_be_retried(wired: tuple[MemoryStore, FakeUserPool]) -> None:
    wired[1].interruptions[0] = down
    assert post(BODY, "key-1")[0] == 503
    assert post(BODY, "key-1") == (201, ANSWER)


def test_an_address_that_the_pool_rejects_is_400(
    wired: tuple[MemoryStore, FakeUserPool],
) -> None:
    def refuse() -> None:
        raise AddressRefused("no account can have this e-mail address")

    wired[1].interruptions[0] = refuse
    status, problem = post(BODY)
    assert (status, problem["type"]) == (400, "urn:ates:problem:address-refused")
    assert [(error["field"], error["code"]) for error in problem["errors"]] == [("email", "address_refused")]


@pytest.mark.parametrize("groups", ["[worker]", "[accountant]", "[manager]", "[]", "[admin worker]"])
def test_only_an_admin_may_call_it(wired: tuple[MemoryStore, FakeUserPool], groups: str) -> None:
    assert post(BODY, groups=groups)[0] == 403
    assert wired[1].users == {}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": "a@b@ates.example"}, "email"),
        ({"email": "x" * 65 + "@ates.example"}, "email"),
        ({"name": ""}, "name"),
        ({"role": "boss"}, "role"),
        ({"status": "active"}, "status"),
    ],
)
def test_the_handler_refuses_an_invalid_account(
    wired: tuple[MemoryStore, FakeUserPool], change: dict[str, str], field: str
) -> None:
    status, problem = post({**BODY, **change})
    assert status == 400
    assert [error["field"] for error in problem["errors"]] == [field]
    assert wired[1].users == {}


def test_the_address_is_not_logged(
    wired: tuple[MemoryStore, FakeUserPool], capsys: pytest.CaptureFixture[str]
) -> None:
    wired[1].interruptions[0] = down
    for _ in range(3):
        post(BODY)
    said = capsys.readouterr()
    assert DARIA.email not in said.out + said.err


def deactivate_caller(store: MemoryStore) -> None:
    caller = present(store, CALLER.account_id)
    store.transact([Put(changed(caller, status="deactivated", version=caller.version + 1))])


@pytest.mark.parametrize("half_done", [False, True])
def test_an_invite_by_an_admin_deactivated_meanwhile_leaves_a_disabled_user(
    wired: tuple[MemoryStore, FakeUserPool], monkeypatch: pytest.MonkeyPatch, half_done: bool
) -> None:
    """The next invite enables it."""
    store, pool = wired
    if half_done:
        pool.ensure_user(DARIA.email, DARIA.name, invited=True)
    racing = Interrupted(store, before=lambda: deactivate_caller(store))
    monkeypatch.setattr(handler_module, "store", lambda _tables: racing)
    status, problem = post(BODY)
    assert (status, problem["type"]) == (403, "urn:ates:problem:authority-not-confirmed")
    assert store.get(AddressClaim, email=DARIA.email) is None
    assert (pool.users["sub-1"].enabled, pool.users["sub-1"].groups) == (False, set())
    invited = invite_account(DARIA, store, context(), pool)
    assert pool.agrees_with(invited)


def test_an_admin_deactivated_meanwhile_gets_403_even_in_a_pool_outage(
    wired: tuple[MemoryStore, FakeUserPool], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, pool = wired
    pool.interruptions[1] = down
    racing = Interrupted(store, before=lambda: deactivate_caller(store))
    monkeypatch.setattr(handler_module, "store", lambda _tables: racing)
    assert post(BODY)[0] == 403
    assert pool.users["sub-1"].groups == set()


def test_a_user_invited_by_another_while_being_disabled_is_enabled_again(
    wired: tuple[MemoryStore, FakeUserPool], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, pool = wired

    def meanwhile() -> None:
        invite_account(OTHER, store, context(seed=2), pool)

    pool.interruptions[1] = meanwhile
    racing = Interrupted(store, before=lambda: deactivate_caller(store))
    monkeypatch.setattr(handler_module, "store", lambda _tables: racing)
    assert post(BODY)[0] == 403
    assert pool.agrees_with(present(store))
