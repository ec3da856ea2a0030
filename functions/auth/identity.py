"""The identity provider as a port: where passwords are kept and tokens are made.

A user is found by the account's e-mail address, in lower case. Each call may be repeated.
"""

from typing import Protocol

# The rights that the calls need on the user pool.
CREATE_USER = ("cognito-idp:AdminCreateUser", "cognito-idp:AdminGetUser")
FOLLOW_ACCOUNT = (
    "cognito-idp:AdminAddUserToGroup",
    "cognito-idp:AdminDisableUser",
    "cognito-idp:AdminEnableUser",
    "cognito-idp:AdminListGroupsForUser",
    "cognito-idp:AdminRemoveUserFromGroup",
    "cognito-idp:AdminUpdateUserAttributes",
    "cognito-idp:AdminUserGlobalSignOut",
)


class IdentityProvider(Protocol):
    """Every call raises IdentityProviderDown where the provider gives no answer."""

    def ensure_user(self, email: str, name: str, *, invited: bool) -> tuple[str, bool]:
        """The account_id of the user with this address, and whether the user was created now.

        One who is invited is sent a mail with a password for the first sign-in, when created; raises
        AddressRefused.
        """
        ...

    def invite_again(self, email: str) -> None:
        """Send the mail of the invitation once more; not to a user who has a password of their own."""
        ...

    def ensure_name(self, email: str, name: str) -> None:
        """Make this the name that tokens show."""
        ...

    def ensure_role(self, email: str, role: str) -> None:
        """Make this the user's one and only group; one who had another is signed out everywhere."""
        ...

    def ensure_enabled(self, email: str, enabled: bool) -> None:
        """Let the user sign in, or not; one who may not is signed out everywhere."""
        ...
