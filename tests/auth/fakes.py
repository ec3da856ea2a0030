"""A user pool in memory, which can be made to fail at any of its calls."""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from functions.auth.domain import AddressOccupied, IdentityProviderDown, User, UserMissing
from functions.auth.rows import Account

PAGE = 3

Interruption = Callable[[], None]


class Crash(BaseException):
    """The process ends here: nothing catches it."""


def crash() -> None:
    raise Crash


def down() -> None:
    raise IdentityProviderDown("injected")


@dataclass
class FakeUser:
    account_id: str
    email: str
    name: str
    groups: set[str] = field(default_factory=set)
    enabled: bool = True
    email_verified: bool = True
    signed_out: int = 0
    has_own_password: bool = False


class FakeUserPool:
    """`users` by account_id; tests change or delete them as owners could.

    `interruptions` run before the call with that number, from 0; a group change is a call of its own.
    """

    def __init__(self, interruptions: dict[int, Interruption] | None = None) -> None:
        self.users: dict[str, FakeUser] = {}
        self.invitations: list[str] = []
        self.interruptions = interruptions or {}
        self.calls = 0
        self._subs = (f"sub-{number}" for number in itertools.count(1))

    def ensure_user(self, email: str, name: str, *, invited: bool) -> tuple[str, bool]:
        self._count()
        if user := self.with_address(email):
            return user.account_id, False
        account_id = next(each for each in self._subs if each not in self.users)
        self.users[account_id] = FakeUser(account_id, email, name)
        self.invitations += [email] if invited else []
        return account_id, True

    def invite_again(self, email: str) -> bool:
        self._count()
        user = self.with_address(email)
        if user is None:
            raise IdentityProviderDown("nobody has this address")
        self.invitations += [] if user.has_own_password else [email]
        return not user.has_own_password

    def sign_in(self, account_id: str) -> None:
        """Sign in for the first time, with a new password."""
        self._user(account_id).has_own_password = True

    def user(self, account_id: str) -> User | None:
        self._count()
        found = self.users.get(account_id)
        if found is None:
            return None
        groups = frozenset(found.groups)
        return User(
            account_id,
            found.name,
            found.email,
            found.email_verified,
            groups,
            found.enabled,
            found.has_own_password,
        )

    def ensure_attributes(self, account_id: str, attributes: Mapping[str, str]) -> None:
        self._count()
        user, email = self._user(account_id), attributes.get("email")
        if email is not None and self.with_address(email) not in (None, user):
            raise AddressOccupied("injected")
        user.name = attributes.get("name", user.name)
        user.email_verified = attributes.get("email_verified") == "true" or (
            user.email_verified and email is None
        )
        user.email = email or user.email

    def ensure_role(self, account_id: str, role: str) -> None:
        self._count()
        user = self._user(account_id)
        former = user.groups - {role}
        user.signed_out += bool(former)
        self._count()
        user.groups -= former
        self._count()
        user.groups.add(role)

    def ensure_enabled(self, account_id: str, enabled: bool) -> None:
        self._count()
        user = self._user(account_id)
        user.enabled = enabled
        user.signed_out += not enabled

    def page_of_users(self, after: str | None) -> tuple[list[str], str | None]:
        self._count()
        left = sorted(each for each in self.users if after is None or each > after)
        page = left[:PAGE]
        return page, page[-1] if len(left) > PAGE else None

    def add(self, account: Account) -> "FakeUserPool":
        """Add the user of an account."""
        self.users[account.account_id] = FakeUser(
            account.account_id,
            account.email,
            account.name,
            {account.role},
            account.status == "active",
            has_own_password=account.invited_at is None,
        )
        return self

    def with_address(self, email: str) -> FakeUser | None:
        return next((user for user in self.users.values() if user.email == email), None)

    def agrees_with(self, account: Account) -> bool:
        user = self.users[account.account_id]
        found = (user.email, user.email_verified, user.name, user.groups, user.enabled)
        return found == (account.email, True, account.name, {account.role}, account.status == "active")

    def _user(self, account_id: str) -> FakeUser:
        if account_id not in self.users:
            raise UserMissing("injected")
        return self.users[account_id]

    def _count(self) -> None:
        number, self.calls = self.calls, self.calls + 1
        if interruption := self.interruptions.pop(number, None):
            interruption()
