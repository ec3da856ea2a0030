"""The fake user pool, the simulated one and the real adapter pass the same tests."""

from collections.abc import Iterator
from typing import Any, Protocol

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError
from moto import mock_aws

from functions.auth.cognito import ATTEMPTS, CognitoUserPool
from functions.auth.domain import AddressRefused, IdentityProviderDown
from functions.auth.identity import IdentityProvider
from shared import clients
from tests.auth.fakes import FakeUserPool
from tests.simulation.acting import Stage
from tests.simulation.outside import SimulatedUserPool

EMAIL = "ada@ates.example"


class Inspected(IdentityProvider, Protocol):
    """A provider and what a test may look up in it."""

    def name_of(self, email: str) -> str: ...

    def groups_of(self, email: str) -> set[str]: ...

    def is_enabled(self, email: str) -> bool: ...


class InspectedCognito(CognitoUserPool):
    def __init__(self, cognito: Any, user_pool_id: str) -> None:
        super().__init__(user_pool_id)
        self.cognito, self.pool_id = cognito, user_pool_id

    def name_of(self, email: str) -> str:
        user = self.cognito.admin_get_user(UserPoolId=self.pool_id, Username=email)
        return str(next(each["Value"] for each in user["UserAttributes"] if each["Name"] == "name"))

    def groups_of(self, email: str) -> set[str]:
        answer = self.cognito.admin_list_groups_for_user(UserPoolId=self.pool_id, Username=email)
        return {group["GroupName"] for group in answer["Groups"]}

    def is_enabled(self, email: str) -> bool:
        user = self.cognito.admin_get_user(UserPoolId=self.pool_id, Username=email)
        return bool(user["Enabled"])


@pytest.fixture
def cognito() -> Iterator[InspectedCognito]:
    with mock_aws():
        clients.client.cache_clear()
        made = boto3.client("cognito-idp")
        pool_id = made.create_user_pool(PoolName="test", UsernameAttributes=["email"])["UserPool"]["Id"]
        for role in ("worker", "accountant", "manager", "admin"):
            made.create_group(UserPoolId=pool_id, GroupName=role)
        yield InspectedCognito(made, pool_id)
    clients.client.cache_clear()


@pytest.fixture(params=["fake", "cognito", "simulated"])
def provider(request: pytest.FixtureRequest) -> Inspected:
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


@pytest.mark.parametrize("invited", [True, False])
def test_a_user_is_created_once(provider: Inspected, invited: bool) -> None:
    first, is_new = provider.ensure_user(EMAIL, "Ada", invited=invited)
    assert first
    assert is_new
    assert provider.ensure_user(EMAIL, "Ada again", invited=invited) == (first, False)
    assert provider.name_of(EMAIL) == "Ada"
    second, is_new = provider.ensure_user("bob@ates.example", "Bob", invited=invited)
    assert is_new
    assert second != first


def test_a_user_is_renamed(provider: Inspected) -> None:
    account_id = create(provider)
    for name in ("Ada L", "Ada L", "Ada"):
        provider.ensure_name(EMAIL, name)
        assert provider.name_of(EMAIL) == name
    assert provider.ensure_user(EMAIL, "Ada", invited=False) == (account_id, False)


def test_a_user_has_exactly_one_role(provider: Inspected) -> None:
    create(provider)
    assert provider.groups_of(EMAIL) == set()
    for role in ("worker", "admin", "admin", "manager"):
        provider.ensure_role(EMAIL, role)
        assert provider.groups_of(EMAIL) == {role}


def test_a_user_is_disabled_and_enabled_again(provider: Inspected) -> None:
    create(provider)
    assert provider.is_enabled(EMAIL)
    for enabled in (False, False, True, True):
        provider.ensure_enabled(EMAIL, enabled)
        assert provider.is_enabled(EMAIL) is enabled


@pytest.fixture
def asked(cognito: InspectedCognito) -> list[tuple[str, dict[str, Any]]]:
    """The adapter's calls, by operation."""
    calls: list[tuple[str, dict[str, Any]]] = []
    clients.client("cognito-idp", ATTEMPTS).meta.events.register(
        "provide-client-params.cognito-identity-provider",
        lambda params, model, **_: calls.append((model.name, params)),
    )
    return calls


def test_a_role_that_ends_signs_out_first_and_a_new_one_comes_last(
    cognito: InspectedCognito, asked: list[tuple[str, dict[str, Any]]]
) -> None:
    create(cognito)
    cognito.ensure_role(EMAIL, "worker")
    assert "AdminUserGlobalSignOut" not in [operation for operation, _ in asked]
    asked.clear()
    cognito.ensure_role(EMAIL, "admin")
    assert [operation for operation, _ in asked] == [
        "AdminListGroupsForUser",
        "AdminUserGlobalSignOut",
        "AdminRemoveUserFromGroup",
        "AdminAddUserToGroup",
    ]
    asked.clear()
    cognito.ensure_role(EMAIL, "admin")
    assert [operation for operation, _ in asked] == ["AdminListGroupsForUser"]


def test_who_may_not_sign_in_is_signed_out_after_that(
    cognito: InspectedCognito, asked: list[tuple[str, dict[str, Any]]]
) -> None:
    create(cognito)
    asked.clear()
    cognito.ensure_enabled(EMAIL, False)
    assert [operation for operation, _ in asked] == ["AdminDisableUser", "AdminUserGlobalSignOut"]


def test_a_cognito_user_has_a_verified_address_and_a_name(cognito: InspectedCognito) -> None:
    account_id = create(cognito)
    user = cognito.cognito.admin_get_user(UserPoolId=cognito.pool_id, Username=EMAIL)
    attributes = {attribute["Name"]: attribute["Value"] for attribute in user["UserAttributes"]}
    assert attributes == {"email": EMAIL, "email_verified": "true", "name": "Ada", "sub": account_id}


def test_who_is_invited_gets_a_mail_and_who_is_bootstrapped_none(
    cognito: InspectedCognito, asked: list[tuple[str, dict[str, Any]]]
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
def test_trouble_is_told_without_the_address(refusing: CognitoUserPool, said: str) -> None:
    with pytest.raises(IdentityProviderDown) as raised:
        refusing.ensure_user(EMAIL, "Ada", invited=True)
    assert said in str(raised.value)
    assert EMAIL not in str(raised.value)
    assert raised.value.__suppress_context__


@pytest.mark.parametrize("refusing", [refusal("InvalidParameterException")], indirect=True)
def test_an_address_that_the_pool_does_not_take_is_refused(refusing: CognitoUserPool) -> None:
    with pytest.raises(AddressRefused) as raised:
        refusing.ensure_user(EMAIL, "Ada", invited=True)
    assert EMAIL not in str(raised.value)
    with pytest.raises(IdentityProviderDown, match="InvalidParameterException"):
        refusing.ensure_name(EMAIL, "Ada")


@pytest.mark.parametrize("refusing", [refusal("UnsupportedUserStateException")], indirect=True)
def test_who_has_signed_in_already_needs_no_second_invitation(refusing: CognitoUserPool) -> None:
    refusing.invite_again(EMAIL)
    with pytest.raises(IdentityProviderDown):
        refusing.ensure_user(EMAIL, "Ada", invited=True)
