"""The fake user pool, the simulated one and the real adapter pass the same tests."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError
from moto import mock_aws

from functions.auth.cognito import ATTEMPTS, CognitoUserPool
from functions.auth.domain import (
    AddressOccupied,
    AddressRefused,
    BookmarkLost,
    IdentityProviderDown,
    User,
    UserMissing,
)
from functions.auth.identity import IdentityProvider
from shared import clients
from tests.auth.fakes import FakeUserPool
from tests.simulation.acting import Stage
from tests.simulation.outside import SimulatedUserPool

EMAIL = "ada@ates.example"
OTHER_ADDRESS = {"email": "eve@evil.example", "email_verified": "true"}


@pytest.fixture
def cognito() -> Iterator[CognitoUserPool]:
    with mock_aws():
        clients.client.cache_clear()
        made = boto3.client("cognito-idp")
        pool_id = made.create_user_pool(PoolName="test", UsernameAttributes=["email"])["UserPool"]["Id"]
        for role in ("worker", "accountant", "manager", "admin"):
            made.create_group(UserPoolId=pool_id, GroupName=role)
        yield CognitoUserPool(pool_id)
    clients.client.cache_clear()


@pytest.fixture(params=["fake", "cognito", "simulated"])
def provider(request: pytest.FixtureRequest) -> IdentityProvider:
    if request.param == "simulated":
        stage = Stage()
        return stage.acting(SimulatedUserPool(stage.kernel, stage.faults))  # type: ignore[no-any-return]
    if request.param == "fake":
        return FakeUserPool()
    return request.getfixturevalue("cognito")  # type: ignore[no-any-return]


def create(provider: IdentityProvider, email: str = EMAIL) -> str:
    account_id, is_new = provider.ensure_user(email, "Ada", invited=False)
    assert is_new
    return account_id


def found(provider: IdentityProvider, account_id: str) -> User:
    user = provider.user(account_id)
    assert user is not None
    return user


@pytest.mark.parametrize("invited", [True, False])
def test_a_user_is_created_once(provider: IdentityProvider, invited: bool) -> None:
    first, is_new = provider.ensure_user(EMAIL, "Ada", invited=invited)
    assert first
    assert is_new
    assert provider.ensure_user(EMAIL, "Ada again", invited=invited) == (first, False)
    assert found(provider, first) == User(first, "Ada", EMAIL, True, frozenset(), True, False)
    second, is_new = provider.ensure_user("bob@ates.example", "Bob", invited=invited)
    assert is_new
    assert second != first


def test_a_user_is_renamed(provider: IdentityProvider) -> None:
    account_id = create(provider)
    for name in ("Ada L", "Ada L", "Ada"):
        provider.ensure_attributes(account_id, {"name": name})
        assert found(provider, account_id).name == name
    assert provider.ensure_user(EMAIL, "Ada", invited=False) == (account_id, False)


def test_a_user_is_invited_again_until_they_set_a_password(provider: IdentityProvider) -> None:
    account_id, _ = provider.ensure_user(EMAIL, "Ada", invited=True)
    for _ in range(2):
        assert provider.invite_again(EMAIL) is True
        assert found(provider, account_id).has_own_password is False
    sign_in(provider, account_id)
    assert found(provider, account_id).has_own_password is True
    if not isinstance(provider, CognitoUserPool):  # moto would send it again
        assert provider.invite_again(EMAIL) is False


def sign_in(provider: IdentityProvider, account_id: str) -> None:
    """The first sign-in."""
    if isinstance(provider, CognitoUserPool):
        boto3.client("cognito-idp").admin_set_user_password(
            UserPoolId=provider._user_pool_id, Username=account_id, Password="A-pass-word-1!", Permanent=True
        )
    else:
        provider.sign_in(account_id)  # type: ignore[attr-defined]


def test_a_user_has_exactly_one_role(provider: IdentityProvider) -> None:
    account_id = create(provider)
    for role in ("worker", "admin", "admin", "manager"):
        provider.ensure_role(account_id, role)
        assert found(provider, account_id).groups == {role}


def test_a_user_is_disabled_and_enabled_again(provider: IdentityProvider) -> None:
    account_id = create(provider)
    for enabled in (False, False, True, True):
        provider.ensure_enabled(account_id, enabled)
        assert found(provider, account_id).enabled is enabled


def test_a_user_is_found_after_the_address_changed(provider: IdentityProvider) -> None:
    account_id = create(provider)
    provider.ensure_attributes(account_id, OTHER_ADDRESS)
    assert found(provider, account_id).email == OTHER_ADDRESS["email"]
    provider.ensure_enabled(account_id, False)
    provider.ensure_role(account_id, "worker")
    provider.ensure_attributes(account_id, {"email": EMAIL, "email_verified": "true"})
    groups = frozenset({"worker"})
    assert found(provider, account_id) == User(account_id, "Ada", EMAIL, True, groups, False, False)


def test_the_pool_gives_a_freed_address_to_another_user(provider: IdentityProvider) -> None:
    """So the rows decide, not the pool."""
    account_id = create(provider)
    provider.ensure_attributes(account_id, OTHER_ADDRESS)
    assert create(provider) != account_id
    with pytest.raises(AddressOccupied) as raised:
        provider.ensure_attributes(account_id, {"email": EMAIL, "email_verified": "true"})
    assert EMAIL not in str(raised.value)
    assert found(provider, account_id).email == OTHER_ADDRESS["email"]


def test_every_user_is_listed_once(provider: IdentityProvider) -> None:
    made = [create(provider, f"popug{number:03}@ates.example") for number in range(70)]
    listed, after = provider.page_of_users(None)
    while after:
        ids, after = provider.page_of_users(after)
        listed += ids
    assert sorted(listed) == sorted(made)


def test_an_unknown_user_is_missing_and_not_an_outage(provider: IdentityProvider) -> None:
    create(provider)
    assert provider.user("nobody") is None
    changes: list[Callable[[], None]] = [
        lambda: provider.ensure_enabled("nobody", False),
        lambda: provider.ensure_enabled("nobody", True),
        lambda: provider.ensure_role("nobody", "worker"),
        lambda: provider.ensure_attributes("nobody", {"name": "Ada"}),
    ]
    for change in changes:
        with pytest.raises(UserMissing):
            change()


@pytest.fixture
def asked(cognito: CognitoUserPool) -> list[tuple[str, dict[str, Any]]]:
    """The adapter's calls, by operation."""
    calls: list[tuple[str, dict[str, Any]]] = []
    clients.client("cognito-idp", ATTEMPTS).meta.events.register(
        "provide-client-params.cognito-identity-provider",
        lambda params, model, **_: calls.append((model.name, params)),
    )
    return calls


def test_a_role_change_signs_out_first_and_adds_the_new_group_last(
    cognito: CognitoUserPool, asked: list[tuple[str, dict[str, Any]]]
) -> None:
    account_id = create(cognito)
    cognito.ensure_role(account_id, "worker")
    assert "AdminUserGlobalSignOut" not in [operation for operation, _ in asked]
    asked.clear()
    cognito.ensure_role(account_id, "admin")
    assert [operation for operation, _ in asked] == [
        "AdminListGroupsForUser",
        "AdminUserGlobalSignOut",
        "AdminRemoveUserFromGroup",
        "AdminAddUserToGroup",
    ]
    asked.clear()
    cognito.ensure_role(account_id, "admin")
    assert [operation for operation, _ in asked] == ["AdminListGroupsForUser"]


def test_a_user_is_disabled_before_being_signed_out(
    cognito: CognitoUserPool, asked: list[tuple[str, dict[str, Any]]]
) -> None:
    account_id = create(cognito)
    asked.clear()
    cognito.ensure_enabled(account_id, False)
    assert [operation for operation, _ in asked] == ["AdminDisableUser", "AdminUserGlobalSignOut"]


def test_only_creating_calls_send_an_address(
    cognito: CognitoUserPool, asked: list[tuple[str, dict[str, Any]]]
) -> None:
    account_id = create(cognito)
    asked.clear()
    cognito.user(account_id)
    cognito.ensure_role(account_id, "worker")
    cognito.ensure_role(account_id, "admin")
    cognito.ensure_attributes(account_id, {"name": "Ada L"})
    cognito.ensure_enabled(account_id, False)
    cognito.ensure_enabled(account_id, True)
    assert {call["Username"] for _, call in asked} == {account_id}


def test_an_invited_user_gets_a_mail_and_a_bootstrapped_user_gets_none(
    cognito: CognitoUserPool, asked: list[tuple[str, dict[str, Any]]]
) -> None:
    cognito.ensure_user(EMAIL, "Ada", invited=True)
    cognito.invite_again(EMAIL)
    cognito.ensure_user("bob@ates.example", "Bob", invited=False)
    wanted = [(call.get("MessageAction"), call.get("DesiredDeliveryMediums")) for _, call in asked]
    assert wanted == [(None, ["EMAIL"]), ("RESEND", ["EMAIL"]), ("SUPPRESS", None)]


class Refusing:
    """A client whose every call fails."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __getattr__(self, name: str) -> Any:
        def call(**_: Any) -> Any:
            raise self.error

        return call


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": f"not {EMAIL}"}}, "AdminCreateUser")


@pytest.fixture
def refusing(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> CognitoUserPool:
    monkeypatch.setattr("functions.auth.cognito.client", lambda *_: Refusing(request.param))
    return CognitoUserPool("pool")


@pytest.mark.parametrize(
    ("refusing", "said"),
    [
        (refusal("TooManyRequestsException"), "TooManyRequestsException"),
        (ConnectTimeoutError(endpoint_url=f"https://{EMAIL}"), "ConnectTimeoutError"),
    ],
    indirect=["refusing"],
)
def test_an_outage_is_reported_without_the_address(refusing: CognitoUserPool, said: str) -> None:
    with pytest.raises(IdentityProviderDown) as raised:
        refusing.ensure_user(EMAIL, "Ada", invited=True)
    assert said in str(raised.value)
    assert EMAIL not in str(raised.value)
    assert raised.value.__suppress_context__


@pytest.mark.parametrize("refusing", [refusal("InvalidParameterException")], indirect=True)
def test_an_address_that_the_pool_rejects_is_refused(refusing: CognitoUserPool) -> None:
    with pytest.raises(AddressRefused) as raised:
        refusing.ensure_user(EMAIL, "Ada", invited=True)
    assert EMAIL not in str(raised.value)
    with pytest.raises(IdentityProviderDown, match="InvalidParameterException"):
        refusing.ensure_attributes("sub-1", {"name": "Ada"})


@pytest.mark.parametrize("refusing", [refusal("InvalidParameterException")], indirect=True)
def test_an_expired_page_token_raises_bookmark_lost(refusing: CognitoUserPool) -> None:
    with pytest.raises(BookmarkLost):
        refusing.page_of_users("old")
    with pytest.raises(IdentityProviderDown):
        refusing.page_of_users(None)


@pytest.mark.parametrize("refusing", [refusal("UnsupportedUserStateException")], indirect=True)
def test_a_user_who_has_signed_in_is_not_invited_again(refusing: CognitoUserPool) -> None:
    assert refusing.invite_again(EMAIL) is False
    with pytest.raises(IdentityProviderDown):
        refusing.ensure_user(EMAIL, "Ada", invited=True)
