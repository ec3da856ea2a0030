"""PATCH /accounts/{account_id}"""

import json
from typing import Any

import pytest

from events.auth import AccountState
from events.envelope import read_envelope
from functions.auth.change_account import handler as handler_module
from functions.auth.change_account.use_case import change_account
from functions.auth.domain import Change, LastAdmin, UnknownAccount
from functions.auth.rows import Account
from functions.auth.sync_identity.use_case import sync_identity
from shared.memory_store import MemoryStore
from shared.records import JournalRecord
from shared.store import Unavailable
from tests.auth.fakes import Crash, FakeUserPool, crash, down
from tests.auth.people import (
    ADA,
    DARIA,
    EVE,
    account,
    active_admins,
    pool_with,
    present,
    store_with,
)
from tests.auth.stores import Interrupted
from tests.support.fakes import FakeClock, context, journal, received
from tests.support.faults import with_each_fault
from tests.support.invocations import LambdaContext, http_request

WORKER = account(DARIA)
FIRST, SECOND = account(ADA, "sub-8"), account(EVE, "sub-9")
DEMOTED, DEACTIVATED = Change(role="manager"), Change(status="deactivated")
# A change and the number of one of its user pool calls.
EACH_CALL = [*((DEMOTED, call) for call in range(4)), (DEACTIVATED, 0), (DEACTIVATED, 1)]
EVERYTHING = Change(name="Daria Petrova", role="admin", status="deactivated")


def account_events(store: MemoryStore) -> list[tuple[str, AccountState]]:
    """Names and contents of the events, in the order of their ids."""
    events = [(each["event_name"], read_envelope(each)[1]) for each in journal(store)]
    return [(name, event) for name, event in events if isinstance(event, AccountState)]


def publish(store: MemoryStore, pool: FakeUserPool) -> None:
    """Deliver the journal, as the bus does."""
    for _, event in account_events(store):
        sync_identity([received(event, event_id="event-1")], store, pool)


@pytest.mark.parametrize(
    ("before", "change", "event_name"),
    [
        (WORKER, Change(role="manager"), "Account.RoleChanged"),
        (WORKER, Change(status="deactivated"), "Account.Deactivated"),
        (account(DARIA, status="deactivated"), Change(status="active"), "Account.Reactivated"),
        (WORKER, Change(name="Daria Petrova"), "Account.Renamed"),
    ],
)
def test_each_change_makes_one_version_and_one_event(
    before: Account, change: Change, event_name: str
) -> None:
    store, pool = store_with(before), pool_with(before)
    clock = FakeClock()
    clock.advance(hours=1)
    after = change_account("sub-1", change, store, context(clock), pool)
    wanted = {key: value for key in ("name", "role", "status") if (value := getattr(change, key))}
    assert after == account(
        DARIA,
        version=2,
        updated_at="2026-11-22T13:00:00.000Z",
        **{"status": before.status, **wanted},
    )
    assert present(store) == after
    assert pool.agrees_with(after)
    ((name, event),) = account_events(store)
    assert name == event_name
    assert event.model_dump() == {
        "account_id": "sub-1",
        "name": after.name,
        "role": after.role,
        "status": after.status,
        "version": 2,
    }
    assert {record.subject_id for record in store.rows(JournalRecord)} == {"sub-1"}


def test_several_changes_write_several_events_in_one_transaction() -> None:
    store, pool = store_with(WORKER), pool_with(WORKER)
    with pytest.raises(Crash):
        change_account("sub-1", EVERYTHING, Interrupted(store, after=crash), context(), pool)
    assert [
        (name, event.version, event.name, event.role, event.status) for name, event in account_events(store)
    ] == [
        ("Account.Renamed", 2, "Daria Petrova", "worker", "active"),
        ("Account.RoleChanged", 3, "Daria Petrova", "admin", "active"),
        ("Account.Deactivated", 4, "Daria Petrova", "admin", "deactivated"),
    ]
    assert present(store).version == 4
    assert active_admins(store) == 0


def test_the_journal_holds_no_address() -> None:
    store = store_with(WORKER)
    change_account("sub-1", EVERYTHING, store, context(), pool_with(WORKER))
    assert DARIA.email not in str(journal(store))


def test_a_change_to_the_present_values_writes_nothing() -> None:
    store, pool = store_with(WORKER), pool_with(WORKER)
    same = Change(name=WORKER.name, role=WORKER.role, status=WORKER.status)
    assert change_account("sub-1", same, store, context(), pool) == WORKER
    assert present(store) == WORKER
    assert journal(store) == []


def test_repeating_a_change_updates_the_user_pool() -> None:
    gone = account(DARIA, status="deactivated", version=2)
    store, pool = store_with(gone), pool_with(WORKER)
    change_account("sub-1", DEACTIVATED, store, context(), pool)
    assert pool.agrees_with(gone)


def test_an_unknown_account_is_not_created() -> None:
    store = store_with()
    with pytest.raises(UnknownAccount):
        change_account("sub-1", DEMOTED, store, context(), FakeUserPool())
    assert store.rows(Account) == []


@pytest.mark.parametrize("change", [DEMOTED, DEACTIVATED])
@pytest.mark.parametrize("second", [[], [account(EVE, "sub-9", status="deactivated")]])
def test_the_last_active_admin_cannot_be_demoted_or_deactivated(
    change: Change, second: list[Account]
) -> None:
    store, pool = store_with(FIRST, *second), pool_with(FIRST, *second)
    with pytest.raises(LastAdmin):
        change_account("sub-8", change, store, context(), pool)
    assert present(store, "sub-8") == FIRST
    assert active_admins(store) == 1
    assert journal(store) == []
    assert pool.agrees_with(FIRST)


def test_the_last_active_admin_may_be_renamed() -> None:
    store, pool = store_with(FIRST), pool_with(FIRST)
    assert change_account("sub-8", Change(name="Ada"), store, context(), pool).name == "Ada"
    assert active_admins(store) == 1


@pytest.mark.parametrize("change", [DEMOTED, DEACTIVATED])
def test_one_of_two_active_admins_can_be_demoted_or_deactivated(change: Change) -> None:
    store, pool = store_with(FIRST, SECOND), pool_with(FIRST, SECOND)
    change_account("sub-8", change, store, context(), pool)
    assert active_admins(store) == 1
    with pytest.raises(LastAdmin):
        change_account("sub-9", change, store, context(seed=2), pool)


def test_a_reactivated_or_promoted_admin_is_counted() -> None:
    store, pool = store_with(FIRST, SECOND, WORKER), pool_with(FIRST, SECOND, WORKER)
    counts = []
    for seed, (account_id, change) in enumerate(
        [
            ("sub-8", DEACTIVATED),
            ("sub-8", DEMOTED),
            ("sub-8", Change(status="active")),
            ("sub-1", Change(role="admin")),
            ("sub-8", Change(role="admin")),
        ]
    ):
        change_account(account_id, change, store, context(seed=seed), pool)
        counts.append(active_admins(store))
    assert counts == [1, 1, 1, 2, 3]


@pytest.mark.parametrize("mine", [DEMOTED, DEACTIVATED])
@pytest.mark.parametrize("theirs", [DEMOTED, DEACTIVATED])
def test_the_last_two_admins_cannot_both_be_removed_at_once(mine: Change, theirs: Change) -> None:
    store, pool = store_with(FIRST, SECOND), pool_with(FIRST, SECOND)
    slow = Interrupted(store, before=lambda: change_account("sub-9", theirs, store, context(seed=2), pool))
    with pytest.raises(LastAdmin):
        change_account("sub-8", mine, slow, context(), pool)
    assert present(store, "sub-8") == FIRST
    assert active_admins(store) == 1
    assert pool.agrees_with(FIRST)
    assert pool.agrees_with(present(store, "sub-9"))


def test_an_admin_can_be_demoted_while_another_is_promoted() -> None:
    store, pool = store_with(FIRST, SECOND, WORKER), pool_with(FIRST, SECOND, WORKER)
    promoted = Change(role="admin")
    slow = Interrupted(store, before=lambda: change_account("sub-1", promoted, store, context(seed=2), pool))
    change_account("sub-8", DEMOTED, slow, context(), pool)
    assert active_admins(store) == 2


@pytest.mark.parametrize("theirs", [Change(role="accountant"), DEACTIVATED, Change(name="Daria Petrova")])
def test_two_changes_of_an_account_at_once_both_take_effect(theirs: Change) -> None:
    store, pool = store_with(WORKER), pool_with(WORKER)
    slow = Interrupted(store, before=lambda: change_account("sub-1", theirs, store, context(seed=2), pool))
    after = change_account("sub-1", DEMOTED, slow, context(), pool)
    assert (after.version, after.role) == (3, "manager")
    assert after.status == (theirs.status or "active")
    assert after.name == (theirs.name or WORKER.name)
    assert sorted(event.version for _, event in account_events(store)) == [2, 3]
    assert pool.agrees_with(after)


def test_a_change_fails_if_the_account_keeps_changing() -> None:
    store, pool = store_with(WORKER), pool_with(WORKER)

    class KeepsChanging(MemoryStore):
        def __init__(self) -> None:
            self.__dict__.update(store.__dict__)
            self.number = 0

        def write(self, actions: Any, token: str) -> None:
            self.number += 1
            name = Change(name=f"Daria {self.number}")
            change_account("sub-1", name, store, context(seed=self.number + 1), pool)
            super().write(actions, token)

    with pytest.raises(Unavailable):
        change_account("sub-1", DEMOTED, KeepsChanging(), context(), pool)
    assert present(store).role == "worker"


@pytest.mark.parametrize("change", [DEMOTED, DEACTIVATED, Change("Ada", "worker", "deactivated")])
def test_every_write_fault_leaves_the_same_result(change: Change) -> None:
    tried = 0
    for label, store in with_each_fault(
        lambda: store_with(FIRST, SECOND),
        lambda store: change_account("sub-8", change, store, context(), pool_with(FIRST, SECOND)),
    ):
        tried += 1
        aspects = len([each for each in (change.name, change.role, change.status) if each])
        assert present(store, "sub-8").version == 1 + aspects, label
        assert len(journal(store)) == aspects, label
        assert active_admins(store) == 1, label
    assert tried == 3


@pytest.mark.parametrize(("change", "call"), EACH_CALL)
def test_a_change_succeeds_while_the_user_pool_is_down(call: int, change: Change) -> None:
    """The event updates the pool later."""
    store, pool = store_with(WORKER), pool_with(WORKER)
    pool.interruptions[call] = down
    after = change_account("sub-1", change, store, context(), pool)
    assert present(store) == after != WORKER
    publish(store, pool)
    assert pool.agrees_with(after)


@pytest.mark.parametrize(("change", "call"), EACH_CALL)
def test_the_event_updates_the_user_pool_after_a_crash(call: int, change: Change) -> None:
    store, pool = store_with(WORKER), pool_with(WORKER)
    pool.interruptions[call] = crash
    with pytest.raises(Crash):
        change_account("sub-1", change, store, context(), pool)
    publish(store, pool)
    assert pool.agrees_with(present(store))
    assert present(store).version == 2


def test_a_read_failure_after_the_change_does_not_fail_the_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store, pool = store_with(WORKER), pool_with(WORKER)

    def gone() -> None:
        def unreachable(*_: Any, **__: Any) -> None:
            raise Unavailable("injected")

        monkeypatch.setattr(failing, "get", unreachable)

    failing = Interrupted(store, after=gone)
    assert change_account("sub-1", DEMOTED, failing, context(), pool).role == "manager"


@pytest.fixture
def wired(monkeypatch: pytest.MonkeyPatch) -> tuple[MemoryStore, FakeUserPool]:
    store, pool = store_with(FIRST, WORKER), pool_with(FIRST, WORKER)
    monkeypatch.setenv("USER_POOL_ID", "pool-1")
    monkeypatch.setattr(handler_module, "store", lambda _tables: store)
    monkeypatch.setattr(handler_module, "CognitoUserPool", lambda _pool_id: pool)
    return store, pool


def patch(account_id: str, body: Any, groups: str = "[admin]") -> tuple[int, Any]:
    event = http_request(
        "PATCH",
        f"/accounts/{account_id}",
        account_id="sub-8",
        groups=groups,
        body=body,
        parameters={"account_id": account_id},
    )
    response = handler_module.handler(event, LambdaContext())
    return response["statusCode"], json.loads(response["body"])


def test_the_handler_returns_the_changed_account(wired: tuple[MemoryStore, FakeUserPool]) -> None:
    assert patch("sub-1", {"role": "manager", "name": " Daria Petrova "}) == (
        200,
        {
            "account_id": "sub-1",
            "name": "Daria Petrova",
            "email": "daria@ates.example",
            "role": "manager",
            "status": "active",
            "created_at": "2026-11-22T12:00:00.000Z",
            "identity": "matches",
            "invitation": "accepted",
            "invited_at": None,
        },
    )


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body"),
        (None, "body"),
        ([], "body"),
        ({"role": None}, "role"),
        ({"role": None, "name": "Daria"}, "role"),
        ({"role": "boss"}, "role"),
        ({"status": "asleep"}, "status"),
        ({"name": " "}, "name"),
        ({"email": "other@ates.example"}, "email"),
        ({"role": "worker", "version": 7}, "version"),
    ],
)
def test_the_handler_refuses_an_invalid_change(
    wired: tuple[MemoryStore, FakeUserPool], body: Any, field: str
) -> None:
    status, problem = patch("sub-1", body)
    assert status == 400
    assert [error["field"] for error in problem["errors"]] == [field]
    assert present(wired[0]) == WORKER


@pytest.mark.parametrize("groups", ["[worker]", "[accountant]", "[manager]", "[]", "[admin worker]"])
def test_only_an_admin_may_call_it(wired: tuple[MemoryStore, FakeUserPool], groups: str) -> None:
    status, _ = patch("sub-1", {"role": "admin"}, groups)
    assert status == 403
    assert present(wired[0]) == WORKER


@pytest.mark.parametrize(
    ("account_id", "body", "status", "kind"),
    [
        ("sub-7", {"role": "manager"}, 404, "unknown-account"),
        ("sub-8", {"role": "manager"}, 409, "last-admin"),
        ("sub-8", {"status": "deactivated"}, 409, "last-admin"),
    ],
)
def test_a_refusal_has_its_problem_type(
    wired: tuple[MemoryStore, FakeUserPool], account_id: str, body: Any, status: int, kind: str
) -> None:
    found, problem = patch(account_id, body)
    assert (found, problem["type"]) == (status, f"urn:ates:problem:{kind}")
