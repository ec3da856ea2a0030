"""A worker changes their own user in the pool with their own token; a deactivation still takes effect.

On AWS the hosted login's token lacks the scope for this; the emulator allows it, so the rest is tested.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from boto3 import Session
from botocore import UNSIGNED
from botocore.config import Config

from ops.console.errors import SignInRefused
from ops.local.demo_accounts import new_password
from ops.stage import local_session
from ops.stage.local_json import DemoAccount
from tests.system.product import Product

NAME = "Igor Saar"


@dataclass(frozen=True)
class Worker:
    """A signed-in worker; `pool` is an unauthenticated client of the user pool."""

    account: DemoAccount
    access_token: str
    pool: Any

    @property
    def account_id(self) -> str:
        return self.account.account_id


@pytest.fixture
def worker(product: Product, request: pytest.FixtureRequest) -> Iterator[Worker]:
    email = request.node.name.replace("_", "-")[-50:].lstrip("-.") + "@ates.example"
    invited = invite(product, email)
    assert invited.status_code == 201, invited.text
    account = DemoAccount(
        role="worker", email=email, password=new_password(), account_id=invited.json()["account_id"]
    )
    product.aws.cognito.admin_set_user_password(
        UserPoolId=product.local.user_pool_id,
        Username=account.account_id,
        Password=account.password,
        Permanent=True,
    )
    public = Session(region_name=product.local.region).client(
        "cognito-idp", endpoint_url=product.local.endpoint, config=Config(signature_version=UNSIGNED)
    )
    # Else the pool's user may still be brought in line with the invitation, after the attacker's change.
    product.settle()
    try:
        yield Worker(account, local_session.access_token(product.http, product.local, account).value, public)
    finally:
        change(product, account.account_id, status="deactivated")
        product.settle()


def invite(product: Product, email: str) -> Any:
    body = {"email": email, "name": NAME, "role": "worker"}
    return product.call("admin", "POST", "auth", "/accounts", json=body)


def change(product: Product, account_id: str, **to: str) -> Any:
    answer = product.call("admin", "PATCH", "auth", f"/accounts/{account_id}", json=to)
    assert answer.status_code == 200, answer.text
    return answer.json()


def listed(product: Product, account_id: str) -> Any:
    accounts = product.all_items("admin", "auth", "/accounts")
    return next(each for each in accounts if each["account_id"] == account_id)


def refuses_sign_in(product: Product, account: DemoAccount, email: str) -> bool:
    try:
        local_session.access_token(product.http, product.local, account.model_copy(update={"email": email}))
    except SignInRefused:
        return True
    return False


def test_an_account_with_a_changed_address_can_be_deactivated(product: Product, worker: Worker) -> None:
    elsewhere = f"elsewhere-{worker.account.email}"
    worker.pool.update_user_attributes(
        AccessToken=worker.access_token, UserAttributes=[{"Name": "email", "Value": elsewhere}]
    )
    assert not refuses_sign_in(product, worker.account, elsewhere), "the attack didn't take place"

    assert invite(product, worker.account.email).status_code == 409
    assert change(product, worker.account_id, status="deactivated")["identity"] == "matches"
    for email in (elsewhere, worker.account.email):
        assert refuses_sign_in(product, worker.account, email)
    user = product.aws.cognito.admin_get_user(
        UserPoolId=product.local.user_pool_id, Username=worker.account_id
    )
    assert user["Enabled"] is False
    assert {"Name": "email", "Value": worker.account.email} in user["UserAttributes"]


def test_reconcile_corrects_a_changed_address(product: Product, worker: Worker) -> None:
    elsewhere = f"elsewhere-{worker.account.email}"
    worker.pool.update_user_attributes(
        AccessToken=worker.access_token, UserAttributes=[{"Name": "email", "Value": elsewhere}]
    )
    product.ates("accounts", "reconcile")
    assert refuses_sign_in(product, worker.account, elsewhere)
    assert not refuses_sign_in(product, worker.account, worker.account.email)
    assert listed(product, worker.account_id)["identity"] == "matches"


def test_a_deleted_user_cannot_sign_in_and_is_shown_as_missing(product: Product, worker: Worker) -> None:
    worker.pool.delete_user(AccessToken=worker.access_token)
    assert invite(product, worker.account.email).status_code == 409
    after = change(product, worker.account_id, status="deactivated")
    assert (after["status"], after["identity"]) == ("deactivated", "missing")
    assert refuses_sign_in(product, worker.account, worker.account.email)
    product.ates("accounts", "reconcile")
    assert listed(product, worker.account_id)["identity"] == "missing"
    product.settle()
    status = product.ates("status")
    assert worker.account_id in status.stdout
    assert "dead letters: 0" in status.stdout
