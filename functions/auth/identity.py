"""The identity provider as a port: where passwords are kept and tokens are made.

A user is found by the account's e-mail address, in lower case. Each call may be repeated.
"""

from typing import Protocol


class IdentityProvider(Protocol):
    """Every call raises IdentityProviderDown where the provider gives no answer."""

    def ensure_user(self, email: str, name: str) -> str:
        """The account_id of the user with this address, who is created if there is none."""
        ...

    def ensure_role(self, email: str, role: str) -> None:
        """Make this the user's one and only group."""
        ...

    def ensure_enabled(self, email: str, enabled: bool) -> None:
        """Let the user sign in, or not; one who may not is signed out everywhere."""
        ...
