"""Confirms a caller's role and status for dangerous commands: a token may be 15 minutes behind."""

from collections.abc import Sequence
from typing import Any

from shared.frozen import Frozen
from shared.store import Action, Check, Store

ACTIVE = "active"
REFUSAL = "your account is not confirmed here as active and allowed to do this"


class AuthorityNotConfirmed(Exception):
    """The caller's row is missing, not active, or has another role. A replica may just be behind."""


class Authority(Frozen):
    """A command's condition on its caller's row of this kind: active, with one of these roles."""

    kind: type[Any]
    account_id: str
    roles: tuple[str, ...]

    def confirm(self, store: Store) -> Sequence[Action]:
        """Read the row; returns the check that repeats the condition in the transaction.

        Raises AuthorityNotConfirmed.
        """
        key = {"account_id": self.account_id}
        row = store.get(self.kind, **key)
        if row is None or row.status != ACTIVE or row.role not in self.roles:
            raise AuthorityNotConfirmed(REFUSAL)
        return (Check(self.kind, key, {"role": row.role, "status": ACTIVE}),)


def checks_beside(row: Any, actions: Sequence[Action]) -> list[Action]:
    """Drop the checks of a row that the same transaction writes, conditional on its version.

    A transaction can't name a row twice, so these checks are made on the row as read. Raises
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
