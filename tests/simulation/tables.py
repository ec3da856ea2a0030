"""A service's tables as its processes see them: others write in between, answers get lost, indexes lag.

A table can be lost; then every access fails. Expired rows are deleted after some time.
"""

import random
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from shared.guards import SENTINEL, sentinels
from shared.memory_store import MemoryStore
from shared.store import (
    MAX_ACTIONS,
    Action,
    ConditionFailed,
    Conflict,
    Insert,
    OutcomeUnknown,
    Put,
    R,
    Refused,
    Remove,
    Store,
    Unavailable,
    chunks,
)
from shared.tables import Table, key_names, places
from tests.simulation.kernel import Kernel, Process
from tests.simulation.weather import Faults

LATEST_DELETION = timedelta(hours=48)
"""DynamoDB deletes an expired row within this time."""

LATEST_COMMIT = timedelta(minutes=9)

Committed = Callable[[str, Sequence[Action]], None]


@dataclass(frozen=True)
class Late:
    """A transaction under way, whose sender crashed."""

    due_at: datetime
    actions: Sequence[Action]
    token: str
    sender: Process | None


class SimulatedStore(Store):
    """A store whose every call is an effect; `sound` has the rows, `lost` the names of lost tables."""

    def __init__(
        self,
        service: str,
        tables: Sequence[Table],
        kernel: Kernel,
        faults: Faults,
        committed: Committed,
        indexes_lag: bool,
    ) -> None:
        self._indexes_lag = indexes_lag
        self._service = service
        self._kernel, self._faults, self._committed = kernel, faults, committed
        self._tables = {table.name: table for table in tables}
        self._places = places(tables)
        self.wait = lambda _seconds: None
        self.lost: set[str] = set()
        self.sound, self._stale = MemoryStore(tables), MemoryStore(tables)
        self._lagging: deque[tuple[Sequence[Action], str]] = deque()
        self._tokens: set[str] = set()
        self._operations = 0
        self._late: list[Late] = []
        self.guard()

    @property
    def kinds(self) -> list[type[Any]]:
        """The kinds of rows in the tables, without those of indexes."""
        return [kind for table in self._tables.values() for kind in table.rows]

    @property
    def tables(self) -> list[str]:
        return sorted(self._tables)

    @property
    def guarded(self) -> list[str]:
        """The tables whose loss the service itself notices."""
        return [table.name for table in self._tables.values() if table.guarded]

    def rows(self, kind: type[R]) -> list[R]:
        """The rows of a kind; its table may hold other kinds too."""
        needed = {each.name for each in fields(kind) if each.default is MISSING}  # type: ignore[arg-type]
        items = self.sound.items(self._of(kind).name)
        return [kind(**item) for item in items if needed <= item.keys()]

    def empty(self, name: str) -> None:
        """Delete every row, the sentinel too; the table stays."""
        table = self._tables[name]
        keys = [_key_in(item, table) for item in self.sound.items(name)]
        keys += [dict.fromkeys(key_names(table), SENTINEL)] if table.guarded else []
        self.write_unseen([Remove(table.row, key) for key in keys])

    def guard(self) -> None:
        """Write the sentinels; the tables must be complete."""
        self.write_unseen([Put(row) for row in sentinels(self._tables.values())])

    def lose(self, table: str) -> None:
        """As if the table had been deleted."""
        self.empty(table)
        self.lost.add(table)

    def fill(self, rows: Mapping[type[Any], Sequence[Any]]) -> None:
        """Write an operator's rows, unseen by stream and auditor."""
        for kind, of_kind in rows.items():
            for group in chunks(of_kind, MAX_ACTIONS):
                self._kernel.effect(f"{self._service}: fill {kind.__name__}")
                self.write_unseen([Put(row) for row in group])

    def prune(self, rows: Mapping[type[Any], Sequence[Any]]) -> None:
        """Delete every other row."""
        for name in self.tables:
            table = self._tables[name]
            wanted = {_key(row, table) for kind in table.rows for row in rows.get(kind, ())}
            present = [_key_in(item, table) for item in self.sound.items(name)]
            others = [Remove(table.row, key) for key in present if tuple(key.values()) not in wanted]
            if others:
                self._kernel.effect(f"{self._service}: prune {name}")
                self.write_unseen(others)

    def expire(self, now: datetime, randomness: random.Random) -> None:
        """Delete some of the expired rows, and all that expired `LATEST_DELETION` ago."""
        for table in self._tables.values():
            for row in self.rows(table.row) if table.expires else ():
                over_for = now.timestamp() - getattr(row, str(table.expires))
                if over_for > 0 and (over_for > LATEST_DELETION.total_seconds() or randomness.random() < 0.5):
                    self._faults.note("row expired")
                    key = dict(zip(key_names(table), _key(row, table), strict=True))
                    self.write_unseen([Remove(table.row, key)])

    def get(self, kind: type[R], **key: str | int) -> R | None:
        self._read(kind)
        return self.sound.get(kind, **key)

    def get_many(self, kind: type[R], keys: Sequence[Mapping[str, str | int]]) -> list[R]:
        """Not a snapshot: a batch may be read in two parts, with other writes in between."""
        self._read(kind)
        if len(keys) > 1 and self._faults.strikes("torn_read"):
            half = len(keys) // 2
            first = self.sound.get_many(kind, keys[:half])
            self._read(kind)
            return first + self.sound.get_many(kind, keys[half:])
        return self.sound.get_many(kind, keys)

    def query(self, kind: type[R], partition: str | int, **bounds: Any) -> list[R]:
        self._read(kind)
        return self._source(kind).query(kind, partition, **bounds)

    def count(self, kind: type[Any], partition: str | int, *, limit: int) -> int:
        self._read(kind)
        return self._source(kind).count(kind, partition, limit=limit)

    def write(self, actions: Sequence[Action], token: str) -> None:
        self._kernel.effect(f"{self._service}: write {len(actions)}")
        # If its machine stood still, it did so before `transact` looked at the time.
        self._check_age(actions)
        if self._faults.away(f"database {self._service}"):
            raise Conflict("throttled")
        if self._are_lost(actions):
            raise Unavailable("a table is lost")
        if self._faults.strikes("conflict"):
            raise Conflict("injected")
        if self._faults.strikes("not_done_unanswered"):
            raise OutcomeUnknown("injected, not done")
        if token not in self._tokens and self._faults.strikes("committed_late"):
            due_at = self._kernel.clock() + self._faults.up_to(LATEST_COMMIT)
            self._late.append(Late(due_at, actions, token, self._kernel.current))
            self._kernel.lose_power()
        self._commit(actions, token)
        if self._faults.strikes("done_unanswered"):
            raise OutcomeUnknown("injected, done")

    def put_all(self, rows: Sequence[Any]) -> None:
        """A fault may come after some of the rows."""
        for row in rows:
            self._kernel.effect(f"{self._service}: put {type(row).__name__}")
            if self._faults.away(f"database {self._service}") or self._faults.strikes("not_done_unanswered"):
                raise Unavailable("injected")
            if self._of(type(row)).name in self.lost:
                raise Unavailable("a table is lost")
            self.sound.put_all([row])
            if self._faults.strikes("done_unanswered"):
                raise Unavailable("injected, done")

    @property
    def next_late(self) -> datetime | None:
        """The earliest time at which a late transaction takes effect."""
        return min((each.due_at for each in self._late), default=None)

    def commit_late(self) -> None:
        """Commit what was sent, whose sender has long given up; not into tables that are gone."""
        now = self._kernel.clock()
        for late in [each for each in self._late if each.due_at <= now]:
            self._late.remove(late)
            if self._are_lost(late.actions):
                continue
            try:
                with self._kernel.acting_for(late.sender):
                    self._commit(late.actions, late.token)
            except (ConditionFailed, Refused) as refusal:
                self._faults.note(f"committed late: {refusal}")

    def _commit(self, actions: Sequence[Action], token: str) -> None:
        if token in self._tokens:
            return
        self.sound.write(actions, token)
        self._tokens.add(token)
        if self._indexes_lag:
            self._lag(actions, token)
        self._committed(self._service, actions)

    def _are_lost(self, actions: Sequence[Action]) -> bool:
        return bool(self.lost) and any(self._of(_kind(action)).name in self.lost for action in actions)

    def _of(self, kind: type[Any]) -> Table:
        table, _ = self._places[kind]
        return table

    def _read(self, kind: type[Any]) -> None:
        self._kernel.effect(f"{self._service}: read {kind.__name__}")
        if self._faults.away(f"database {self._service}") or self._faults.strikes("read_unanswered"):
            raise Unavailable("injected")
        if self.lost and self._of(kind).name in self.lost:
            raise Unavailable("the table is lost")

    def _source(self, kind: type[Any]) -> MemoryStore:
        """An index may lag behind its table by any time, but in order."""
        _, index = self._places[kind]
        if not self._indexes_lag or index is None:
            return self.sound
        if not self._faults.strikes("stale_index"):
            self._catch_up()
            return self.sound
        return self._stale

    def _lag(self, actions: Sequence[Action], token: str) -> None:
        """Only tables with an index can have stale reads."""
        of_indexes = [each for each in actions if self._of(_kind(each)).indexes]
        if of_indexes:
            self._lagging.append((of_indexes, token))

    def _catch_up(self) -> None:
        while self._lagging:
            self._stale.write(*self._lagging.popleft())

    def write_unseen(self, actions: Iterable[Action]) -> None:
        """Write as an operator or DynamoDB itself, unseen by stream and auditor."""
        self._catch_up()
        for group in chunks(list(actions), MAX_ACTIONS):
            self._operations += 1
            token = f"operation {self._operations}"
            self.sound.write(group, token)
            if self._indexes_lag:
                self._lag(group, token)
        self._catch_up()


def _kind(action: Action) -> type[Any]:
    return type(action.row) if isinstance(action, Insert | Put) else action.kind


def _key(row: Any, table: Table) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in key_names(table))


def _key_in(item: Mapping[str, Any], table: Table) -> dict[str, Any]:
    return {name: item[name] for name in key_names(table)}
