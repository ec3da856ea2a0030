"""A deactivated admin can't use the remaining token for dangerous commands."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx
import pytest

from events.auth import Role
from ops.local.demo_accounts import new_password
from ops.stage import local_session
from ops.stage.local_json import DemoAccount
from tests.system.product import KNOWN_SECONDS, Product, not_confirmed, wait_for

FRIEND = "friend-of-the-deactivated@ates.example"


@dataclass
class Person:
    """An account of this module, and its token."""

    product: Product
    account_id: str
    token: str

    def send(self, method: str, service: str, path: str, body: Any = None) -> httpx.Response:
        bearer = {"Authorization": f"Bearer {self.token}"}
        return self.product.call(None, method, service, path, headers=bearer, json=body or {})


def invited(product: Product, name: str, role: Role) -> Person:
    email, password = f"{name}-of-authority@ates.example", new_password()
    body = {"email": email, "name": name.title(), "role": role}
    answer = product.call("admin", "POST", "auth", "/accounts", json=body)
    assert answer.status_code == 201, answer.text
    account_id = answer.json()["account_id"]
    product.aws.cognito.admin_set_user_password(
        UserPoolId=product.local.user_pool_id, Username=email, Password=password, Permanent=True
    )
    account = DemoAccount(email=email, password=password, role=role, account_id=account_id)
    return Person(product, account_id, local_session.access_token(product.http, product.local, account).value)


def deactivate(product: Product, account_id: str) -> None:
    """Deactivate an account and wait until every replica knows."""
    answer = product.call("admin", "PATCH", "auth", f"/accounts/{account_id}", json={"status": "deactivated"})
    assert answer.status_code == 200, answer.text
    for service in ("tracking", "accounting"):
        deactivated = partial(is_deactivated, product, service, account_id)
        wait_for(deactivated, KNOWN_SECONDS, f"{service} does not know of the deactivation")


def is_deactivated(product: Product, service: str, account_id: str) -> bool:
    rows = product.rows(service, "accounts")
    return any(row["account_id"] == account_id and row["status"] == "deactivated" for row in rows)


@pytest.fixture(scope="module")
def former_admin(product: Product) -> Iterator[Person]:
    """An admin whose commands worked before the deactivation."""
    person = invited(product, "former", "admin")
    own = f"/accounts/{person.account_id}"
    assert person.send("PATCH", "auth", own, {"name": "Former Admin"}).status_code == 200
    close = product.once_confirmed(lambda: person.send("POST", "accounting", "/closes"))
    assert close.status_code == 202
    deactivate(product, person.account_id)
    yield person
    product.settle()


@pytest.fixture(scope="module")
def entry(product: Product) -> dict[str, Any]:
    """A fee that can be corrected."""
    created = product.call("manager", "POST", "tracking", "/tasks", json={"title": "Fee"}).json()

    def booked() -> dict[str, Any] | None:
        rows = product.rows("accounting", "entries")
        return next((row for row in rows if row.get("task_id") == created["task_id"]), None)

    found: dict[str, Any] = wait_for(booked, KNOWN_SECONDS, "the fee is not booked")
    return found


def state(product: Product) -> dict[str, Any]:
    """Everything that the commands would have changed."""
    return {
        "accounts": sorted(product.rows("auth", "accounts"), key=lambda row: str(row["account_id"])),
        "events of auth": len(product.events("auth")),
        "shuffles": len(product.rows("tracking", "shuffles")),
        "corrections": [row for row in product.rows("accounting", "entries") if "corrected_by" in row],
        "closes": [
            event["event_id"]
            for event in product.events("accounting")
            if event["event_name"] == "Close.Requested"
        ],
        "invitations": len(product.invitations()),
        "friend": product.aws.cognito.list_users(
            UserPoolId=product.local.user_pool_id, Filter=f'email = "{FRIEND}"'
        )["Users"],
    }


Command = Callable[[Person, dict[str, Any]], httpx.Response]

COMMANDS: dict[str, Command] = {
    "reactivate oneself": lambda person, _: person.send(
        "PATCH", "auth", f"/accounts/{person.account_id}", {"status": "active"}
    ),
    "invite a friend": lambda person, _: person.send(
        "POST", "auth", "/accounts", {"email": FRIEND, "name": "Friend", "role": "admin"}
    ),
    "deactivate another": lambda person, _: person.send(
        "PATCH",
        "auth",
        f"/accounts/{person.product.local.account('admin').account_id}",
        {"status": "deactivated"},
    ),
    "correct an entry": lambda person, entry: person.send(
        "POST",
        "accounting",
        f"/accounts/{entry['account_id']}/corrections",
        {"entry_id": entry["entry_id"], "reason": "revenge"},
    ),
    "shuffle": lambda person, _: person.send("POST", "tracking", "/shuffles"),
    "close": lambda person, _: person.send("POST", "accounting", "/closes"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_deactivated_admin_cannot_run_dangerous_commands(
    product: Product, former_admin: Person, entry: dict[str, Any], name: str
) -> None:
    before = state(product)
    answer = COMMANDS[name](former_admin, entry)
    assert not_confirmed(answer), answer.text
    assert state(product) == before


def test_a_new_account_is_confirmed_soon(product: Product) -> None:
    """Until then the refusal has Retry-After."""
    person = invited(product, "new", "accountant")
    answer = product.once_confirmed(lambda: person.send("POST", "accounting", "/closes"))
    assert answer.status_code == 202, answer.text
    deactivate(product, person.account_id)
    product.settle()
