"""The port to a service's tables: typed rows, conditions as data, and one kind of write, the transaction.

Its two adapters, `dynamo_store` and `memory_store`, pass the same tests.
"""

import random
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime
from typing import Any, TypeVar

from shared.clock import Clock
from shared.frozen import Frozen
from shared.tables import Shards, Spread

R = TypeVar("R")
Value = str | int | bool | list[str] | None

MAX_ACTIONS = 100
MAX_ATTEMPTS = 8


class Below(Frozen):
    """Holds when the field is absent or less than the limit."""

    limit: str | int


Expected = Mapping[str, Value | Below]
"""Conditions on the stored row: a field's value, None for an absent field, or `Below`."""


class Insert(Frozen):
    """Write a row that must not exist yet; the transaction is not sent after the instant `not_after`."""

    row: Any
    not_after: datetime | None = None


class Put(Frozen):
    """Write a whole row if the stored one (or its absence) is as expected."""

    row: Any
    expected: Expected = field(default_factory=dict)


class Add(Frozen):
    """Add to numbers of a row (absent ones count as 0), and set other fields; None removes a field."""

    kind: type[Any]
    key: Mapping[str, str | int]
    amounts: Mapping[str, int] = field(default_factory=dict)
    values: Mapping[str, Value] = field(default_factory=dict)
    expected: Expected = field(default_factory=dict)


class Remove(Frozen):
    kind: type[Any]
    key: Mapping[str, str | int]
    expected: Expected = field(default_factory=dict)


class Check(Frozen):
    """Write nothing, but add a condition to the transaction."""

    kind: type[Any]
    key: Mapping[str, str | int]
    expected: Expected


Action = Insert | Put | Add | Remove | Check


class StoreError(Exception):
    """The base of a store's errors."""


class ConditionFailed(StoreError):
    """Nothing was written: these actions (by position) met a row that was not as expected."""

    def __init__(self, failed: Iterable[int]) -> None:
        self.failed = frozenset(failed)
        super().__init__(f"conditions failed at {sorted(self.failed)}")


class Conflict(StoreError):
    """Nothing was written: another transaction held one of the rows. A retry may succeed."""


class OutcomeUnknown(StoreError):
    """No answer came: the write may have taken effect. Repeat it with the same token only."""


class Refused(StoreError):
    """DynamoDB never accepts such a call, for the reason in the message; nothing was written."""


class Unavailable(StoreError):
    """The tables could not be reached, or stayed in conflict, in all tries, or until it was too late."""


def pause(seconds: float) -> None:
    """Sleep; a store's default way to wait between tries."""
    time.sleep(seconds)


class Store(ABC):
    """A service's tables.

    Reads of a table are strongly consistent, except a glance; reads of an index lag, so no decision may rest
    on them only.
    Every call raises Refused for what DynamoDB would not accept (`bounds`): a key that is empty or too long,
    a row too large, a number of too many digits, an unpaired surrogate.
    """

    wait: Callable[[float], None] = staticmethod(pause)
    sharding: Mapping[str, Shards] = {}
    """By the name of a spread, the numbers that the stage sets."""

    clock: Clock | None = None
    """Tells when it is too late to send a transaction; None for a store that never judges."""

    def shards(self, spread: Spread) -> Shards:
        return self.sharding.get(spread.name, spread.default)

    def glance(self, kind: type[R], **key: str | int) -> R | None:
        """`get` at half its price, perhaps as the row was a moment ago."""
        return self.get(kind, **key)

    @abstractmethod
    def get(self, kind: type[R], **key: str | int) -> R | None:
        """The row with this key."""

    @abstractmethod
    def get_many(self, kind: type[R], keys: Sequence[Mapping[str, str | int]]) -> list[R]:
        """The rows that exist, each once, in no order; a key given twice counts once."""

    @abstractmethod
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
        """At most `limit` rows of a partition in the order of their sort keys.

        `above` and `below` are exclusive bounds of the sort key; `through` is an inclusive upper one.
        """

    @abstractmethod
    def count(self, kind: type[Any], partition: str | int, *, limit: int) -> int:
        """How many rows a partition has, at most `limit`; rows are read, but not transferred."""

    @abstractmethod
    def write(self, actions: Sequence[Action], token: str) -> None:
        """One try of a transaction; raises ConditionFailed, Conflict, OutcomeUnknown or Refused.

        If the token was written already, the call succeeds without an effect.
        """

    @abstractmethod
    def put_all(self, rows: Sequence[Any]) -> None:
        """Write rows of one kind whatever is there, not as one transaction, at half of its price.

        Raises Unavailable, and then any of them may be written.
        """

    def transact(self, actions: Sequence[Action]) -> None:
        """Write all or nothing; raises ConditionFailed, Refused, or Unavailable if no try succeeded.

        Every try has the same token, so a write whose answer was lost is not done twice.
        """
        token = str(uuid.UUID(int=random.SystemRandom().getrandbits(128), version=4))
        for attempt in range(MAX_ATTEMPTS):
            self._check_age(actions)
            try:
                return self.write(actions, token)
            except (Conflict, OutcomeUnknown) as error:
                cause = error
                self.wait(_backoff_seconds(attempt))
        raise Unavailable(str(cause)) from cause

    def _check_age(self, actions: Sequence[Action]) -> None:
        """Raises Unavailable if it is too late to send one of the rows."""
        for each in actions:
            if isinstance(each, Insert) and each.not_after and self.clock and self.clock() > each.not_after:
                raise Unavailable(f"too late: a row was to be sent until {each.not_after.isoformat()}")


def _backoff_seconds(attempt: int) -> float:
    """Full jitter, so that writers in conflict don't meet again."""
    return random.SystemRandom().uniform(0, min(0.4, 0.02 * 2**attempt))


def changed(row: R, **fields: Any) -> R:
    """A copy of a row with some fields changed."""
    return replace(row, **fields)  # type: ignore[type-var]


def chunks(items: Sequence[R], size: int) -> list[Sequence[R]]:
    return [items[start : start + size] for start in range(0, len(items), size)]
