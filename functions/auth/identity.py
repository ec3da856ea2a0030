"""The identity provider as a port: where passwords are kept and tokens are made.

A user is found by the account_id, which nobody can change, and never by an address, which its owner may have
changed; only creating a user takes an address. Each call may be repeated.
"""

from collections.abc import Mapping
from typing import Protocol

from functions.auth.domain import User

# The rights that the calls need on the user pool.
CREATE_USER = ("cognito-idp:AdminCreateUser",)
FOLLOW_ACCOUNT = (
    "cognito-idp:AdminAddUserToGroup",
    "cognito-idp:AdminDisableUser",
    "cognito-idp:AdminEnableUser",
    "cognito-idp:AdminGetUser",
    "cognito-idp:AdminListGroupsForUser",
    "cognito-idp:AdminRemoveUserFromGroup",
    "cognito-idp:AdminUpdateUserAttributes",
    "cognito-idp:AdminUserGlobalSignOut",
)
LIST_USERS = ("cognito-idp:ListUsers",)


class IdentityProvider(Protocol):
    """Every call raises IdentityProviderDown where the provider gives no answer.

    Those that change a user raise UserMissing where there is none of this account_id.
    """

    def ensure_user(self, email: str, name: str, *, invited: bool) -> tuple[str, bool]:
        """The account_id of the user with this address, and whether the user was created now.

        One who is invited is sent a mail with a password for the first sign-in, when created; raises
        AddressRefused.
        """
        ...

    def invite_again(self, email: str) -> bool:
        """Send the invitation once more, with a new password; False for a user who has one of their own."""
        ...

    def user(self, account_id: str) -> User | None:
        """The user as the provider has them now."""
        ...

    def ensure_attributes(self, account_id: str, attributes: Mapping[str, str]) -> None:
        """Set `name`, or `email` together with `email_verified`; raises AddressOccupied."""
        ...

    def ensure_role(self, account_id: str, role: str) -> None:
        """Make this the user's one and only group; one who had another is signed out everywhere."""
        ...

    def ensure_enabled(self, account_id: str, enabled: bool) -> None:
        """Let the user sign in, or not; one who may not is signed out everywhere."""
        ...

    def page_of_users(self, after: str | None) -> tuple[list[str], str | None]:
        """The account_ids of some users, and the bookmark behind them, None at the end.

        Raises BookmarkLost for one that is too old.
        """
        ...
