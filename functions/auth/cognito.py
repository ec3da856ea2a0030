"""The identity provider on a Cognito user pool whose user names are e-mail addresses."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.auth.domain import IdentityProviderDown
from shared.clients import client

MAX_GROUPS = 60


class CognitoUserPool:
    def __init__(self, user_pool_id: str) -> None:
        self._user_pool_id = user_pool_id

    def ensure_user(self, email: str, name: str) -> str:
        """Sends no invitation: whoever creates the account says how its owner gets a password."""
        try:
            created = self._call(
                "admin_create_user",
                Username=email,
                MessageAction="SUPPRESS",
                UserAttributes=[
                    {"Name": "email", "Value": email},
                    {"Name": "email_verified", "Value": "true"},
                    {"Name": "name", "Value": name},
                ],
            )
            return _sub(created["User"]["Attributes"])
        except client("cognito-idp").exceptions.UsernameExistsException:
            return _sub(self._call("admin_get_user", Username=email)["UserAttributes"])

    def ensure_role(self, email: str, role: str) -> None:
        """Former groups go first: a token made meanwhile has no role at all rather than two."""
        answer = self._call("admin_list_groups_for_user", Username=email, Limit=MAX_GROUPS)
        groups = {group["GroupName"] for group in answer["Groups"]}
        for group in sorted(groups - {role}):
            self._call("admin_remove_user_from_group", Username=email, GroupName=group)
        if role not in groups:
            self._call("admin_add_user_to_group", Username=email, GroupName=role)

    def ensure_enabled(self, email: str, enabled: bool) -> None:
        if enabled:
            self._call("admin_enable_user", Username=email)
        else:
            self._call("admin_disable_user", Username=email)
            self._call("admin_user_global_sign_out", Username=email)

    def _call(self, operation: str, **arguments: Any) -> Any:
        """Cognito's messages may quote the address, so only the error's code goes on."""
        cognito = client("cognito-idp")
        call: Callable[..., Any] = getattr(cognito, operation)
        try:
            return call(UserPoolId=self._user_pool_id, **arguments)
        except cognito.exceptions.UsernameExistsException:
            raise
        except ClientError as error:
            raise IdentityProviderDown(f"{operation}: {error.response['Error']['Code']}") from None
        except BotoCoreError as error:
            raise IdentityProviderDown(f"{operation}: {type(error).__name__}") from None


def _sub(attributes: list[dict[str, str]]) -> str:
    return next(attribute["Value"] for attribute in attributes if attribute["Name"] == "sub")
