"""Address look-ups at auth: answers, failures, no answer."""

import io
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from functions.notifications.address_book import LambdaAddressBook
from functions.notifications.domain import AddressUnavailable, AddressUnknown, Recipient


class FakeLambda:
    def __init__(self, said: Any) -> None:
        self.said = said
        self.asked: list[dict[str, Any]] = []

    def invoke(self, **arguments: Any) -> dict[str, Any]:
        self.asked.append(arguments)
        if isinstance(self.said, Exception):
            raise self.said
        return {"StatusCode": 200, **self.said}


def answers(monkeypatch: pytest.MonkeyPatch, said: Any) -> FakeLambda:
    fake = FakeLambda(said)
    monkeypatch.setattr("functions.notifications.address_book.client", lambda *_: fake)
    return fake


def payload(document: Any, **more: Any) -> dict[str, Any]:
    return {"Payload": io.BytesIO(json.dumps(document).encode()), **more}


def ask() -> Recipient:
    return LambdaAddressBook("ates-dev-auth-get-email").recipient("daria", "chain-1")


def test_a_known_account_returns_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = answers(monkeypatch, payload({"email": "daria@ates.example", "name": "Daria"}))
    assert ask() == Recipient("daria@ates.example", "Daria")
    assert fake.asked == [
        {
            "FunctionName": "ates-dev-auth-get-email",
            "Payload": b'{"account_id": "daria", "correlation_id": "chain-1"}',
        }
    ]


def test_an_unknown_account_raises_address_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, payload({"error": "unknown"}))
    with pytest.raises(AddressUnknown):
        ask()


@pytest.mark.parametrize(
    "said",
    [
        payload(
            {"errorType": "Unavailable", "errorMessage": "daria@ates.example"}, FunctionError="Unhandled"
        ),
        payload({"error": "unknown"}, FunctionError="Unhandled"),
        payload({"error": "something else"}),
        payload({"email": None, "name": "Daria"}),
        payload([]),
        payload(None),
        {"Payload": io.BytesIO(b"<html>daria@ates.example</html>")},
        ClientError({"Error": {"Code": "TooManyRequestsException", "Message": "slow"}}, "Invoke"),
        ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": "gone"}}, "Invoke"),
        EndpointConnectionError(endpoint_url="https://lambda"),
    ],
)
def test_any_other_answer_raises_address_unavailable(monkeypatch: pytest.MonkeyPatch, said: Any) -> None:
    answers(monkeypatch, said)
    with pytest.raises(AddressUnavailable) as raised:
        ask()
    assert "@" not in str(raised.value)
