"""Accounts of a scenario's own, invited as an admin does it; nobody draws them once it is over."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from random import Random

import httpx

from functions.auth.cognito import CognitoUserPool
from functions.auth.domain import NewAccount
from functions.auth.invite_account.use_case import invite_account
from functions.auth.rows import TABLES
from shared.context import Context
from shared.dynamo_store import DynamoStore
from tests.system.failures.installation import Installation
from tests.system.product import Product, wait_for

NAME = "Nora Newcomer"
KNOWN_SECONDS = 60


@dataclass(frozen=True)
class Newcomer:
    email: str
    account_id: str


def new_address() -> str:
    return f"newcomer-{uuid.uuid4().hex[:12]}@ates.example"


def invite(product: Product, email: str, role: str) -> httpx.Response:
    """Whatever comes of it, a 5xx too."""
    headers = {"Authorization": f"Bearer {product.token('admin')}"}
    body = {"email": email, "name": NAME, "role": role}
    return product.http.post(f"{product.local.apis.auth}/accounts", json=body, headers=headers)


@contextmanager
def newcomers(installation: Installation, count: int, joined: datetime) -> Iterator[list[Newcomer]]:
    """Workers without an entry, as invited at that instant; deactivated in the end.

    The caller has this process's AWS be the installation's.
    """
    product, invited = installation.product, list[Newcomer]()
    store = DynamoStore(TABLES, installation.aws.target.name("auth", ""))
    identity, context = (
        CognitoUserPool(product.local.user_pool_id),
        Context(lambda: joined, Random(), "newcomers"),
    )
    try:
        for _ in range(count):
            account = invite_account(NewAccount(new_address(), NAME, "worker"), store, context, identity)
            invited.append(Newcomer(account.email, account.account_id))
        known = {each.account_id for each in invited}
        wait_for(lambda: slots(product).keys() >= known, KNOWN_SECONDS, "tracking does not know them")
        yield invited
    finally:
        for each in invited:
            change = {"status": "deactivated"}
            product.call("admin", "PATCH", "auth", f"/accounts/{each.account_id}", json=change)
        product.settle()


def slots(product: Product) -> dict[str, int]:
    """Where in tracking's roster each eligible account stands."""
    rows = product.rows("tracking", "roster")
    return {row["account_id"]: row["slot"] for row in rows if "account_id" in row}
