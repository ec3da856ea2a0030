"""A service's tables as its processes see them: others come in between, answers get lost, indexes lag."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields
from typing import Any

from shared.memory_store import MemoryStore
from shared.store import MAX_ACTIONS, Action, Conflict, OutcomeUnknown, Put, R, Store, Unavailable, chunks
from shared.tables import Binding
from tests.simulation.kernel import Kernel
from tests.simulation.weather import Faults

Committed = Callable[[str, Sequence[Action]], None]


class SimulatedStore(Store):
    """A store whose every call is an effect; the rows are those of `sound`."""

    def __init__(
        self,
        service: str,
        bindings: Sequence[Binding],
        kernel: Kernel,
        faults: Faults,
        committed: Committed,
        indexes_lag: bool,
    ) -> None:
        self._indexes_lag = indexes_lag
        self._service, self._bindings = service, bindings
        self._kernel, self._faults, self._committed = kernel, faults, committed
        self._indexes = {binding.kind for binding in bindings if binding.index is not None}
        self.wait = lambda _seconds: None
        self.wipe()

    def wipe(self) -> None:
        """As after the tables were lost and made again."""
        layouts = [binding.layout for binding in self._bindings]
        self.sound, self._stale = MemoryStore(layouts), MemoryStore(layouts)
        self._lagging: deque[tuple[Sequence[Action], str]] = deque()
        self._tokens: set[str] = set()

    @property
    def kinds(self) -> list[type[Any]]:
        """Of the rows in the tables themselves."""
        return [binding.kind for binding in self._bindings if binding.index is None]

    def rows(self, kind: type[R]) -> list[R]:
        """The rows of a kind, for who copies them; another kind may lie in the same table."""
        table = next(binding.layout.table for binding in self._bindings if binding.kind is kind)
        needed = {each.name for each in fields(kind) if each.default is MISSING}  # type: ignore[arg-type]
        return [kind(**item) for item in self.sound.items(table) if needed <= item.keys()]

    def fill(self, rows: Mapping[type[Any], Sequence[Any]]) -> None:
        """As a restore does it: nobody else is at work, and no stream follows."""
        for of_kind in rows.values():
            for group in chunks(of_kind, MAX_ACTIONS):
                actions = [Put(row) for row in group]
                self.sound.write(actions, f"fill {len(self._tokens)}")
                self._stale.write(actions, f"fill {len(self._tokens)}")
                self._tokens.add(f"fill {len(self._tokens)}")

    def get(self, kind: type[R], **key: str | int) -> R | None:
        self._read(kind)
        return self.sound.get(kind, **key)

    def get_many(self, kind: type[R], keys: Sequence[Mapping[str, str | int]]) -> list[R]:
        """No snapshot: a batch may be read in two parts, with others at work in between."""
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

    def write(self, actions: Sequence[Action], token: str) -> None:
        self._kernel.effect(f"{self._service}: write {len(actions)}")
        if self._faults.away(f"database {self._service}"):
            raise Conflict("throttled")
        if self._faults.strikes("conflict"):
            raise Conflict("injected")
        if self._faults.strikes("not_done_unanswered"):
            raise OutcomeUnknown("injected, not done")
        if token not in self._tokens:
            self.sound.write(actions, token)
            self._tokens.add(token)
            if self._indexes_lag:
                self._lagging.append((actions, token))
            self._committed(self._service, actions)
        if self._faults.strikes("done_unanswered"):
            raise OutcomeUnknown("injected, done")

    def _read(self, kind: type[Any]) -> None:
        self._kernel.effect(f"{self._service}: read {kind.__name__}")
        if self._faults.away(f"database {self._service}") or self._faults.strikes("read_unanswered"):
            raise Unavailable("injected")

    def _source(self, kind: type[Any]) -> MemoryStore:
        """An index follows its table at any distance, but in order."""
        if not self._indexes_lag or kind not in self._indexes:
            return self.sound
        if not self._faults.strikes("stale_index"):
            self._catch_up()
            return self.sound
        return self._stale

    def _catch_up(self) -> None:
        while self._lagging:
            self._stale.write(*self._lagging.popleft())
