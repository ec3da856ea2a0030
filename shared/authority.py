"""Whether a caller may still do what is dangerous: a token says what was so up to 15 minutes ago."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.store import Action, Check, Store

ACTIVE = "active"
REFUSAL = "your account is not confirmed here as active and allowed to do this"


class AuthorityNotConfirmed(Exception):
    """The caller's row is missing, of another role, or not active. A replica may only be behind."""


@dataclass(frozen=True, slots=True)
class Authority:
    """What a command needs of its caller's row of this kind: active, and of one of these roles."""

    kind: type[Any]
    account_id: str
    roles: tuple[str, ...]

    def confirm(self, store: Store) -> Sequence[Action]:
        """Read the row; returns the check that holds a transaction to what was read.

        Raises AuthorityNotConfirmed.
        """
        key = {"account_id": self.account_id}
        row = store.get(self.kind, **key)
        if row is None or row.status != ACTIVE or row.role not in self.roles:
            raise AuthorityNotConfirmed(REFUSAL)
        return (Check(self.kind, key, {"role": row.role, "status": ACTIVE}),)


def checks_beside(row: Any, actions: Sequence[Action]) -> list[Action]:
    """What is left to check in a transaction that writes this row itself, conditional on its version.

    A transaction names no row twice, so the caller's own row is judged as it was read. Raises
    AuthorityNotConfirmed.
    """
    own = [action for action in actions if isinstance(action, Check) and _is_about(row, action)]
    for check in own:
        if any(getattr(row, name) != value for name, value in check.expected.items()):
            raise AuthorityNotConfirmed(REFUSAL)
    return [action for action in actions if action not in own]


def _is_about(row: Any, check: Check) -> bool:
    same_key = all(getattr(row, name) == value for name, value in check.key.items())
    return check.kind is type(row) and same_key
