"""Compares the services with each other, while the product writes.

A difference that is gone at the next look was only in flight. One that remains while events are in flight is
reported as such, and is not a finding.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from rich.text import Text

from ops.audit import grouped, snapshot
from ops.audit.disagreement import Disagreement
from ops.audit.ledger_rules import KIND_OF_EVENT
from ops.audit.rules import disagreements
from ops.audit.snapshot import Snapshot
from ops.console.output import Output
from ops.console.wait import Timer
from ops.stage import in_flight, tables
from ops.stage.aws import Aws

WAIT_SECONDS = 60
PAUSE_SECONDS = 1.0
MIN_LOOKS = 2


@dataclass(frozen=True, slots=True)
class Agreement:
    """`findings` are wrong; `waiting` may still arrive by itself, because events are in flight."""

    findings: tuple[Disagreement, ...]
    waiting: tuple[Disagreement, ...]
    in_flight: str
    counts: dict[str, int]

    def json(self) -> dict[str, Any]:
        return {
            "findings": [each.json() for each in self.findings],
            "waiting": [each.json() for each in self.waiting],
            "backlog": self.in_flight,
            "counts": self.counts,
        }


def compare(aws: Aws, out: Output, timer: Timer, wait_seconds: float = WAIT_SECONDS) -> Agreement:
    """A row that no service can have written is a finding, and then the only one."""
    try:
        return _compare(aws, out, timer, wait_seconds)
    except tables.UnreadableRow as found:
        return Agreement((Disagreement("unreadable row", "tables", str(found)),), (), "unknown", {})


def _compare(aws: Aws, out: Output, timer: Timer, wait_seconds: float) -> Agreement:
    journals, queues = in_flight.journals(aws), in_flight.consumer_queues(aws)
    deadline = timer.now() + wait_seconds
    found: list[Disagreement] | None = None
    looks = 0
    with out.working("comparing the services") as status:
        while True:
            seen = snapshot.collect(aws, status.update)
            now = disagreements(seen)
            found = now if found is None else [each for each in now if each in found]
            looks += 1
            moving = in_flight.now(aws, journals, queues)
            settled = looks >= MIN_LOOKS and not moving.total
            if not found or settled or timer.now() >= deadline:
                break
            status.update(f"{len(found)} differences, in flight: {moving}")
            timer.sleep(PAUSE_SECONDS)
    waiting = tuple(each for each in found if each.pending and moving.total)
    findings = tuple(each for each in found if each not in waiting)
    return Agreement(findings, waiting, str(moving), _counts(seen))


def words(found: Agreement, most: int | None = None) -> list[Text]:
    """The differences by kind, at most this many of each, then the verdict."""
    findings = [(each.kind, f"{each.where}: {each.what}") for each in found.findings]
    waiting = [Text(f"in flight: {each.where}: {each.what}") for each in found.waiting]
    shown = waiting if most is None else waiting[:most]
    more = len(waiting) - len(shown)
    counts = ", ".join(f"{name}: {count}" for name, count in found.counts.items())
    verdict = "the services do not agree" if found.findings else "the services agree"
    return [
        *grouped.lines(findings, most),
        *shown,
        *([Text(f"in flight: and {more} more (--all shows them)")] if more else ()),
        Text(f"{verdict} ({counts})" if counts else verdict),
    ]


def _counts(seen: Snapshot) -> dict[str, int]:
    states = Counter(report.state for report in seen.reports)
    return {
        "assignments and completions": sum(event.event_name in KIND_OF_EVENT for event in seen.task_events),
        "entries": len(seen.entries),
        "tasks": len(seen.tasks),
        "accounts": len(seen.accounts),
        **{f"reports {state}": states[state] for state in ("sent", "waiting", "failed")},
    }
