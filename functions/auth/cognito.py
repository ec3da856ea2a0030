"""The identity provider on a Cognito user pool whose user names are e-mail addresses."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.auth.domain import AddressRefused, IdentityProviderDown
from shared.clients import client

MAX_GROUPS = 60
# A pool that hangs must not use up the time in which a caller is to be answered.
ATTEMPTS = 2

EXISTS = "UsernameExistsException"
INVALID = "InvalidParameterException"
SIGNED_IN_BEFORE = "UnsupportedUserStateException"


class _Refused(Exception):
    """The pool answered with an error that was reckoned with, of this code."""


class CognitoUserPool:
    def __init__(self, user_pool_id: str) -> None:
        self._user_pool_id = user_pool_id

    def ensure_user(self, email: str, name: str, *, invited: bool) -> tuple[str, bool]:
        try:
            created = self._create(email, name, invited)
        except _Refused as refused:
            if str(refused) == INVALID:
                raise AddressRefused("no account can have this e-mail address") from None
            return _sub(self._call("admin_get_user", Username=email)["UserAttributes"]), False
        return _sub(created["User"]["Attributes"]), True

    def _create(self, email: str, name: str, invited: bool) -> Any:
        """Unless it is told otherwise, the pool invites by text message."""
        attributes = {"email": email, "email_verified": "true", "name": name}
        mail = {"DesiredDeliveryMediums": ["EMAIL"]} if invited else {"MessageAction": "SUPPRESS"}
        return self._call(
            "admin_create_user",
            (EXISTS, INVALID),
            Username=email,
            UserAttributes=[{"Name": key, "Value": value} for key, value in attributes.items()],
            **mail,
        )

    def invite_again(self, email: str) -> None:
        mail = {"MessageAction": "RESEND", "DesiredDeliveryMediums": ["EMAIL"]}
        try:
            self._call("admin_create_user", (SIGNED_IN_BEFORE,), Username=email, **mail)
        except _Refused:
            return

    def ensure_name(self, email: str, name: str) -> None:
        attributes = [{"Name": "name", "Value": name}]
        self._call("admin_update_user_attributes", Username=email, UserAttributes=attributes)

    def ensure_role(self, email: str, role: str) -> None:
        """Former groups go first: a token made meanwhile has no role at all rather than two.

        The sign-out goes before them, since after a crash only a former group tells that it is due.
        """
        answer = self._call("admin_list_groups_for_user", Username=email, Limit=MAX_GROUPS)
        groups = {group["GroupName"] for group in answer["Groups"]}
        if former := sorted(groups - {role}):
            self._call("admin_user_global_sign_out", Username=email)
        for group in former:
            self._call("admin_remove_user_from_group", Username=email, GroupName=group)
        if role not in groups:
            self._call("admin_add_user_to_group", Username=email, GroupName=role)

    def ensure_enabled(self, email: str, enabled: bool) -> None:
        if enabled:
            self._call("admin_enable_user", Username=email)
        else:
            self._call("admin_disable_user", Username=email)
            self._call("admin_user_global_sign_out", Username=email)

    def _call(self, operation: str, expected: tuple[str, ...] = (), **arguments: Any) -> Any:
        """Raises _Refused for an error code that is expected.

        Cognito's messages may quote the address, so only an error's code goes on.
        """
        call: Callable[..., Any] = getattr(client("cognito-idp", ATTEMPTS), operation)
        try:
            return call(UserPoolId=self._user_pool_id, **arguments)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in expected:
                raise _Refused(code) from None
            raise IdentityProviderDown(f"{operation}: {code}") from None
        except BotoCoreError as error:
            raise IdentityProviderDown(f"{operation}: {type(error).__name__}") from None


def _sub(attributes: list[dict[str, str]]) -> str:
    return next(attribute["Value"] for attribute in attributes if attribute["Name"] == "sub")
