"""E-mail addresses are read from the user pool, by account."""

from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from ops.stage import stacks, user_pool
from ops.stage.aws import Aws


@pytest.fixture
def pool(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with mock_aws():
        made = aws.cognito.create_user_pool(PoolName="p")["UserPool"]["Id"]
        monkeypatch.setattr(
            stacks, "output", lambda _aws, part, key: {"auth UserPoolId": made}[f"{part} {key}"]
        )
        yield made


def create(aws: Aws, pool: str, name: str, **attributes: str) -> str:
    given: Any = [{"Name": key, "Value": value} for key, value in attributes.items()]
    user = aws.cognito.admin_create_user(UserPoolId=pool, Username=name, UserAttributes=given)["User"]
    return next(each["Value"] for each in user["Attributes"] if each["Name"] == "sub")


def test_users_of_all_pages_are_read(aws: Aws, pool: str) -> None:
    wanted = {}
    for n in range(70):
        address = f"popug{n}@ates.example"
        wanted[create(aws, pool, f"popug{n}", email=address)] = address
    assert user_pool.emails(aws) == wanted


def test_a_user_without_an_address_is_included(aws: Aws, pool: str) -> None:
    account_id = create(aws, pool, "nobody")
    assert user_pool.emails(aws) == {account_id: ""}
