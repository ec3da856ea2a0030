"""What became of each row, or would become of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from functions.accounting.ledger import FEE_DOLLARS
from ops.importing.backlog import BadRow, DoneRow
from shared.money import CURRENCY, dollars, in_words

Kind = Literal["new", "imported", "already_there", "differs", "skipped", "bad", "failed", "not_tried"]
KINDS: Mapping[Kind, str] = {
    "new": "new",
    "imported": "imported",
    "already_there": "already there",
    "differs": "already there, its text differs now",
    "skipped": "done in the old tracker, skipped",
    "bad": "bad",
    "failed": "refused by the API",
    "not_tried": "not tried",
}
SHOWN_LINES = 5
SHOWN_GROUPS = 20
_SHORT = 40


@dataclass(frozen=True, slots=True)
class Outcome:
    """`column` and `value` are of a bad row. `was_cancelled`: a task of this jira_id was cancelled before."""

    line: int
    kind: Kind
    jira_id: str | None = None
    task_id: str | None = None
    reason: str = ""
    column: str = ""
    value: str = ""
    was_cancelled: bool = False

    def json(self) -> dict[str, Any]:
        found = {"line": self.line, "outcome": self.kind, "jira_id": self.jira_id, "task_id": self.task_id}
        why = {"column": self.column, "reason": self.reason, "value": self.value}
        return found | {name: text for name, text in why.items() if text}


def of_row(row: BadRow | DoneRow) -> Outcome:
    if isinstance(row, DoneRow):
        return Outcome(row.line, "skipped")
    return Outcome(row.line, "bad", reason=row.reason, column=row.column, value=row.value)


@dataclass(frozen=True, slots=True)
class Outcomes:
    """In the file's order. `stopped` says why rows were not tried; `unasked`, why the API was not asked."""

    rows: tuple[Outcome, ...]
    stopped: str | None = None
    unasked: str | None = None

    @classmethod
    def of(cls, rows: Iterable[Outcome], stopped: str | None = None) -> "Outcomes":
        return cls(tuple(sorted(rows, key=lambda row: row.line)), stopped)

    def count(self, *kinds: Kind) -> int:
        return sum(row.kind in kinds for row in self.rows)

    @property
    def ok(self) -> bool:
        return not self.count("bad", "failed", "not_tried")

    def fees(self) -> tuple[int, int]:
        """The least and the most that the new tasks cost their assignees, in cents."""
        least, most = FEE_DOLLARS
        return self.count("new") * dollars(least), self.count("new") * dollars(most)

    def json(self) -> dict[str, Any]:
        least, most = ({"amount": cents, "currency": CURRENCY} for cents in self.fees())
        return {
            **{kind: self.count(kind) for kind in KINDS},
            **({"fees": {"at_least": least, "at_most": most}} if self.count("new") else {}),
            "stopped": self.stopped,
            "unasked": self.unasked,
            "rows": [row.json() for row in self.rows],
        }

    def summary(self) -> str:
        """Such as `190 imported, 20 already there`."""
        counts = [f"{self.count(kind)} {words}" for kind, words in KINDS.items() if self.count(kind)]
        return ", ".join(counts) or "the file has no rows"

    def preview(self) -> list[str]:
        """What an import would do, and cost."""
        lines = [f"  {self.count(kind):>6} {words}" for kind, words in KINDS.items() if self.count(kind)]
        if again := sum(row.was_cancelled for row in self.rows):
            lines.append(f"  {again:>6} of the new ones had a task that was cancelled here")
        if self.count("new"):
            least, most = map(in_words, self.fees())
            lines.append(f"Assignment fees: {least} to {most}, charged to the assignees.")
            if self.unasked:
                lines.append(
                    f"Some of the new ones may be there already; aTES was not asked ({self.unasked})."
                )
        return lines or ["the file has no rows"]

    def problems(self) -> list[str]:
        """The bad and refused rows, grouped by column and reason; of many, the first."""
        groups: dict[tuple[str, str], list[Outcome]] = {}
        for row in self.rows:
            if row.kind in ("bad", "failed"):
                groups.setdefault((row.column, row.reason), []).append(row)
        shown = [
            _group(column, reason, rows) for (column, reason), rows in list(groups.items())[:SHOWN_GROUPS]
        ]
        left = sum(map(len, list(groups.values())[SHOWN_GROUPS:]))
        return [*shown, f"and {left} more rows for other reasons: --json names them all"] if left else shown


def _group(column: str, reason: str, rows: list[Outcome]) -> str:
    places = ", ".join(
        f"{row.line}{f' ({_cut(row.value)})' if row.value else ''}" for row in rows[:SHOWN_LINES]
    )
    more = f" and {len(rows) - SHOWN_LINES} more" if len(rows) > SHOWN_LINES else ""
    what = f"{column} {reason}" if column else reason
    return f"{'line' if len(rows) == 1 else 'lines'} {places}{more}: {what}"


def _cut(text: str) -> str:
    return text if len(text) <= _SHORT else text[: _SHORT - 1] + "…"
