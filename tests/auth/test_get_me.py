"""GET /me"""

import json

import pytest

from functions.auth.domain import UnknownAccount
from functions.auth.get_me import handler as handler_module
from functions.auth.get_me.use_case import get_me
from shared.clock import rfc3339
from shared.store import Insert, Unavailable
from tests.auth.fakes import crash
from tests.auth.people import ADA, DARIA, account, empty_store, present
from tests.auth.stores import Interrupted
from tests.support.fakes import NOON
from tests.support.invocations import LambdaContext, http_request


def test_returns_only_the_callers_row() -> None:
    store = empty_store()
    store.transact([Insert(account(DARIA, "sub-1")), Insert(account(ADA, "sub-2"))])
    assert get_me("sub-2", store) == account(ADA, "sub-2")
    with pytest.raises(UnknownAccount):
        get_me("sub-3", store)


def test_the_first_call_marks_the_invitation_as_accepted() -> None:
    store = empty_store()
    store.transact([Insert(account(invited_at=rfc3339(NOON)))])
    assert get_me("sub-1", store) == account() == present(store)


def test_a_call_succeeds_if_the_acceptance_cannot_be_written() -> None:
    store = empty_store()
    store.transact([Insert(account(invited_at=rfc3339(NOON)))])

    def fail() -> None:
        raise Unavailable("injected")

    assert get_me("sub-1", Interrupted(store, before=fail)) == account()
    assert present(store).invited_at == rfc3339(NOON)


def test_later_calls_write_nothing() -> None:
    store = empty_store()
    store.transact([Insert(account())])
    get_me("sub-1", Interrupted(store, before=crash))


@pytest.mark.parametrize("role", ["worker", "accountant", "manager", "admin"])
def test_every_role_may_call_it(monkeypatch: pytest.MonkeyPatch, role: str) -> None:
    store = empty_store()
    store.transact([Insert(account(DARIA, "sub-1", role=role))])
    monkeypatch.setattr(handler_module, "store", lambda _tables: store)
    response = handler_module.handler(http_request("GET", "/me", groups=f"[{role}]"), LambdaContext())
    assert response["statusCode"] == 200
    assert json.loads(response["body"]) == {
        "account_id": "sub-1",
        "name": "Daria Sokolova",
        "email": "daria@ates.example",
        "role": role,
        "status": "active",
        "created_at": "2026-11-22T12:00:00.000Z",
        "identity": "matches",
        "invitation": "accepted",
        "invited_at": None,
    }


@pytest.mark.parametrize(
    ("groups", "id_token", "status"),
    [("[worker]", True, 401), ("[]", False, 403), ("[worker admin]", False, 403)],
)
def test_refuses_id_tokens_and_tokens_without_exactly_one_role(
    monkeypatch: pytest.MonkeyPatch, groups: str, id_token: bool, status: int
) -> None:
    monkeypatch.setattr(handler_module, "store", lambda _tables: empty_store())
    event = http_request("GET", "/me", groups=groups, id_token=id_token)
    assert handler_module.handler(event, LambdaContext())["statusCode"] == status


def test_a_caller_without_a_row_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handler_module, "store", lambda _tables: empty_store())
    response = handler_module.handler(http_request("GET", "/me"), LambdaContext())
    assert response["statusCode"] == 404
    assert json.loads(response["body"])["type"] == "urn:ates:problem:unknown-account"
