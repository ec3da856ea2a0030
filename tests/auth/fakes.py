"""A user pool in memory, which can be made to fail at any of its calls."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

from functions.auth.domain import Account, IdentityProviderDown

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
    name: str
    groups: set[str] = field(default_factory=set)
    enabled: bool = True
    signed_out: int = 0


class FakeUserPool:
    """`interruptions` happen before the call of that number, from 0; changing a group counts as a call."""

    def __init__(self, interruptions: dict[int, Interruption] | None = None) -> None:
        self.users: dict[str, FakeUser] = {}
        self.invitations: list[str] = []
        self.interruptions = interruptions or {}
        self.calls = 0
        self._subs = (f"sub-{number}" for number in itertools.count(1))

    def ensure_user(self, email: str, name: str, *, invited: bool) -> tuple[str, bool]:
        self._count()
        is_new = email not in self.users
        if is_new:
            self.users[email] = FakeUser(next(self._subs), name)
            self.invitations += [email] if invited else []
        return self.users[email].account_id, is_new

    def invite_again(self, email: str) -> None:
        self._count()
        self.invitations.append(email)

    def ensure_name(self, email: str, name: str) -> None:
        self._count()
        self.users[email].name = name

    def ensure_role(self, email: str, role: str) -> None:
        self._count()
        user = self.users[email]
        former = user.groups - {role}
        user.signed_out += bool(former)
        self._count()
        user.groups -= former
        self._count()
        user.groups.add(role)

    def ensure_enabled(self, email: str, enabled: bool) -> None:
        self._count()
        user = self.users[email]
        user.enabled = enabled
        user.signed_out += not enabled

    def name_of(self, email: str) -> str:
        return self.users[email].name

    def groups_of(self, email: str) -> set[str]:
        return self.users[email].groups

    def is_enabled(self, email: str) -> bool:
        return self.users[email].enabled

    def add(self, account: Account) -> "FakeUserPool":
        """The user that belongs to an account."""
        user = FakeUser(account.account_id, account.name, {account.role}, account.status == "active")
        self.users[account.email] = user
        return self

    def agrees_with(self, account: Account) -> bool:
        user = self.users[account.email]
        found = (user.account_id, user.name, user.groups, user.enabled)
        return found == (account.account_id, account.name, {account.role}, account.status == "active")

    def _count(self) -> None:
        number, self.calls = self.calls, self.calls + 1
        if interruption := self.interruptions.pop(number, None):
            interruption()
