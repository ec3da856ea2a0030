"""Guarded tables, in which an absent row has a meaning: not consumed, not priced, not reported.

If such a table is lost or emptied, an absent row means nothing. So it contains one row, the sentinel, from
the first deployment on, which is read wherever an absence decides something. Only the operator's tools
write it: once for a new service, and after a restore.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, fields
from typing import Any

from shared.store import Check, R, Store, Unavailable
from shared.tables import Table

SENTINEL = "sentinel"
NEVER = 253_402_300_799
"""The end of the year 9999, in Unix seconds."""

_VALUES: Mapping[str, Any] = {"int": -1, "bool": False, "list": [SENTINEL]}
"""No index has a shard -1, so no query of an index finds a sentinel."""


class RowsLost(Unavailable):
    """A guarded table has no sentinel: it was lost or emptied, and its service must be restored first."""

    def __init__(self, kind: type[Any]) -> None:
        super().__init__(f"the table of {kind.__name__} has lost its rows: its service has to be restored")


def sentinel(kind: type[R]) -> R:
    """The sentinel row; fields outside its key have no meaning."""
    needed = [field for field in fields(kind) if field.default is MISSING]  # type: ignore[arg-type]
    return kind(**{field.name: _value(field.name, field.type) for field in needed})


def sentinels(tables: Iterable[Table]) -> list[Any]:
    """The sentinels of all guarded tables."""
    return [sentinel(table.row) for table in tables if table.guarded]


def get_guarded(store: Store, kind: type[R], keys: Sequence[Mapping[str, str | int]]) -> list[R]:
    """`get_many`, which reads the sentinel in the same call; raises RowsLost if it is missing."""
    if not keys:
        return []
    own = dict.fromkeys(keys[0], SENTINEL)
    found = store.get_many(kind, [*keys, own])
    rows = [row for row in found if any(getattr(row, name) != SENTINEL for name in own)]
    if len(rows) == len(found):
        raise RowsLost(kind)
    return rows


def check_rows(store: Store, kind: type[Any], *key_names: str) -> None:
    """Raises RowsLost if the sentinel is missing."""
    if store.get(kind, **dict.fromkeys(key_names, SENTINEL)) is None:
        raise RowsLost(kind)


def sentinel_check(kind: type[Any], *key_names: str) -> Check:
    """Make a transaction conditional on the sentinel. Concurrent ones conflict, so use it rarely."""
    key = dict.fromkeys(key_names, SENTINEL)
    return Check(kind, key, expected=key)


def _value(name: str, type_: Any) -> Any:
    return NEVER if name == "expires_at" else _VALUES.get(getattr(type_, "__name__", ""), SENTINEL)
