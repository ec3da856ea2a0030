"""GET /me"""

import json

import pytest

from functions.auth.domain import UnknownAccount
from functions.auth.get_me import handler as handler_module
from functions.auth.get_me.use_case import get_me
from shared.store import Insert
from tests.auth.events import Context, request
from tests.auth.people import ADA, DARIA, account, empty_store


def test_shows_the_row_of_the_caller_alone() -> None:
    store = empty_store()
    store.transact([Insert(account(DARIA, "sub-1")), Insert(account(ADA, "sub-2"))])
    assert get_me("sub-2", store) == account(ADA, "sub-2")
    with pytest.raises(UnknownAccount):
        get_me("sub-3", store)


@pytest.mark.parametrize("role", ["worker", "accountant", "manager", "admin"])
def test_answers_every_role(monkeypatch: pytest.MonkeyPatch, role: str) -> None:
    store = empty_store()
    store.transact([Insert(account(DARIA, "sub-1", role=role))])
    monkeypatch.setattr(handler_module, "store", lambda _tables: store)
    response = handler_module.handler(request("GET", "/me", groups=f"[{role}]"), Context())
    assert response["statusCode"] == 200
    assert json.loads(response["body"]) == {
        "account_id": "sub-1",
        "name": "Daria Sokolova",
        "email": "daria@ates.example",
        "role": role,
        "status": "active",
        "created_at": "2026-11-22T12:00:00.000Z",
        "identity": "matches",
    }


@pytest.mark.parametrize(
    ("groups", "id_token", "status"),
    [("[worker]", True, 401), ("[]", False, 403), ("[worker admin]", False, 403)],
)
def test_refuses_other_tokens(
    monkeypatch: pytest.MonkeyPatch, groups: str, id_token: bool, status: int
) -> None:
    monkeypatch.setattr(handler_module, "store", lambda _tables: empty_store())
    event = request("GET", "/me", groups=groups, id_token=id_token)
    assert handler_module.handler(event, Context())["statusCode"] == status


def test_an_account_that_is_gone_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handler_module, "store", lambda _tables: empty_store())
    response = handler_module.handler(request("GET", "/me"), Context())
    assert response["statusCode"] == 404
    assert json.loads(response["body"])["type"] == "urn:ates:problem:unknown-account"
