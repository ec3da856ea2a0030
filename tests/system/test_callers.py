"""Access: every deployed route with every role, and with every kind of invalid token.

The table is written by hand from the requirements, so that a spec with a wrong role fails here.
"""

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from infra.discovery import discover
from infra.package import ROOT
from ops.stage import local_session, sign_in
from shared.spec import Http
from tests.support.complete import check_complete
from tests.system.product import Product, wait_for

ANY = {"worker", "accountant", "manager", "admin"}
MANAGERS = {"manager", "admin"}
ACCOUNTANTS = {"accountant", "admin"}
ADMINS = {"admin"}

ALLOWED = {
    ("auth", "GET", "/openapi.json"): ANY,
    ("tracking", "GET", "/openapi.json"): ANY,
    ("accounting", "GET", "/openapi.json"): ANY,
    ("analytics", "GET", "/openapi.json"): ANY,
    ("auth", "GET", "/me"): ANY,
    ("auth", "GET", "/accounts"): ADMINS,
    ("auth", "POST", "/accounts"): ADMINS,
    ("auth", "GET", "/accounts/{account_id}"): ADMINS,
    ("auth", "PATCH", "/accounts/{account_id}"): ADMINS,
    ("auth", "POST", "/accounts/{account_id}/invitation"): ADMINS,
    ("tracking", "POST", "/tasks"): ANY,
    ("tracking", "GET", "/tasks"): ANY,
    ("tracking", "GET", "/tasks/count"): ANY,
    ("tracking", "GET", "/tasks/{task_id}"): ANY,
    ("tracking", "GET", "/tasks/{task_id}/history"): ANY,
    ("tracking", "POST", "/tasks/{task_id}/complete"): ANY,
    ("tracking", "POST", "/tasks/{task_id}/cancel"): ANY,
    ("tracking", "GET", "/assignees"): ANY,
    ("tracking", "GET", "/assignees/{account_id}"): ANY,
    ("tracking", "POST", "/shuffles"): MANAGERS,
    ("tracking", "GET", "/shuffles"): MANAGERS,
    ("tracking", "GET", "/shuffles/{shuffle_id}"): MANAGERS,
    ("accounting", "GET", "/me/balance"): ANY,
    ("accounting", "GET", "/me/entries"): ANY,
    ("accounting", "GET", "/me/days"): ANY,
    ("accounting", "GET", "/accounts"): ACCOUNTANTS,
    ("accounting", "GET", "/accounts/{account_id}/balance"): ACCOUNTANTS,
    ("accounting", "GET", "/accounts/{account_id}/entries"): ACCOUNTANTS,
    ("accounting", "GET", "/accounts/{account_id}/days"): ACCOUNTANTS,
    ("accounting", "GET", "/days"): ACCOUNTANTS,
    ("accounting", "POST", "/closes"): ACCOUNTANTS,
    ("accounting", "GET", "/closes"): ACCOUNTANTS,
    ("accounting", "GET", "/closes/{day}"): ACCOUNTANTS,
    ("accounting", "GET", "/closes/{day}/payouts"): ACCOUNTANTS,
    ("accounting", "POST", "/accounts/{account_id}/corrections"): ADMINS,
    ("analytics", "GET", "/summary"): ADMINS,
    ("analytics", "GET", "/days"): ADMINS,
    ("analytics", "GET", "/top-tasks"): ADMINS,
}

ROUTES = [
    (service.name, spec.trigger.method, spec.trigger.path)
    for service in discover()
    for spec in service.use_cases
    if isinstance(spec.trigger, Http)
]
NOBODY = "01900000-0000-7000-8000-000000000000"


def concrete(path: str) -> str:
    """A path whose parameters name nothing that exists."""
    for name in ("task_id", "shuffle_id", "account_id"):
        path = path.replace(f"{{{name}}}", NOBODY)
    return path.replace("{day}", "2020-01-01")


def status_of(product: Product, route: tuple[str, str, str], authorization: str | None) -> int:
    service, method, path = route
    headers = {"Authorization": authorization} if authorization is not None else {}
    if method != "GET":
        headers["Idempotency-Key"] = "has a space"  # so an allowed request changes nothing
    body = {"json": {"unknown_field": 1}} if method != "GET" else {}
    return product.call(None, method, service, concrete(path), headers=headers, **body).status_code


def test_the_table_has_exactly_the_deployed_routes() -> None:
    check_complete(ALLOWED, ROUTES, "ALLOWED in tests/system/test_callers.py")


@pytest.mark.parametrize("service", ["auth", "tracking", "accounting", "analytics"])
def test_a_service_serves_its_own_openapi_document(product: Product, service: str) -> None:
    answer = product.call("worker", "GET", service, "/openapi.json")
    assert answer.status_code == 200
    assert answer.text == (ROOT / "functions" / service / "openapi.json").read_text()


@pytest.mark.parametrize("role", sorted(ANY))
def test_a_role_may_call_exactly_the_routes_of_the_table(product: Product, role: str) -> None:
    bearer = f"Bearer {product.token(role)}"
    for route in ROUTES:
        status = status_of(product, route, bearer)
        assert status != 401, route
        assert (status == 403) == (role not in ALLOWED[route]), (route, status)


@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Bearer nonsense", "Basic dXNlcjpwYXNz", "Bearer a.b.c"]
)
def test_a_request_without_a_valid_token_is_401(product: Product, authorization: str | None) -> None:
    for route in ROUTES:
        assert status_of(product, route, authorization) == 401, route


def test_a_forged_token_is_refused(product: Product) -> None:
    """The claims and key id of a real token, signed with another key."""
    forged = _signed_with_another_key(product.token("admin"))
    for route in ROUTES:
        assert status_of(product, route, f"Bearer {forged}") == 401, route


def test_a_token_whose_claims_were_changed_is_refused(product: Product) -> None:
    header, claims, signature = product.token("worker").split(".")
    promoted = _encoded({**_decoded(claims), "cognito:groups": ["admin"]})
    assert status_of(product, ("auth", "GET", "/me"), f"Bearer {header}.{promoted}.{signature}") == 401


def test_an_expired_token_is_refused(product: Product) -> None:
    cognito: Any = product.aws.cognito
    ids = {"UserPoolId": product.local.user_pool_id, "ClientId": product.local.client_id}
    before = cognito.describe_user_pool_client(**ids)["UserPoolClient"]
    settings = {**before, "AccessTokenValidity": 1, "TokenValidityUnits": {"AccessToken": "seconds"}}
    _update_client(cognito, settings)
    try:
        short_lived = local_session.access_token(
            product.http, product.local, product.local.account("admin")
        ).value
    finally:
        _update_client(cognito, before)
    wait_for(
        lambda: status_of(product, ("auth", "GET", "/me"), f"Bearer {short_lived}") == 401,
        20,
        "a token of one second is still accepted",
    )
    for route in ROUTES:
        assert status_of(product, route, f"Bearer {short_lived}") == 401, route


def test_another_pools_token_is_refused(product: Product) -> None:
    cognito: Any = product.aws.cognito
    pool = cognito.create_user_pool(PoolName="another")["UserPool"]["Id"]
    try:
        foreign = _sign_in_elsewhere(cognito, pool)
        for route in ROUTES:
            assert status_of(product, route, f"Bearer {foreign}") == 401, route
    finally:
        cognito.delete_user_pool(UserPoolId=pool)


def test_another_clients_token_is_refused(product: Product) -> None:
    """The same pool and account, but another app client."""
    cognito: Any = product.aws.cognito
    pool, admin = product.local.user_pool_id, product.local.account("admin")
    client = _password_client(cognito, pool)
    try:
        foreign = _sign_in_with_password(cognito, pool, client, admin.email, admin.password)
        assert _decoded(foreign.split(".")[1])["sub"] == admin.account_id
        for route in ROUTES:
            assert status_of(product, route, f"Bearer {foreign}") == 401, route
    finally:
        cognito.delete_user_pool_client(UserPoolId=pool, ClientId=client)


@pytest.mark.parametrize("role", sorted(ANY))
def test_own_account_or_not_only_the_role_opens_an_accounts_path(product: Product, role: str) -> None:
    """Naming one's own account doesn't replace the role; with the role any account may be read."""
    own = product.local.account(role).account_id
    others = product.local.accounts[-1].account_id
    assert own != others
    for service, method, path in [route for route in ROUTES if "{account_id}" in route[2]]:
        for account_id in (own, others):
            route = (service, method, path.replace("{account_id}", account_id))
            status = status_of(product, route, f"Bearer {product.token(role)}")
            assert (status == 403) == (role not in ALLOWED[service, method, path]), (route, status)


def test_me_is_taken_from_the_token(product: Product) -> None:
    for account in product.local.accounts:
        assert product.get(account.email, "auth", "/me")["account_id"] == account.account_id
        mine = product.all_items(account.email, "tracking", "/tasks", assignee="me")
        assert {task["assignee"]["account_id"] for task in mine} <= {account.account_id}


def test_only_the_assignee_completes_a_task_whatever_the_role(product: Product) -> None:
    created = product.create_task("Whose?")
    assignee = created["assignee"]["account_id"]
    path = f"/tasks/{created['task_id']}/complete"
    statuses = {
        account.account_id: product.call(account.email, "POST", "tracking", path).status_code
        for account in sorted(product.local.accounts, key=lambda account: account.account_id == assignee)
    }
    assert statuses.pop(assignee) == 200
    assert set(statuses.values()) == {403}
    assert len(statuses) == len(product.local.accounts) - 1


def test_a_task_is_cancelled_by_its_creator_a_manager_or_an_admin(product: Product) -> None:
    for role, status in (("accountant", 403), ("worker", 200), ("manager", 200), ("admin", 200)):
        created = product.call("worker", "POST", "tracking", "/tasks", json={"title": "Never mind"}).json()
        path = f"/tasks/{created['task_id']}/cancel"
        answer = product.call(role, "POST", "tracking", path)
        assert answer.status_code == status, (role, answer.text)
        if status == 200:
            assert answer.json()["status"] == "cancelled"
            assert product.call(role, "POST", "tracking", path).status_code == 409


def test_the_count_route_is_not_read_as_a_task_id(product: Product) -> None:
    """The more specific route wins."""
    counted = product.get("worker", "tracking", "/tasks/count")
    assert set(counted) == {"count", "more"}


def test_an_id_token_is_refused(product: Product) -> None:
    account = product.local.account("admin")
    id_token = _id_token(product, account.email, account.password)
    assert _decoded(id_token.split(".")[1])["token_use"] == "id"
    for route in ROUTES:
        assert status_of(product, route, f"Bearer {id_token}") == 401, route


@pytest.mark.parametrize(
    "groups", [[], ["not-admin"], ["administrators"], ["admin", "worker"], ["admin worker"]]
)
def test_groups_that_are_not_exactly_one_role_are_refused(product: Product, groups: list[str]) -> None:
    cognito: Any = product.aws.cognito
    pool = product.local.user_pool_id
    name = f"stranger-{'-'.join(groups).replace(' ', '_') or 'none'}@ates.example"
    password = product.local.accounts[0].password
    cognito.admin_create_user(UserPoolId=pool, Username=name, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=pool, Username=name, Password=password, Permanent=True)
    for group in groups:
        _join(cognito, pool, name, group)
    try:
        stranger = product.local.accounts[0].model_copy(update={"email": name})
        granted = local_session.access_token(product.http, product.local, stranger).value
        for route in ROUTES:
            assert status_of(product, route, f"Bearer {granted}") == 403, route
    finally:
        cognito.admin_delete_user(UserPoolId=pool, Username=name)


def _join(cognito: Any, pool: str, name: str, group: str) -> None:
    known = {each["GroupName"] for each in cognito.list_groups(UserPoolId=pool)["Groups"]}
    if group not in known:
        cognito.create_group(UserPoolId=pool, GroupName=group)
    cognito.admin_add_user_to_group(UserPoolId=pool, Username=name, GroupName=group)


def _update_client(cognito: Any, settings: dict[str, Any]) -> None:
    read_only = ("CreationDate", "LastModifiedDate", "ClientSecret")
    kept = {name: value for name, value in settings.items() if name not in read_only and value != ""}
    cognito.update_user_pool_client(**kept)


def _sign_in_elsewhere(cognito: Any, pool: str) -> str:
    name, password = "admin@ates.example", "Another-Pool-1"
    cognito.admin_create_user(UserPoolId=pool, Username=name, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=pool, Username=name, Password=password, Permanent=True)
    cognito.create_group(UserPoolId=pool, GroupName="admin")
    cognito.admin_add_user_to_group(UserPoolId=pool, Username=name, GroupName="admin")
    return _sign_in_with_password(cognito, pool, _password_client(cognito, pool), name, password)


def _password_client(cognito: Any, pool: str) -> str:
    created = cognito.create_user_pool_client(
        UserPoolId=pool, ClientName="another", ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    )
    return str(created["UserPoolClient"]["ClientId"])


def _sign_in_with_password(cognito: Any, pool: str, client: str, name: str, password: str) -> str:
    signed_in = cognito.admin_initiate_auth(
        UserPoolId=pool,
        ClientId=client,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": name, "PASSWORD": password},
    )
    return str(signed_in["AuthenticationResult"]["AccessToken"])


def _id_token(product: Product, email: str, password: str) -> str:
    """The id token that the real token endpoint returns with the access token."""
    granted: dict[str, Any] = {}

    class Keeping:
        """The HTTP client; keeps the answer of the token endpoint."""

        def get(self, *args: Any, **kwargs: Any) -> Any:
            return product.http.get(*args, **kwargs)

        def post(self, url: str, **kwargs: Any) -> Any:
            answer = product.http.post(url, **kwargs)
            if url == product.local.oauth.token_url:
                granted.update(answer.json())
            return answer

    client = local_session.client_of(product.aws, product.local)
    sign_in.sign_in(Keeping(), client, email, password)  # type: ignore[arg-type]
    return str(granted["id_token"])


def _signed_with_another_key(real: str) -> str:
    header, claims, _ = real.split(".")
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    signature = key.sign(f"{header}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{header}.{claims}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def _decoded(part: str) -> dict[str, Any]:
    return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))


def _encoded(claims: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
