"""`ates rebuild payouts`: books what closed days paid out by their events, and the ledger lacks.

Such an account fails at every later close. The entry gets the id, amount and day that were published.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from events.accounting import AccountDayClosed
from events.envelope import Envelope
from functions.accounting.day_closes import DayTold, told_by
from functions.accounting.rows import Entry
from ops import facts, functions, operations, options, standstill, tables
from ops.aws import Aws
from ops.options import AsJson, DryRun, Stage
from ops.output import Output
from shared.clock import system_clock

CLOSES = ("Account.DayClosed",)


@dataclass(frozen=True, slots=True)
class Missing:
    """A payout that was told and is not in the ledger, by the event that tells of it."""

    account_id: str
    business_day: str
    amount: int
    event_id: str
    occurred_at: str

    def json(self) -> dict[str, Any]:
        return {"account_id": self.account_id, "business_day": self.business_day, "amount": self.amount}

    def __str__(self) -> str:
        return f"account {self.account_id}: {self.amount} for {self.business_day}"


def command(dry_run: DryRun = False, as_json: AsJson = False, stage: Stage = None) -> None:
    """Book payouts that a closed day's event tells of and the ledger lacks."""
    aws, out = options.aws(stage), Output(as_json)
    standstill.check_none(aws, "accounting")
    with out.working("comparing closed days with the ledger") as status:
        found = sorted(missing(aws, status.update), key=lambda each: (each.account_id, each.business_day))
    listed = [each.json() for each in found]
    if dry_run:
        out.result(
            {"dry_run": True, "payouts": listed}, f"{len(found)} payouts are missing", *map(str, found)
        )
        return
    with operations.recorded(aws, "rebuild payouts", {"payouts": len(found)}, system_clock) as course:
        course.result["booked"] = booked = []
        for each in found:
            booked.append(_booked(aws, each))
    out.result(
        {"payouts": booked},
        f"{len(booked)} payouts booked; `ates verify` shows whether anything else is wrong",
    )


def missing(aws: Aws, progress: facts.Progress) -> Iterator[Missing]:
    """Closes are read first, so that each payout that is there is seen."""
    closes = [_told(each) for each in facts.journal(aws, "accounting", CLOSES, progress)]
    entries: dict[str, set[str]] = defaultdict(set)
    for entry in tables.rows(aws, "accounting", Entry):
        entries[entry.account_id].add(entry.entry_id)
    for event_id, told in closes:
        event = told.event
        if event.payout_entry_id is not None and event.payout_entry_id not in entries[event.account_id]:
            yield Missing(event.account_id, event.business_day, event.paid_out, event_id, told.occurred_at)


def _told(envelope: Envelope) -> tuple[str, DayTold]:
    return envelope.event_id, told_by(envelope, AccountDayClosed.model_validate(envelope.data))


def _booked(aws: Aws, each: Missing) -> dict[str, Any]:
    """By accounting itself; one that somebody else booked meanwhile has no number here."""
    place = {"event_id": each.event_id, "occurred_at": each.occurred_at}
    return {**each.json(), **functions.invoke(aws, "accounting", "book_payout", place)}
