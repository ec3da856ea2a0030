"""From invitation to deactivation: who can sign in, with which role, and the replicas."""

import base64
import json
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from events.auth import AccountRoleChanged
from functions.auth.change_account.use_case import change_account
from functions.auth.domain import Change, LastAdmin, NewAccount
from functions.auth.invite_account.use_case import invite_account
from functions.auth.rows import TABLES
from ops.console.errors import SignInRefused
from ops.local.demo_accounts import new_password
from ops.stage import local_session, sign_in
from ops.stage.tables import scanned
from shared.dynamo_store import DynamoStore
from tests.auth.fakes import FakeUserPool
from tests.auth.people import active_admins
from tests.support.fakes import context, envelope_of
from tests.support.moto_store import create_tables, delete_tables
from tests.system.product import Product, wait_for

NAME = "Irina Kask"
SOON_SECONDS = 60
ROUNDS = 5


@dataclass(frozen=True)
class Invited:
    """An account of this module: never eligible, and deactivated at the end."""

    email: str
    password: str
    account_id: str


@dataclass(frozen=True)
class Session:
    access_token: str
    refresh_token: str

    @property
    def roles(self) -> list[str]:
        claims = self.access_token.split(".")[1]
        decoded = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
        return list(decoded["cognito:groups"])


@pytest.fixture
def invited(product: Product, request: pytest.FixtureRequest) -> Iterator[Invited]:
    """An invited admin with a password of their own."""
    email = request.node.name.replace("_", "-")[-50:].lstrip("-.") + "@ates.example"
    answer = invite(product, email)
    assert answer.status_code == 201, answer.text
    account = Invited(email, new_password(), answer.json()["account_id"])
    try:
        product.aws.cognito.admin_set_user_password(
            UserPoolId=product.local.user_pool_id, Username=email, Password=account.password, Permanent=True
        )
        yield account
    finally:
        retire(product, account)


@pytest.fixture(scope="module", autouse=True)
def settled(product: Product) -> Iterator[None]:
    """Leave no event in flight for other modules."""
    yield
    product.settle()


def retire(product: Product, account: Invited) -> None:
    assert change(product, account, status="deactivated", role="manager").status_code == 200


def invite(product: Product, email: str, key: str | None = None) -> httpx.Response:
    body = {"email": email, "name": NAME, "role": "admin"}
    headers = {"Idempotency-Key": key} if key else {}
    return product.call("admin", "POST", "auth", "/accounts", json=body, headers=headers)


def change(product: Product, account: Invited, **to: str) -> httpx.Response:
    return product.call("admin", "PATCH", "auth", f"/accounts/{account.account_id}", json=to)


def session(product: Product, account: Invited) -> Session:
    """Sign in on the hosted page; raises SignInRefused."""
    granted: dict[str, str] = {}

    class Keeping:
        """The HTTP client; keeps the answer of the token endpoint."""

        get = product.http.get

        def post(self, url: str, **kwargs: Any) -> httpx.Response:
            answer = product.http.post(url, **kwargs)
            if url == product.local.oauth.token_url:
                granted.update(answer.json())
            return answer

    client = local_session.client_of(product.aws, product.local)
    sign_in.sign_in(Keeping(), client, account.email, account.password)  # type: ignore[arg-type]
    return Session(granted["access_token"], granted["refresh_token"])


def refresh(product: Product, signed_in: Session) -> int:
    form = {
        "grant_type": "refresh_token",
        "client_id": product.local.client_id,
        "refresh_token": signed_in.refresh_token,
    }
    return product.http.post(product.local.oauth.token_url, data=form).status_code


def status_of(product: Product, signed_in: Session, path: str) -> int:
    bearer = {"Authorization": f"Bearer {signed_in.access_token}"}
    return product.call(None, "GET", "auth", path, headers=bearer).status_code


def next_second() -> None:
    """Wait, because the emulator's sign-out ends only sessions of earlier seconds."""
    time.sleep(1.01 - time.time() % 1)


def test_from_the_invitation_to_the_deactivation(product: Product, invited: Invited) -> None:
    first = session(product, invited)
    assert first.roles == ["admin"]
    assert status_of(product, first, "/accounts") == 200
    assert refresh(product, first) == 200

    next_second()
    assert change(product, invited, role="manager").json()["role"] == "manager"
    assert refresh(product, first) == 400
    second = session(product, invited)
    assert second.roles == ["manager"]
    assert status_of(product, second, "/accounts") == 403
    assert status_of(product, second, "/me") == 200

    next_second()
    assert change(product, invited, status="deactivated").json()["status"] == "deactivated"
    assert refresh(product, second) == 400
    with pytest.raises(SignInRefused):
        session(product, invited)

    assert change(product, invited, status="active", name="Irina Tamm").json()["name"] == "Irina Tamm"
    assert session(product, invited).roles == ["manager"]
    assert versions(product, invited) == [
        ("Account.Created", 1),
        ("Account.RoleChanged", 2),
        ("Account.Deactivated", 3),
        ("Account.Renamed", 4),
        ("Account.Reactivated", 5),
    ]


def versions(product: Product, account: Invited) -> list[tuple[str, int]]:
    own = [each for each in product.events("auth") if each["data"]["account_id"] == account.account_id]
    return sorted(((each["event_name"], each["data"]["version"]) for each in own), key=lambda pair: pair[1])


def test_other_services_replicate_the_account_but_never_the_address(
    product: Product, invited: Invited
) -> None:
    change(product, invited, role="manager", name="Irina Tamm")
    product.settle()
    for service in ("tracking", "accounting"):
        (replica,) = [
            row for row in product.rows(service, "accounts") if row["account_id"] == invited.account_id
        ]
        assert (replica["name"], replica["role"], replica["version"]) == ("Irina Tamm", "manager", 3)
    addressed = [name for name in tables(product) if invited.email in json.dumps(scan(product, name))]
    assert addressed == ["auth-accounts", "auth-addresses"]


def tables(product: Product) -> list[str]:
    prefix = product.aws.target.prefix
    names = product.aws.dynamodb.get_paginator("list_tables").paginate().build_full_result()["TableNames"]
    return sorted(name.removeprefix(prefix) for name in names if name.startswith(prefix))


def scan(product: Product, name: str) -> Any:
    return list(scanned(product.aws, f"{product.aws.target.prefix}{name}"))


def test_the_invitation_is_mailed_once(product: Product, invited: Invited) -> None:
    assert invite(product, invited.email).status_code == 409
    (mail,) = [mail for mail in product.invitations() if mail.to == [invited.email]]
    assert mail.text + mail.html
    listed = product.all_items("admin", "auth", "/accounts", limit=3)
    assert listed[0]["account_id"] == invited.account_id
    assert len({each["account_id"] for each in listed}) == len(listed)
    assert {each.account_id for each in product.local.accounts} < {each["account_id"] for each in listed}


def test_an_account_can_be_invited_again_until_its_first_sign_in(product: Product) -> None:
    email = f"late-{uuid.uuid4()}@ates.example"
    account = Invited(email, new_password(), invite(product, email).json()["account_id"])
    try:
        assert invitation(product, account) == "pending"
        assert [listed["account_id"] for listed in pending(product, email)] == [account.account_id]
        again = [invite_again(product, account, "key-1") for _ in range(2)]
        assert {answer.status_code for answer in again} == {200}
        assert [mail.to for mail in product.invitations()].count([email]) == 2

        product.aws.cognito.admin_set_user_password(
            UserPoolId=product.local.user_pool_id, Username=email, Password=account.password, Permanent=True
        )
        assert status_of(product, session(product, account), "/me") == 200
        assert invitation(product, account) == "accepted"
        assert pending(product, email) == []
        refused = invite_again(product, account, "key-2")
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:ates:problem:invitation-accepted")
        assert [mail.to for mail in product.invitations()].count([email]) == 2
    finally:
        retire(product, account)


def invitation(product: Product, account: Invited) -> str:
    answer = product.call("admin", "GET", "auth", f"/accounts/{account.account_id}")
    return str(answer.json()["invitation"])


def pending(product: Product, email: str) -> list[dict[str, Any]]:
    return product.all_items("admin", "auth", "/accounts", accepted="false", q=email.upper())


def invite_again(product: Product, account: Invited, key: str) -> httpx.Response:
    path = f"/accounts/{account.account_id}/invitation"
    return product.call("admin", "POST", "auth", path, headers={"Idempotency-Key": key})


def test_the_user_pool_is_corrected_by_an_accounts_event(product: Product, invited: Invited) -> None:
    """As after a crash between row and pool: only the event can do it."""
    pool, cognito = product.local.user_pool_id, product.aws.cognito
    cognito.admin_add_user_to_group(UserPoolId=pool, Username=invited.email, GroupName="worker")
    cognito.admin_disable_user(UserPoolId=pool, Username=invited.email)
    stale = AccountRoleChanged(
        account_id=invited.account_id, name=NAME, role="worker", status="deactivated", version=1
    )
    queue = product.aws.target.name("auth", "sync_identity")
    url = product.aws.queues.get_queue_url(QueueName=queue)["QueueUrl"]
    product.aws.queues.send_message(QueueUrl=url, MessageBody=json.dumps({"detail": envelope_of(stale)}))

    def follows() -> bool:
        user = cognito.admin_get_user(UserPoolId=pool, Username=invited.email)
        answer = cognito.admin_list_groups_for_user(UserPoolId=pool, Username=invited.email)
        return user["Enabled"] and [group["GroupName"] for group in answer["Groups"]] == ["admin"]

    wait_for(follows, SOON_SECONDS, "the user pool does not follow the row")


def test_simultaneous_invites_of_one_address_make_one_account(product: Product) -> None:
    email = "two-at-once@ates.example"
    answers: list[httpx.Response] = []
    at_once([lambda: answers.append(invite(product, email))] * 4)
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    (made,) = [answer.json() for answer in answers if answer.status_code == 201]
    account = Invited(email, "", made["account_id"])
    assert versions(product, account) == [("Account.Created", 1)]
    retire(product, account)


@pytest.fixture
def own_tables(product: Product, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[DynamoStore]]:
    """Separate tables on the emulator, as two processes see them."""
    for name, value in product.aws.target.environment({}).items():
        monkeypatch.setenv(name, value)
    stores = [DynamoStore(TABLES, "separate-") for _ in range(2)]
    create_tables(stores[0])
    yield stores
    delete_tables(stores[0])


def test_if_the_last_two_admins_leave_at_once_one_is_kept(own_tables: list[DynamoStore]) -> None:
    pool = FakeUserPool()
    ids = [
        invite_account(
            NewAccount(f"admin{number}@ates.example", NAME, "admin"),
            own_tables[0],
            context(seed=number),
            pool,
        ).account_id
        for number in range(2)
    ]
    for number in range(ROUNDS):
        refused: list[str] = []

        def demote(position: int, seed: int, refused: list[str] = refused) -> None:
            to = Change(role="manager") if position else Change(status="deactivated")
            try:
                change_account(ids[position], to, own_tables[position], context(seed=seed), pool)
            except LastAdmin:
                refused.append(ids[position])

        at_once([lambda p=position, n=number: demote(p, 10 * n + p + 10) for position in range(2)])
        assert len(refused) == active_admins(own_tables[0]) == 1
        for account_id in ids:
            again = Change(role="admin", status="active")
            change_account(account_id, again, own_tables[0], context(seed=1000 + number), pool)
        assert active_admins(own_tables[0]) == 2


def at_once(jobs: list[Any]) -> None:
    threads = [threading.Thread(target=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SOON_SECONDS)
        assert not thread.is_alive()
