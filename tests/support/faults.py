"""Faults that neither the emulator nor moto produces, injected into each write of a use case in turn."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from shared.memory_store import MemoryStore
from shared.store import Action, Conflict, OutcomeUnknown

FAULTS = ("conflict", "unanswered", "unanswered-and-not-done")


class FaultyStore(MemoryStore):
    """One write, by its number, fails: a conflict, or no answer, done or not."""

    def __init__(self, sound: MemoryStore, position: int, fault: str) -> None:
        self.__dict__.update(sound.__dict__)
        self._position = position
        self._fault = fault
        self.writes = 0

    def write(self, actions: Sequence[Action], token: str) -> None:
        position, self.writes = self.writes, self.writes + 1
        if position != self._position:
            return super().write(actions, token)
        if self._fault == "conflict":
            raise Conflict("injected")
        if self._fault == "unanswered":
            super().write(actions, token)
        raise OutcomeUnknown("injected")


def with_each_fault(
    prepare: Callable[[], MemoryStore], run: Callable[[MemoryStore], Any]
) -> Iterator[tuple[str, FaultyStore]]:
    """Run a use case once for every write it does and every fault; yields a label and the store afterwards.

    `prepare` makes a store with what the use case needs; `run` must succeed.
    """
    counted = FaultyStore(prepare(), -1, "none")
    run(counted)
    for position in range(counted.writes):
        for fault in FAULTS:
            store = FaultyStore(prepare(), position, fault)
            run(store)
            yield f"{fault} at write {position}", store
