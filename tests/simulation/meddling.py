"""Outside changes of the user pool: people change or delete their own user, an operator any user."""

import random
from collections.abc import Callable

from tests.auth.fakes import FakeUser
from tests.simulation.outside import SimulatedUserPool

ROLES = ("worker", "accountant", "manager", "admin")


class Meddler:
    """`deleted` has the account_ids of deleted users."""

    def __init__(self, pool: SimulatedUserPool, randomness: random.Random) -> None:
        self._pool, self._randomness = pool, randomness
        self._first_addresses: dict[str, str] = {}
        self._count = 0
        self.deleted: set[str] = set()

    def meddle(self) -> str:
        """Change some user; returns what was done."""
        for user in self._pool.users.values():
            self._first_addresses.setdefault(user.account_id, user.email)
        user = self._randomness.choice(list(self._pool.users.values()))
        change = self._randomness.choice(_CHANGES)
        change(self, user)
        return f"{user.account_id}: {change.__name__.strip('_').replace('_', ' ')}"

    def _renames_themself(self, user: FakeUser) -> None:
        user.name = "Somebody Else"

    def _takes_another_address(self, user: FakeUser) -> None:
        """An unused address, possibly one that another user had before."""
        self._count += 1
        taken = {each.email for each in self._pool.users.values()}
        left = [each for each in self._first_addresses.values() if each not in taken]
        user.email = self._randomness.choice([*left, f"own-{self._count}@ates.example"])
        user.email_verified = False

    def _deletes_themself(self, user: FakeUser) -> None:
        """Most attempts have no effect."""
        if self._randomness.random() < 0.3:
            del self._pool.users[user.account_id]
            self.deleted.add(user.account_id)

    def _is_disabled(self, user: FakeUser) -> None:
        user.enabled = False

    def _is_enabled(self, user: FakeUser) -> None:
        user.enabled = True

    def _gets_another_group(self, user: FakeUser) -> None:
        user.groups.add(self._randomness.choice(ROLES))

    def _changes_groups(self, user: FakeUser) -> None:
        user.groups = {self._randomness.choice(ROLES)}

    def _loses_all_groups(self, user: FakeUser) -> None:
        user.groups = set()


_CHANGES: tuple[Callable[[Meddler, FakeUser], None], ...] = (
    Meddler._renames_themself,
    Meddler._takes_another_address,
    Meddler._takes_another_address,
    Meddler._deletes_themself,
    Meddler._is_disabled,
    Meddler._is_enabled,
    Meddler._gets_another_group,
    Meddler._changes_groups,
    Meddler._loses_all_groups,
)
