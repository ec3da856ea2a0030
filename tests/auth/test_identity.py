"""The fake user pool and the real adapter pass the same tests."""

from collections.abc import Iterator
from typing import Any, Protocol

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError
from moto import mock_aws

from functions.auth.cognito import CognitoUserPool
from functions.auth.domain import IdentityProviderDown
from functions.auth.identity import IdentityProvider
from shared import clients
from tests.auth.fakes import FakeUserPool

EMAIL = "ada@ates.example"


class Inspected(IdentityProvider, Protocol):
    """A provider and what a test may look up in it."""

    def groups_of(self, email: str) -> set[str]: ...

    def is_enabled(self, email: str) -> bool: ...


class InspectedCognito(CognitoUserPool):
    def __init__(self, cognito: Any, user_pool_id: str) -> None:
        super().__init__(user_pool_id)
        self.cognito, self.pool_id = cognito, user_pool_id

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


@pytest.fixture(params=["fake", "cognito"])
def provider(request: pytest.FixtureRequest) -> Inspected:
    if request.param == "fake":
        return FakeUserPool()
    return request.getfixturevalue("cognito")  # type: ignore[no-any-return]


def test_a_user_is_created_once(provider: Inspected) -> None:
    first = provider.ensure_user(EMAIL, "Ada")
    assert first
    assert provider.ensure_user(EMAIL, "Ada again") == first
    assert provider.ensure_user("bob@ates.example", "Bob") != first


def test_a_user_has_exactly_one_role(provider: Inspected) -> None:
    provider.ensure_user(EMAIL, "Ada")
    assert provider.groups_of(EMAIL) == set()
    for role in ("worker", "admin", "admin", "manager"):
        provider.ensure_role(EMAIL, role)
        assert provider.groups_of(EMAIL) == {role}


def test_a_user_is_disabled_and_enabled_again(provider: Inspected) -> None:
    provider.ensure_user(EMAIL, "Ada")
    assert provider.is_enabled(EMAIL)
    for enabled in (False, False, True, True):
        provider.ensure_enabled(EMAIL, enabled)
        assert provider.is_enabled(EMAIL) is enabled


def test_a_cognito_user_has_a_verified_address_and_a_name_and_gets_no_message(
    cognito: InspectedCognito,
) -> None:
    asked: list[dict[str, Any]] = []
    clients.client("cognito-idp").meta.events.register(
        "provide-client-params.cognito-identity-provider.AdminCreateUser",
        lambda params, **_: asked.append(params),
    )
    account_id = cognito.ensure_user(EMAIL, "Ada")
    assert [params["MessageAction"] for params in asked] == ["SUPPRESS"]
    user = cognito.cognito.admin_get_user(UserPoolId=cognito.pool_id, Username=EMAIL)
    attributes = {attribute["Name"]: attribute["Value"] for attribute in user["UserAttributes"]}
    assert attributes == {"email": EMAIL, "email_verified": "true", "name": "Ada", "sub": account_id}


class Refusing:
    """A client whose every call fails."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.exceptions = type("E", (), {"UsernameExistsException": type("Exists", (Exception,), {})})

    def __getattr__(self, name: str) -> Any:
        def call(**_: Any) -> Any:
            raise self.error

        return call


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            ClientError(
                {"Error": {"Code": "TooManyRequestsException", "Message": f"not {EMAIL}"}}, "AdminCreateUser"
            ),
            "TooManyRequestsException",
        ),
        (ConnectTimeoutError(endpoint_url=f"https://{EMAIL}"), "ConnectTimeoutError"),
    ],
)
def test_trouble_is_told_without_the_address(
    monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    monkeypatch.setattr("functions.auth.cognito.client", lambda _name: Refusing(error))
    with pytest.raises(IdentityProviderDown) as raised:
        CognitoUserPool("pool").ensure_user(EMAIL, "Ada")
    assert said in str(raised.value)
    assert EMAIL not in str(raised.value)
    assert raised.value.__suppress_context__
