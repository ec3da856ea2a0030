"""A use case calls exactly what its spec names; the calls are recorded in botocore."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient
from moto import mock_aws

from functions.auth.bootstrap_account import handler as bootstrap_account
from functions.auth.bootstrap_account.handler import SPEC as BOOTSTRAP_ACCOUNT
from functions.auth.change_account import handler as change_account
from functions.auth.change_account.handler import SPEC as CHANGE_ACCOUNT
from functions.auth.domain import NewAccount
from functions.auth.get_account import handler as get_account
from functions.auth.get_account.handler import SPEC as GET_ACCOUNT
from functions.auth.get_email import handler as get_email
from functions.auth.get_email.handler import SPEC as GET_EMAIL
from functions.auth.get_me import handler as get_me
from functions.auth.get_me.handler import SPEC as GET_ME
from functions.auth.invite_account import handler as invite_account
from functions.auth.invite_account.handler import SPEC as INVITE_ACCOUNT
from functions.auth.invite_again import handler as invite_again
from functions.auth.invite_again.handler import SPEC as INVITE_AGAIN
from functions.auth.list_accounts import handler as list_accounts
from functions.auth.list_accounts.handler import SPEC as LIST_ACCOUNTS
from functions.auth.reconcile_identities import handler as reconcile_identities
from functions.auth.reconcile_identities.handler import SPEC as RECONCILE_IDENTITIES
from functions.auth.rows import TABLES, AddressClaim
from functions.auth.sync_identity import handler as sync_identity
from functions.auth.sync_identity.handler import SPEC as SYNC_IDENTITY
from shared import clients, wiring
from shared.dynamo_store import DynamoStore
from shared.settings import settings
from shared.spec import CHECK, DELETE, PUT, UPDATE, UseCase
from shared.store import Put, Remove, Store, changed
from tests.auth.people import ADA, DARIA, EVE, account, present
from tests.auth.test_sync_identity import delivery, event_of
from tests.support.invocations import LambdaContext, http_request
from tests.support.moto_store import create_tables

PREFIX = "ates-dev-auth-"
PARTS = {"Put": PUT, "Update": UPDATE, "Delete": DELETE, "ConditionCheck": CHECK}
BEHIND = NewAccount("behind@ates.example", "Greta Fischer", "worker")
SHUT = NewAccount("shut@ates.example", "Hugo Moreau", "worker")
HALF = "half@ates.example"
ENVIRONMENT = {
    "ATES_STAGE": "dev",
    "ATES_SERVICE": "auth",
    "ATES_USE_CASE": "test",
    "TABLE_PREFIX": PREFIX,
    "BUS_NAME": "ates-dev",
    "BUSINESS_TIMEZONE": "UTC",
    "MAX_RECEIVES": "20",
}


def rights(service: str, operation: str, call: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The permissions of a call; a transaction needs those of its parts."""
    if service == "cognito-idp":
        yield "user pool", f"cognito-idp:{operation}"
    elif operation == "TransactWriteItems":
        parts = [part for item in call["TransactItems"] for part in item.items()]
        yield from ((path_of(parameters), PARTS[part]) for part, parameters in parts)
    elif operation == "BatchGetItem":
        yield from ((path_of({"TableName": table}), operation) for table in call["RequestItems"])
    elif operation != "DescribeTable":
        yield path_of(call), operation


def path_of(call: dict[str, Any]) -> str:
    table = call["TableName"].removeprefix(PREFIX).replace("-", "_")
    return f"{table}/{call['IndexName']}" if "IndexName" in call else table


def named(spec: UseCase) -> set[tuple[str, str]]:
    on_tables = {(path, action) for path, actions in spec.access.items() for action in actions}
    return on_tables | {("user pool", action) for action in spec.actions}


class World:
    """The service's functions on tables and a user pool in moto.

    Ada and Eve are admins, Daria is a worker. BEHIND's row is deactivated and differs in name and role from
    its user. SHUT's user is disabled, its row active. HALF is a user without a row, as after a crash. Rows
    of Ada and Daria say, wrongly, that their users differ and, rightly, that they have not signed in. Daria's
    address has no claim.
    """

    def __init__(self, store: Store, pool_id: str) -> None:
        self.store = store
        self.ids = {new.email: self.bootstrap(new) for new in (ADA, EVE, DARIA, BEHIND, SHUT)}
        row = present(store, self.ids[BEHIND.email])
        behind = changed(row, name="Greta", role="accountant", status="deactivated", version=2)
        noted = [
            Put(changed(present(store, self.ids[new.email]), identity="differs", invited_at=row.created_at))
            for new in (ADA, DARIA)
        ]
        store.transact([Put(behind), *noted, Remove(AddressClaim, {"email": DARIA.email})])
        cognito = boto3.client("cognito-idp")
        cognito.admin_disable_user(UserPoolId=pool_id, Username=self.ids[SHUT.email])
        cognito.admin_create_user(UserPoolId=pool_id, Username=HALF)

    def bootstrap(self, new: NewAccount) -> str:
        payload = {"email": new.email, "name": new.name, "role": new.role}
        return bootstrap_account.handler(payload, LambdaContext())["account_id"]

    def invite(self, email: str, key: str) -> int:
        body = {"email": email, "name": "Somebody", "role": "admin"}
        event = self.asked("POST", "/accounts", body=body, headers={"idempotency-key": key})
        return int(invite_account.handler(event, LambdaContext())["statusCode"])

    def change(self, new: NewAccount, **change: str) -> int:
        path = {"account_id": self.ids[new.email]}
        event = self.asked("PATCH", "/accounts/x", body=change, parameters=path)
        return int(change_account.handler(event, LambdaContext())["statusCode"])

    def invite_again(self, email: str) -> int:
        path = {"account_id": self.ids[email]}
        event = self.asked("POST", "/accounts/x", parameters=path, headers={"idempotency-key": email})
        return int(invite_again.handler(event, LambdaContext())["statusCode"])

    def get(self, handler: Callable[..., Any], path: str) -> int:
        own = {"account_id": self.ids[ADA.email]}
        return int(handler(self.asked("GET", path, parameters=own), LambdaContext())["statusCode"])

    def asked(self, method: str, path: str, **content: Any) -> dict[str, Any]:
        """A request by Ada."""
        return http_request(method, path, groups="[admin]", account_id=self.ids[ADA.email], **content)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        forget_clients()
        cognito = boto3.client("cognito-idp")
        pool_id = cognito.create_user_pool(PoolName="test", UsernameAttributes=["email"])["UserPool"]["Id"]
        for role in ("worker", "accountant", "manager", "admin"):
            cognito.create_group(UserPoolId=pool_id, GroupName=role)
        monkeypatch.setenv("USER_POOL_ID", pool_id)
        monkeypatch.setenv("POOL_CALLS_PER_SECOND", "1000")
        store = wiring.store(TABLES)
        assert isinstance(store, DynamoStore)
        create_tables(store)
        yield World(store, pool_id)
    forget_clients()


def forget_clients() -> None:
    clients.client.cache_clear()
    settings.cache_clear()
    wiring.store.cache_clear()


def bootstrap_all(world: World) -> None:
    for new in (NewAccount("new@ates.example", "New", "admin"), ADA, BEHIND, SHUT):
        world.bootstrap(new)


def invite_all(world: World) -> None:
    """New, half done, repeated, and taken."""
    asked = [("new@ates.example", "key-1"), (HALF, "key-2"), (HALF, "key-2")]
    assert [world.invite(*each) for each in asked] == [201, 201, 201]
    assert [world.invite(new.email, new.email) for new in (BEHIND, SHUT, DARIA)] == [409] * 3


def invite_all_again(world: World) -> None:
    assert [world.invite_again(new.email) for new in (DARIA, SHUT, BEHIND)] == [200, 200, 409]


def change_all(world: World) -> None:
    for change in ({"name": "Daria"}, {"role": "admin"}, {"status": "deactivated"}, {"status": "active"}):
        assert world.change(DARIA, **change) == 200


def sync_all(world: World) -> None:
    for new in (ADA, BEHIND, SHUT):
        event = event_of(account(new, world.ids[new.email]))
        assert sync_identity.handler(delivery(event), LambdaContext()) == {"batchItemFailures": []}


def reconcile_all(world: World) -> None:
    for _ in range(2):
        asked = {"by": "operator", "begin": True}
        assert reconcile_identities.handler(asked, LambdaContext())["phase"] == "done"


def ask(world: World) -> None:
    get_email.handler({"account_id": world.ids[ADA.email]}, LambdaContext())


USES: list[tuple[UseCase, Callable[[World], Any]]] = [
    (BOOTSTRAP_ACCOUNT, bootstrap_all),
    (CHANGE_ACCOUNT, change_all),
    (GET_ACCOUNT, lambda world: world.get(get_account.handler, "/accounts/x")),
    (GET_EMAIL, ask),
    (GET_ME, lambda world: world.get(get_me.handler, "/me")),
    (INVITE_ACCOUNT, invite_all),
    (INVITE_AGAIN, invite_all_again),
    (LIST_ACCOUNTS, lambda world: world.get(list_accounts.handler, "/accounts")),
    (RECONCILE_IDENTITIES, reconcile_all),
    (SYNC_IDENTITY, sync_all),
]


@pytest.mark.parametrize(("spec", "use"), USES, ids=[spec.name for spec, _ in USES])
def test_a_use_case_calls_exactly_what_its_spec_names(
    spec: UseCase, use: Callable[[World], Any], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: set[tuple[str, str]] = set()
    real = BaseClient._make_api_call  # type: ignore[attr-defined]

    def recorded(client: Any, operation: str, call: dict[str, Any]) -> Any:
        seen.update(rights(client.meta.service_model.service_name, operation, call))
        return real(client, operation, call)

    monkeypatch.setattr(BaseClient, "_make_api_call", recorded)
    use(world)
    assert seen == named(spec)
