"""Tables in which an absent row is a fact: not consumed, not priced, not reported.

If such a table is lost or emptied, an absent row proves nothing. So one row, the sentinel, stands in it from
the first deployment on, and is read wherever something is concluded from an absence. Only the operator's
tools write it: once for a new service, and after a restore.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, fields
from typing import Any

from shared.store import Check, R, Store, Unavailable
from shared.tables import Table

SENTINEL = "sentinel"
NEVER = 253_402_300_799
"""Unix seconds of the last second that a calendar has."""

_VALUES: Mapping[str, Any] = {"int": -1, "bool": False}
"""No shard of an index has the number -1, so a sentinel is in none that is read."""


class RowsLost(Unavailable):
    """A guarded table has no sentinel: it was lost or emptied, and its service has to be restored first."""

    def __init__(self, kind: type[Any]) -> None:
        super().__init__(f"the table of {kind.__name__} has lost its rows: its service has to be restored")


def sentinel(kind: type[R]) -> R:
    """The row; what is no key means nothing."""
    needed = [field for field in fields(kind) if field.default is MISSING]  # type: ignore[arg-type]
    return kind(**{field.name: _value(field.name, field.type) for field in needed})


def sentinels(tables: Iterable[Table]) -> list[Any]:
    """All of a service's tables."""
    return [sentinel(table.row) for table in tables if table.guarded]


def get_guarded(store: Store, kind: type[R], keys: Sequence[Mapping[str, str | int]]) -> list[R]:
    """As `get_many`, by the same call; raises RowsLost."""
    if not keys:
        return []
    own = dict.fromkeys(keys[0], SENTINEL)
    found = store.get_many(kind, [*keys, own])
    rows = [row for row in found if any(getattr(row, name) != SENTINEL for name in own)]
    if len(rows) == len(found):
        raise RowsLost(kind)
    return rows


def check_rows(store: Store, kind: type[Any], *key_names: str) -> None:
    """Raises RowsLost."""
    if store.get(kind, **dict.fromkeys(key_names, SENTINEL)) is None:
        raise RowsLost(kind)


def still_guarded(kind: type[Any], *key_names: str) -> Check:
    """Holds a transaction to the sentinel. Two transactions that hold it at once conflict: for rare ones."""
    key = dict.fromkeys(key_names, SENTINEL)
    return Check(kind, key, expected=key)


def _value(name: str, type_: Any) -> Any:
    return NEVER if name == "expires_at" else _VALUES.get(getattr(type_, "__name__", ""), SENTINEL)
