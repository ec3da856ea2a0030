"""GET /accounts/{account_id}"""

import json
from datetime import timedelta
from typing import Any

import pytest

from functions.auth.domain import INVITATION_GOOD_FOR, invitation_of
from functions.auth.get_account import handler as handler_module
from shared.clock import rfc3339
from shared.store import Insert
from tests.auth.people import account, empty_store
from tests.support.fakes import NOON
from tests.support.invocations import LambdaContext, http_request


def get(monkeypatch: pytest.MonkeyPatch, account_id: str = "sub-1", groups: str = "[admin]") -> Any:
    store = empty_store()
    store.transact([Insert(account(invited_at=rfc3339(NOON)))])
    monkeypatch.setattr(handler_module, "store", lambda _tables: store)
    event = http_request("GET", "/accounts/x", groups=groups, parameters={"account_id": account_id})
    response = handler_module.handler(event, LambdaContext())
    return response["statusCode"], json.loads(response["body"])


def test_an_admin_sees_an_account(monkeypatch: pytest.MonkeyPatch) -> None:
    status, answer = get(monkeypatch)
    assert answer.pop("invitation") in ("pending", "expired")
    assert (status, answer) == (
        200,
        {
            "account_id": "sub-1",
            "name": "Daria Sokolova",
            "email": "daria@ates.example",
            "role": "worker",
            "status": "active",
            "created_at": "2026-11-22T12:00:00.000Z",
            "identity": "matches",
            "invited_at": "2026-11-22T12:00:00.000Z",
        },
    )


def test_an_unknown_account_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    status, problem = get(monkeypatch, "sub-2")
    assert (status, problem["type"]) == (404, "urn:ates:problem:unknown-account")


@pytest.mark.parametrize("groups", ["[worker]", "[accountant]", "[manager]", "[]"])
def test_only_an_admin_may_call_it(monkeypatch: pytest.MonkeyPatch, groups: str) -> None:
    assert get(monkeypatch, groups=groups)[0] == 403


@pytest.mark.parametrize(
    ("invited_at", "after", "said"),
    [
        (rfc3339(NOON), timedelta(0), "pending"),
        (rfc3339(NOON), INVITATION_GOOD_FOR - timedelta(milliseconds=1), "pending"),
        (rfc3339(NOON), INVITATION_GOOD_FOR, "expired"),
        (None, INVITATION_GOOD_FOR, "accepted"),
    ],
)
def test_an_invitation_expires_with_its_password(invited_at: str | None, after: timedelta, said: str) -> None:
    assert invitation_of(account(invited_at=invited_at), NOON + after) == said
