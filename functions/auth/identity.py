"""The port to the identity provider, which keeps passwords and issues tokens.

Users are named by account_id, which can't change, and not by address, which may have been changed in the
pool; only creating and inviting take an address. Each call may be repeated.
"""

from collections.abc import Mapping
from typing import Protocol

from functions.auth.domain import User

# The IAM actions that the calls need on the user pool.
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
    """Every call raises IdentityProviderDown if the provider does not answer.

    Those that change a user raise UserMissing if there is none with this account_id.
    """

    def ensure_user(self, email: str, name: str, *, invited: bool) -> tuple[str, bool]:
        """The account_id of the user with this address, and whether the user was created now.

        A new user with `invited` is mailed a password for the first sign-in. Raises AddressRefused.
        """
        ...

    def invite_again(self, email: str) -> bool:
        """Send the invitation again, with a new password; False if the user has set one already."""
        ...

    def user(self, account_id: str) -> User | None:
        """The user, or None."""
        ...

    def ensure_attributes(self, account_id: str, attributes: Mapping[str, str]) -> None:
        """Set `name`, or `email` together with `email_verified`; raises AddressOccupied."""
        ...

    def ensure_role(self, account_id: str, role: str) -> None:
        """Make this the user's only group; a user who had another is signed out everywhere."""
        ...

    def ensure_enabled(self, account_id: str, enabled: bool) -> None:
        """Enable the user, or disable and sign out everywhere."""
        ...

    def page_of_users(self, after: str | None) -> tuple[list[str], str | None]:
        """The account_ids of a page of users, and the bookmark of the next page, None at the end.

        Raises BookmarkLost if the bookmark is too old.
        """
        ...
