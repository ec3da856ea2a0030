"""The second half of `ates verify`: do the services agree with each other?

It reads while the product works. What differs in one look and not in the next was on its way; what is still
on its way when the time is up is said to be so, and is no fault.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from rich.text import Text

from ops.audit import snapshot
from ops.audit.rules import KIND_OF_EVENT, Disagreement, Snapshot, disagreements
from ops.console.output import Output
from ops.console.wait import Timer
from ops.stage import in_flight, tables
from ops.stage.aws import Aws

WAIT_SECONDS = 60
PAUSE_SECONDS = 1.0
MIN_LOOKS = 2


@dataclass(frozen=True, slots=True)
class Agreement:
    """`findings` are wrong; `waiting` may come by itself, as the backlog is not empty."""

    findings: tuple[Disagreement, ...]
    waiting: tuple[Disagreement, ...]
    backlog: str
    counts: dict[str, int]

    def json(self) -> dict[str, Any]:
        return {
            "findings": [each.json() for each in self.findings],
            "waiting": [each.json() for each in self.waiting],
            "backlog": self.backlog,
            "counts": self.counts,
        }


def compare(aws: Aws, out: Output, timer: Timer, wait_seconds: float = WAIT_SECONDS) -> Agreement:
    """A row that no service could have written is a finding, and then the only one."""
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
            backlog = in_flight.now(aws, journals, queues)
            settled = looks >= MIN_LOOKS and not backlog.total
            if not found or settled or timer.now() >= deadline:
                break
            status.update(f"{len(found)} differences, {backlog} on its way")
            timer.sleep(PAUSE_SECONDS)
    waiting = tuple(each for each in found if each.pending and backlog.total)
    findings = tuple(each for each in found if each not in waiting)
    return Agreement(findings, waiting, str(backlog), _counts(seen))


def words(found: Agreement) -> list[Text]:
    """A line for each difference, then what was compared."""
    lines = [Text(f"{each.where}: {each.what}") for each in found.findings]
    lines += [Text(f"on its way: {each.where}: {each.what}") for each in found.waiting]
    counts = ", ".join(f"{name}: {count}" for name, count in found.counts.items())
    verdict = "the services do not agree" if found.findings else "the services agree"
    return [*lines, Text(f"{verdict} ({counts})")]


def _counts(seen: Snapshot) -> dict[str, int]:
    states = Counter(report.state for report in seen.reports)
    return {
        "assignments and completions": sum(event.event_name in KIND_OF_EVENT for event in seen.task_events),
        "entries": len(seen.entries),
        "tasks": len(seen.tasks),
        "accounts": len(seen.accounts),
        **{f"reports {state}": states[state] for state in ("sent", "waiting", "failed")},
    }
