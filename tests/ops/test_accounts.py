"""`ates accounts` and `ates correct`: what they send, and what they show."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from ops import __main__ as command_line
from ops.stage import local_session, stacks, stage_api
from ops.stage.api_client import Api, Tokens
from ops.stage.installation_files import InstallationFiles
from ops.stage.sign_in import AccessToken
from tests.ops.conftest import Answer

ANN = {
    "account_id": "ann",
    "name": "Ann Öberg",
    "email": "ann@ates.example",
    "role": "worker",
    "status": "active",
    "invitation": "pending",
}


@dataclass
class Asked:
    """The requests of a command, and how they are answered."""

    answer: Callable[[httpx.Request], httpx.Response]
    requests: list[httpx.Request] = field(default_factory=list)
    who: list[str] = field(default_factory=list)

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.answer(request)

    def api(self, _http: httpx.Client, _found: Any, base_url: str, account: Any) -> Api:
        self.who.append(account.email)
        http = httpx.Client(transport=httpx.MockTransport(self.handle))
        return Api(http, base_url, Tokens(lambda: AccessToken("token", float("inf"))))


@pytest.fixture
def asked(installed: InstallationFiles, monkeypatch: pytest.MonkeyPatch) -> Asked:
    found = Asked(lambda _: httpx.Response(200, json={"items": [ANN], "next_cursor": None}))
    monkeypatch.setattr(local_session, "api", found.api)
    return found


AS = ("--as", "manager")


def test_accounts_are_listed_page_by_page(asked: Asked, capsys: pytest.CaptureFixture[str]) -> None:
    pages = [{"items": [ANN], "next_cursor": "next"}, {"items": [ANN], "next_cursor": None}]
    asked.answer = lambda _: httpx.Response(200, json=pages[len(asked.requests) - 1])
    assert command_line.main(["accounts", "list", "--role", "worker", *AS, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"accounts": [ANN, ANN]}
    assert dict(asked.requests[1].url.params) == {"role": "worker", "limit": "200", "cursor": "next"}
    assert asked.who == ["manager@ates.example"]


def test_no_address_of_the_list_is_cut(
    asked: Asked, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    assert command_line.main(["accounts", "list", *AS]) == 0
    assert "ann@ates.example" in capsys.readouterr().out


def test_a_person_is_invited(asked: Asked, capsys: pytest.CaptureFixture[str]) -> None:
    asked.answer = lambda _: httpx.Response(201, json=ANN)
    arguments = ["accounts", "invite", "ann@ates.example", "--name", "Ann Öberg", "--role", "worker", *AS]
    assert command_line.main(arguments) == 0
    assert capsys.readouterr().out == "ann@ates.example is invited as worker: ann\n"
    (request,) = asked.requests
    body = {"email": "ann@ates.example", "name": "Ann Öberg", "role": "worker"}
    assert (request.method, request.url.path, json.loads(request.content)) == ("POST", "/accounts", body)
    assert request.headers["Idempotency-Key"]


@pytest.mark.parametrize("account", ["ann", "Ann@ates.example"])
def test_an_account_is_changed_by_id_or_address(
    asked: Asked, capsys: pytest.CaptureFixture[str], account: str
) -> None:
    changed = {**ANN, "status": "deactivated"}
    asked.answer = lambda request: (
        httpx.Response(200, json=changed)
        if request.method == "PATCH"
        else httpx.Response(200, json={"items": [ANN], "next_cursor": None})
    )
    assert command_line.main(["accounts", "change", account, "--status", "deactivated", *AS]) == 0
    request = asked.requests[-1]
    assert (request.method, request.url.path) == ("PATCH", "/accounts/ann")
    assert json.loads(request.content) == {"status": "deactivated"}
    assert "deactivated" in capsys.readouterr().out


def test_an_unknown_address_and_an_empty_change_are_refused(
    asked: Asked, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.main(["accounts", "change", "bob@x.example", "--role", "admin", *AS]) == 2
    assert "no account has the address bob@x.example" in capsys.readouterr().err
    assert command_line.main(["accounts", "change", "ann", *AS]) == 2


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"title": "Conflict", "detail": "the last admin stays"}, "refused (409): the last admin stays"),
        (
            {"title": "x", "errors": [{"field": "email", "code": "not_valid", "message": "is no address"}]},
            "refused (409): email is no address",
        ),
        ([], "refused (409): Conflict"),
    ],
)
def test_a_refusal_is_said_in_the_words_of_the_api(
    asked: Asked, capsys: pytest.CaptureFixture[str], answer: Any, said: str
) -> None:
    asked.answer = lambda _: httpx.Response(409, json=answer)
    assert command_line.main(["accounts", "change", "ann", "--role", "admin", *AS]) == 1
    assert capsys.readouterr().err == f"ates accounts change: {said}\n"


CORRECT = ["correct", "ann", "e-1", "--reason", "twice", *AS]


def test_an_entry_is_corrected_after_a_question(
    asked: Asked, capsys: pytest.CaptureFixture[str], answer: Answer
) -> None:
    money = {"amount": 1500, "currency": "USD"}
    made = {"entry_number": 4, "kind": "fee_correction", "amount": money, "balance_after": money}
    asked.answer = lambda _: httpx.Response(201, json=made)
    assert command_line.main(CORRECT) == 1
    assert asked.requests == []
    assert answer.questions[0].startswith("Correct entry e-1 of account ann on the local AWS?")
    assert command_line.main([*CORRECT, "--yes"]) == 0
    said = "entry 4: fee_correction of 15.00 USD, balance 15.00 USD\n"
    assert capsys.readouterr().out == said
    (request,) = asked.requests
    assert request.url.path == "/accounts/ann/corrections"
    assert json.loads(request.content) == {"entry_id": "e-1", "reason": "twice"}


def test_a_stage_on_aws_needs_a_token(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(stage_api.TOKEN, raising=False)
    assert command_line.main(["accounts", "list", "--stage", "prod"]) == 2
    assert f"sign in first: export {stage_api.TOKEN}=$(ates token --stage prod)" in capsys.readouterr().err


def test_on_a_stage_on_aws_its_own_api_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(stage_api.TOKEN, "mine")
    monkeypatch.setattr(stacks, "output", lambda _aws, part, key: f"https://{part}.{key}/")
    with stage_api.opened("auth", "admin", "prod") as api:
        assert (api._base_url, api._tokens.current().value) == ("https://auth.ApiUrl", "mine")
