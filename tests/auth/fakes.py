"""A user pool in memory, which can be made to fail at any of its calls."""

import itertools
from dataclasses import dataclass, field

from functions.auth.domain import IdentityProviderDown


@dataclass
class FakeUser:
    account_id: str
    name: str
    groups: set[str] = field(default_factory=set)
    enabled: bool = True
    signed_out: int = 0


class FakeUserPool:
    """`fails_at` is the number of the call, from 0, that finds the provider down."""

    def __init__(self, fails_at: int | None = None) -> None:
        self.users: dict[str, FakeUser] = {}
        self.fails_at = fails_at
        self.calls = 0
        self._subs = (f"sub-{number}" for number in itertools.count(1))

    def ensure_user(self, email: str, name: str) -> str:
        self._count()
        if email not in self.users:
            self.users[email] = FakeUser(next(self._subs), name)
        return self.users[email].account_id

    def ensure_role(self, email: str, role: str) -> None:
        self._count()
        self.users[email].groups = {role}

    def ensure_enabled(self, email: str, enabled: bool) -> None:
        self._count()
        user = self.users[email]
        user.enabled = enabled
        user.signed_out += not enabled

    def groups_of(self, email: str) -> set[str]:
        return self.users[email].groups

    def is_enabled(self, email: str) -> bool:
        return self.users[email].enabled

    def _count(self) -> None:
        number, self.calls = self.calls, self.calls + 1
        if number == self.fails_at:
            raise IdentityProviderDown("injected")
