"""Shared by the parts of the auditor: their findings, and the rows and events of a commit."""

import base64
import json
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.simulation.clock import SimulatedClock
from tests.simulation.kernel import Kernel

Row = dict[str, Any]
Items = Callable[[str, str], list[Row]]
"""All rows of a service's table."""


@dataclass
class Watch:
    """`order` grows with everything that happens; `findings` is empty as long as all rules hold.

    `damaged` are the services that have lost tables. `clock` is the true time.
    """

    zone: str
    clock: SimulatedClock
    kernel: Kernel
    items: Items
    findings: list[str] = field(default_factory=list)
    damaged: set[str] = field(default_factory=set)

    def expect(self, holds: bool, what: Callable[[], str] | str) -> None:
        if not holds:
            self.findings.append(what if isinstance(what, str) else what())

    @property
    def order(self) -> int:
        return self.kernel.effects

    @property
    def began(self) -> int:
        """The order at which the running process began."""
        return self.kernel.current.began if self.kernel.current else self.order

    @property
    def began_at(self) -> datetime:
        """The true time at which the running process began."""
        return self.kernel.current.began_at if self.kernel.current else self.clock()


@dataclass(frozen=True)
class Commit:
    """One transaction of a service: its rows by their kind's name, and the events it journaled."""

    service: str
    actions: Sequence[Any]
    rows: Mapping[str, list[Row]]
    events: list[Row]


def commit(service: str, actions: Sequence[Any]) -> Commit:
    rows: dict[str, list[Row]] = {}
    for action in actions:
        if (row := getattr(action, "row", None)) is not None:
            rows.setdefault(type(row).__name__, []).append(as_row(row))
    events = [event for record in rows.get("JournalRecord", ()) for event in events_of(record)]
    return Commit(service, actions, rows, events)


def events_of(record: Row) -> list[Row]:
    """The events of a journal record: an envelope, or a list of them, as JSON or compressed."""
    text = record["event"]
    if not text.startswith(("[", "{")):
        text = zlib.decompress(base64.b64decode(text))
    found = json.loads(text)
    return found if isinstance(found, list) else [found]


def as_row(row: Any) -> Row:
    return {name: value for name in row.__dataclass_fields__ if (value := getattr(row, name)) is not None}


def named(events: Iterable[Row], name: str) -> list[Row]:
    return [event for event in events if event["event_name"] == name]
