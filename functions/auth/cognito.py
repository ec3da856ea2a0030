"""The identity provider on a Cognito user pool whose users sign in with their e-mail addresses.

The username in such a pool is the `sub`; all calls except those that create or invite use it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.auth.domain import (
    AddressOccupied,
    AddressRefused,
    BookmarkLost,
    IdentityProviderDown,
    User,
    UserMissing,
)
from shared.clients import client, error_code
from shared.pace import unpaced

MAX_GROUPS = 60
# A pool that hangs must not use up the time for answering a caller.
ATTEMPTS = 2

EXISTS = "UsernameExistsException"
INVALID = "InvalidParameterException"
MISSING = "UserNotFoundException"
OCCUPIED = "AliasExistsException"
SIGNED_IN_BEFORE = "UnsupportedUserStateException"
INVITED = "FORCE_CHANGE_PASSWORD"


class _Refused(Exception):
    """The pool answered with an expected error, of this code."""


class CognitoUserPool:
    """`pace` is called before each call: work on many accounts leaves some of Cognito's rate to people."""

    def __init__(self, user_pool_id: str, pace: Callable[[], None] = unpaced) -> None:
        self._user_pool_id, self._pace = user_pool_id, pace

    def ensure_user(self, email: str, name: str, *, invited: bool) -> tuple[str, bool]:
        try:
            created = self._create(email, name, invited)
        except _Refused as refused:
            if str(refused) == INVALID:
                raise AddressRefused("no account can have this e-mail address") from None
            return _sub(self._call("admin_get_user", Username=email)["UserAttributes"]), False
        return _sub(created["User"]["Attributes"]), True

    def _create(self, email: str, name: str, invited: bool) -> Any:
        """Invite by e-mail: the pool's default is a text message."""
        attributes = {"email": email, "email_verified": "true", "name": name}
        mail = {"DesiredDeliveryMediums": ["EMAIL"]} if invited else {"MessageAction": "SUPPRESS"}
        return self._call(
            "admin_create_user",
            (EXISTS, INVALID),
            Username=email,
            UserAttributes=[{"Name": key, "Value": value} for key, value in attributes.items()],
            **mail,
        )

    def invite_again(self, email: str) -> bool:
        mail = {"MessageAction": "RESEND", "DesiredDeliveryMediums": ["EMAIL"]}
        try:
            self._call("admin_create_user", (SIGNED_IN_BEFORE,), Username=email, **mail)
        except _Refused:
            return False
        return True

    def user(self, account_id: str) -> User | None:
        try:
            found = self._call("admin_get_user", (MISSING,), Username=account_id)
            groups = self._groups(account_id)
        except (_Refused, UserMissing):
            return None
        attributes = {each["Name"]: each["Value"] for each in found["UserAttributes"]}
        return User(
            account_id=account_id,
            name=attributes.get("name", ""),
            email=attributes.get("email", ""),
            email_verified=attributes.get("email_verified", "").lower() == "true",
            groups=groups,
            enabled=found["Enabled"],
            has_own_password=found["UserStatus"] != INVITED,
        )

    def ensure_attributes(self, account_id: str, attributes: Mapping[str, str]) -> None:
        given = [{"Name": name, "Value": value} for name, value in attributes.items()]
        try:
            self._of(account_id, "admin_update_user_attributes", (OCCUPIED,), UserAttributes=given)
        except _Refused:
            raise AddressOccupied("another user of the pool has this e-mail address") from None

    def ensure_role(self, account_id: str, role: str) -> None:
        """Remove former groups first: a token issued meanwhile has no role rather than two.

        Sign out before that: after a crash, only a former group shows that the sign-out is due.
        """
        groups = self._groups(account_id)
        if former := sorted(groups - {role}):
            self._of(account_id, "admin_user_global_sign_out")
        for group in former:
            self._of(account_id, "admin_remove_user_from_group", GroupName=group)
        if role not in groups:
            self._of(account_id, "admin_add_user_to_group", GroupName=role)

    def ensure_enabled(self, account_id: str, enabled: bool) -> None:
        if enabled:
            self._of(account_id, "admin_enable_user")
        else:
            self._of(account_id, "admin_disable_user")
            self._of(account_id, "admin_user_global_sign_out")

    def page_of_users(self, after: str | None) -> tuple[list[str], str | None]:
        bookmark = {"PaginationToken": after} if after else {}
        try:
            page = self._call("list_users", (INVALID,) if after else (), **bookmark)
        except _Refused:
            raise BookmarkLost("the user pool no longer knows this bookmark") from None
        return [_sub(user["Attributes"]) for user in page["Users"]], page.get("PaginationToken")

    def _groups(self, account_id: str) -> frozenset[str]:
        answer = self._of(account_id, "admin_list_groups_for_user", Limit=MAX_GROUPS)
        return frozenset(group["GroupName"] for group in answer["Groups"])

    def _of(self, account_id: str, operation: str, expected: tuple[str, ...] = (), **arguments: Any) -> Any:
        """A call about a user who should exist; raises UserMissing."""
        try:
            return self._call(operation, (*expected, MISSING), Username=account_id, **arguments)
        except _Refused as refused:
            if str(refused) == MISSING:
                raise UserMissing("the user pool has no user of this account") from None
            raise

    def _call(self, operation: str, expected: tuple[str, ...] = (), **arguments: Any) -> Any:
        """Raises _Refused for an expected error code.

        Cognito's messages may quote the address, so errors carry only its code.
        """
        call: Callable[..., Any] = getattr(client("cognito-idp", ATTEMPTS), operation)
        self._pace()
        try:
            return call(UserPoolId=self._user_pool_id, **arguments)
        except ClientError as error:
            code = error_code(error)
            if code in expected:
                raise _Refused(code) from None
            raise IdentityProviderDown(f"{operation}: {code}") from None
        except BotoCoreError as error:
            raise IdentityProviderDown(f"{operation}: {type(error).__name__}") from None


def _sub(attributes: list[dict[str, str]]) -> str:
    return next(attribute["Value"] for attribute in attributes if attribute["Name"] == "sub")
