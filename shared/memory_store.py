"""A store in memory: conditions, tokens and limits as DynamoDB has them. For tests and simulation."""

import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shared.layout import Layout
from shared.store import (
    Action,
    Add,
    Below,
    ConditionFailed,
    Expected,
    Insert,
    Put,
    R,
    Remove,
    Store,
    check_bounds,
)

_Fields = dict[str, Any]
_Key = tuple[str | int, ...]


class MemoryStore(Store):
    """Tables as dictionaries. Every index is as fresh as its table, which the real ones are not."""

    def __init__(self, layouts: Iterable[Layout]) -> None:
        self._layouts: dict[type[Any], Layout] = {layout.kind: layout for layout in layouts}
        self._bases = {layout.table: layout for layout in self._layouts.values() if layout.index is None}
        self._tables: dict[str, dict[_Key, _Fields]] = {table: {} for table in self._bases}
        self._partitions: dict[tuple[type[Any], Any], dict[_Key, _Fields]] = defaultdict(dict)
        self._tokens: set[str] = set()
        self._lock = threading.Lock()

    def get(self, kind: type[R], **key: str | int) -> R | None:
        layout = self._layouts[kind]
        row = self._tables[layout.table].get(_key_of(layout, key))
        return None if row is None else _row(kind, row)

    def get_many(self, kind: type[R], keys: Sequence[Mapping[str, str | int]]) -> list[R]:
        wanted = {_key_of(self._layouts[kind], key): key for key in keys}
        return [row for key in wanted.values() if (row := self.get(kind, **key)) is not None]

    def query(
        self,
        kind: type[R],
        partition: str | int,
        *,
        above: str | int | None = None,
        below: str | int | None = None,
        through: str | int | None = None,
        limit: int,
        newest_first: bool = False,
    ) -> list[R]:
        sort_key = self._layouts[kind].sort_key
        found = [
            row
            for row in list(self._partitions[kind, partition].values())
            if sort_key is None or _within(row[sort_key], above, below, through)
        ]
        found.sort(key=lambda row: row[sort_key] if sort_key else 0, reverse=newest_first)
        return [_row(kind, row) for row in found[:limit]]

    def rows(self, kind: type[R]) -> list[R]:
        """Everything in a table; there is no such call in the real store."""
        return [_row(kind, row) for row in self._tables[self._layouts[kind].table].values()]

    def items(self, table: str) -> list[_Fields]:
        """The same as fields by name, for a table in which rows of several kinds lie."""
        return [dict(row) for row in self._tables[table].values()]

    def write(self, actions: Sequence[Action], token: str) -> None:
        check_bounds(actions)
        with self._lock:
            if token in self._tokens:
                return
            targets = [self._target(action) for action in actions]
            if len(set(targets)) != len(targets):
                raise ValueError("a transaction names one row twice")
            failed = [
                position
                for position, (action, target) in enumerate(zip(actions, targets, strict=True))
                if not self._holds(action, target)
            ]
            if failed:
                raise ConditionFailed(failed)
            for action, target in zip(actions, targets, strict=True):
                self._apply(action, target)
            self._tokens.add(token)

    def _target(self, action: Action) -> tuple[str, _Key]:
        if isinstance(action, Insert | Put):
            layout = self._base(type(action.row))
            return layout.table, _key_of(layout, _values(action.row))
        layout = self._base(action.kind)
        return layout.table, _key_of(layout, action.key)

    def _base(self, kind: type[Any]) -> Layout:
        layout = self._layouts[kind]
        if layout.index is not None:
            raise ValueError(f"{kind.__name__} is read from an index and cannot be written")
        return layout

    def _holds(self, action: Action, target: tuple[str, _Key]) -> bool:
        table, key = target
        row = self._tables[table].get(key)
        if isinstance(action, Insert):
            return row is None
        return _meets(row or {}, action.expected)

    def _apply(self, action: Action, target: tuple[str, _Key]) -> None:
        table, key = target
        if isinstance(action, Insert | Put):
            self._store(table, key, _values(action.row))
        elif isinstance(action, Add):
            self._store(table, key, _added(self._tables[table].get(key) or dict(action.key), action))
        elif isinstance(action, Remove):
            self._store(table, key, None)

    def _store(self, table: str, key: _Key, row: _Fields | None) -> None:
        """Put a row, or take it away, in its table and in every index that has its keys."""
        before = self._tables[table].pop(key, None)
        if row is not None:
            self._tables[table][key] = row
        for layout in self._layouts.values():
            if layout.table == table:
                self._file(layout, key, before, row)

    def _file(self, layout: Layout, key: _Key, before: _Fields | None, row: _Fields | None) -> None:
        if before is not None and layout.partition_key in before:
            self._partitions[layout.kind, before[layout.partition_key]].pop(key, None)
        if row is not None and layout.partition_key in row and layout.sort_key in (None, *row):
            self._partitions[layout.kind, row[layout.partition_key]][key] = row


def _added(row: _Fields, action: Add) -> _Fields:
    after = {**row, **{name: row.get(name, 0) + amount for name, amount in action.amounts.items()}}
    after.update(action.values)
    return {name: value for name, value in after.items() if value is not None}


def _values(row: Any) -> _Fields:
    """The fields of a row that are there; an absent one is None in the row and missing in the table."""
    return {name: value for name in row.__dataclass_fields__ if (value := getattr(row, name)) is not None}


def _row(kind: type[R], values: _Fields) -> R:
    return kind(**{name: values[name] for name in kind.__dataclass_fields__ if name in values})  # type: ignore[attr-defined]


def _key_of(layout: Layout, values: Mapping[str, Any]) -> _Key:
    names = (layout.partition_key,) if layout.sort_key is None else (layout.partition_key, layout.sort_key)
    return tuple(values[name] for name in names)


def _within(value: Any, above: str | int | None, below: str | int | None, through: str | int | None) -> bool:
    return (
        (above is None or value > above)
        and (below is None or value < below)
        and (through is None or value <= through)
    )


def _meets(row: _Fields, expected: Expected) -> bool:
    return all(_is_as_expected(row.get(name), value) for name, value in expected.items())


def _is_as_expected(value: Any, expected: Any) -> bool:
    if isinstance(expected, Below):
        return value is None or value < expected.limit
    return bool(value == expected)
