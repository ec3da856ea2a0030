"""A store in memory with DynamoDB's conditions, tokens and limits, for tests and simulation."""

import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from shared.bounds import Bounds, Fields, Key, Target, key_of, values_of
from shared.guards import SENTINEL
from shared.store import (
    Action,
    Add,
    Below,
    Check,
    ConditionFailed,
    Expected,
    Insert,
    Put,
    R,
    Store,
)
from shared.tables import Index, Shards, Table, key_names, places


class MemoryStore(Store):
    """Tables as dictionaries. Unlike real indexes, these never lag."""

    def __init__(
        self, tables: Iterable[Table], sharding: Mapping[str, Shards] = MappingProxyType({})
    ) -> None:
        self.sharding = sharding
        self._places = places(tables)
        self._bounds = Bounds(self._places)
        self._kinds: dict[str, list[type[Any]]] = defaultdict(list)
        for kind, (table, _) in self._places.items():
            self._kinds[table.name].append(kind)
        self._tables: dict[str, dict[Key, Fields]] = {table: {} for table in self._kinds}
        self._partitions: dict[tuple[type[Any], Any], dict[Key, Fields]] = defaultdict(dict)
        self._tokens: set[str] = set()
        self._lock = threading.Lock()

    def get(self, kind: type[R], **key: str | int) -> R | None:
        self._bounds.check_key(kind, key)
        table, _ = self._places[kind]
        row = self._tables[table.name].get(key_of(table, key))
        return None if row is None else _row(kind, row)

    def get_many(self, kind: type[R], keys: Sequence[Mapping[str, str | int]]) -> list[R]:
        table, _ = self._places[kind]
        wanted = {key_of(table, key): key for key in keys}
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
        self._bounds.check_query(kind, partition, above, below, through)
        sort_key = self._place(kind).sort_key
        found = [
            row
            for row in list(self._partitions[kind, partition].values())
            if sort_key is None or _within(row[sort_key], above, below, through)
        ]
        found.sort(key=lambda row: row[sort_key] if sort_key else 0, reverse=newest_first)
        return [_row(kind, row) for row in found[:limit]]

    def count(self, kind: type[Any], partition: str | int, *, limit: int) -> int:
        return len(self.query(kind, partition, limit=limit))

    def rows(self, kind: type[R]) -> list[R]:
        """All rows of a table but its sentinel; the real store has no such call."""
        table, _ = self._places[kind]
        return [_row(kind, row) for row in self.items(table.name)]

    def items(self, table: str) -> list[Fields]:
        """All rows but the sentinel, as dictionaries, for a table with several kinds of rows."""
        return [dict(row) for key, row in self._tables[table].items() if key[0] != SENTINEL]

    def write(self, actions: Sequence[Action], token: str) -> None:
        targets = self._bounds.check_write(actions)
        with self._lock:
            if token in self._tokens:
                return
            writes = list(zip(actions, targets, strict=True))
            failed = [n for n, (action, target) in enumerate(writes) if not self._holds(action, target)]
            if failed:
                raise ConditionFailed(failed)
            after = [self._outcome(action, target) for action, target in writes]
            for (action, (table, key)), row in zip(writes, after, strict=True):
                if not isinstance(action, Check):
                    self._store(table, key, row)
            self._tokens.add(token)

    def put_all(self, rows: Sequence[Any]) -> None:
        for row in rows:
            (target,) = self._bounds.check_write([Put(row)])
            with self._lock:
                self._store(*target, values_of(row))

    def _holds(self, action: Action, target: Target) -> bool:
        table, key = target
        row = self._tables[table].get(key)
        if isinstance(action, Insert):
            return row is None
        return _meets(row or {}, action.expected)

    def _outcome(self, action: Action, target: Target) -> Fields | None:
        """The row after an action; raises Refused if it exceeds a limit."""
        if isinstance(action, Insert | Put):
            return values_of(action.row)
        if not isinstance(action, Add):
            return None
        table, key = target
        row = _added(self._tables[table].get(key) or dict(action.key), action)
        self._bounds.check_item(table, row)
        return row

    def _store(self, table: str, key: Key, row: Fields | None) -> None:
        """Put or remove a row, in its table and in every index that has its keys."""
        before = self._tables[table].pop(key, None)
        if row is not None:
            self._tables[table][key] = row
        for kind in self._kinds[table]:
            self._file(kind, key, before, row)

    def _file(self, kind: type[Any], key: Key, before: Fields | None, row: Fields | None) -> None:
        place = self._place(kind)
        if before is not None and place.partition_key in before:
            self._partitions[kind, before[place.partition_key]].pop(key, None)
        if row is not None and row.keys() >= set(key_names(place)):
            self._partitions[kind, row[place.partition_key]][key] = row

    def _place(self, kind: type[Any]) -> Table | Index:
        table, index = self._places[kind]
        return index or table


def _added(row: Fields, action: Add) -> Fields:
    after = {**row, **{name: row.get(name, 0) + amount for name, amount in action.amounts.items()}}
    after.update(action.values)
    return {name: value for name, value in after.items() if value is not None}


def _row(kind: type[R], values: Fields) -> R:
    return kind(**{name: values[name] for name in kind.__dataclass_fields__ if name in values})  # type: ignore[attr-defined]


def _within(value: Any, above: str | int | None, below: str | int | None, through: str | int | None) -> bool:
    return (
        (above is None or value > above)
        and (below is None or value < below)
        and (through is None or value <= through)
    )


def _meets(row: Fields, expected: Expected) -> bool:
    return all(_is_as_expected(row.get(name), value) for name, value in expected.items())


def _is_as_expected(value: Any, expected: Any) -> bool:
    if isinstance(expected, Below):
        return value is None or value < expected.limit
    return bool(value == expected)
