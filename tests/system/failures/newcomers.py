"""Accounts of a single scenario, invited as by an admin; afterwards they can't be drawn."""

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
    """The answer to an invite, even a 5xx."""
    headers = {"Authorization": f"Bearer {product.token('admin')}"}
    body = {"email": email, "name": NAME, "role": role}
    return product.http.post(f"{product.local.apis.auth}/accounts", json=body, headers=headers)


@contextmanager
def newcomers(installation: Installation, count: int, joined: datetime) -> Iterator[list[Newcomer]]:
    """Workers without an entry, invited at `joined`; deactivated at the end.

    This process's AWS settings must be those of the installation.
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
    """The roster slot of each eligible account in tracking."""
    rows = product.rows("tracking", "roster")
    return {row["account_id"]: row["slot"] for row in rows if "account_id" in row}
