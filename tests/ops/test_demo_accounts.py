"""The demo accounts, and their password, which differs per installation."""

from typing import Any

import pytest

from ops.local import demo_accounts
from ops.stage.aws import Aws
from ops.stage.local_json import DemoAccount


class UserPool:
    """Records each account's password."""

    def __init__(self) -> None:
        self.passwords: dict[str, str] = {}

    def admin_set_user_password(
        self,
        *,
        UserPoolId: str,  # noqa: N803
        Username: str,  # noqa: N803
        Password: str,  # noqa: N803
        Permanent: bool,  # noqa: N803
    ) -> None:
        assert (UserPoolId, Permanent) == ("pool", True)
        self.passwords[Username] = Password


@pytest.fixture
def pool(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> UserPool:
    found = UserPool()
    vars(aws)["cognito"] = found
    monkeypatch.setattr(demo_accounts, "invoke", _bootstrap)
    return found


def _bootstrap(aws: Aws, service: str, use_case: str, payload: dict[str, Any]) -> dict[str, Any]:
    assert (service, use_case, set(payload)) == ("auth", "bootstrap_account", {"email", "name", "role"})
    return {"account_id": f"id of {payload['email']}"}


def test_demo_accounts_are_five_workers_and_one_of_each_other_role(aws: Aws, pool: UserPool) -> None:
    created = demo_accounts.create(aws, "pool", "secret")
    assert [account.role for account in created] == ["admin", "manager", "accountant"] + ["worker"] * 5
    assert created[3] == DemoAccount(
        role="worker",
        email="worker1@ates.example",
        password="secret",
        account_id="id of worker1@ates.example",
    )
    assert pool.passwords == {account.account_id: "secret" for account in created}
    assert demo_accounts.complete(created)
    assert not demo_accounts.complete(created[:-1])


def test_names_and_addresses_are_unique() -> None:
    assert len({demo.name for demo in demo_accounts.DEMO_ACCOUNTS}) == len(demo_accounts.DEMO_ACCOUNTS)
    assert len({demo.email for demo in demo_accounts.DEMO_ACCOUNTS}) == len(demo_accounts.DEMO_ACCOUNTS)


def test_a_password_has_every_kind_of_character_and_differs_each_time() -> None:
    passwords = {demo_accounts.new_password() for _ in range(100)}
    assert len(passwords) == 100
    for password in passwords:
        assert len(password) == demo_accounts.PASSWORD_LENGTH
        assert all(set(kind) & set(password) for kind in demo_accounts.PASSWORD_KINDS)
