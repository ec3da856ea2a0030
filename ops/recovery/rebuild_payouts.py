"""`ates rebuild payouts`: books payouts that are in the events of closed days but not in the ledger.

Without its payout, every later close of an account fails. The entry gets the published id, amount and day.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from events.accounting import AccountDayClosed
from functions.accounting.book_payout.use_case import Place
from functions.accounting.rows import Entry
from ops.console.options import AsJson, DryRun, Stage
from ops.console.output import Output, ShowProgress
from ops.recovery import pause_service
from ops.stage import connection, event_versions, journal, lambdas, operation_log, tables
from ops.stage.aws import Aws
from shared.clock import system_clock
from shared.records import JournalRecord


@dataclass(frozen=True, slots=True)
class MissingPayout:
    """A published payout that the ledger lacks, with its event."""

    account_id: str
    business_day: str
    amount: int
    place: Place

    def json(self) -> dict[str, Any]:
        return {"account_id": self.account_id, "business_day": self.business_day, "amount": self.amount}

    def __str__(self) -> str:
        return f"account {self.account_id}: {self.amount} for {self.business_day}"


def command(dry_run: DryRun = False, as_json: AsJson = False, stage: Stage = None) -> None:
    """Book payouts that are in the events of closed days but not in the ledger."""
    aws, out = connection.aws(stage), Output(as_json)
    pause_service.check_not_paused(aws, "accounting")
    with out.working("comparing closed days with the ledger") as status:
        found = sorted(missing(aws, status.update), key=lambda each: (each.account_id, each.business_day))
    listed = [each.json() for each in found]
    if dry_run:
        out.result(
            {"dry_run": True, "payouts": listed}, f"{len(found)} payouts are missing", *map(str, found)
        )
        return
    with operation_log.recorded(aws, "rebuild payouts", {"payouts": len(found)}, system_clock) as operation:
        operation.result["booked"] = booked = []
        for each in found:
            booked.append(_booked(aws, each))
    out.result(
        {"payouts": booked},
        f"{len(booked)} payouts booked; `ates verify` shows whether anything else is wrong",
    )


def missing(aws: Aws, progress: ShowProgress) -> Iterator[MissingPayout]:
    """Reads closes before entries, so that no payout is taken for missing."""
    progress("reading accounting: its journal")
    closes = list(_closes(aws))
    entries: dict[str, set[str]] = defaultdict(set)
    for entry in tables.rows(aws, "accounting", Entry):
        entries[entry.account_id].add(entry.entry_id)
    for place, event in closes:
        if event.payout_entry_id is not None and event.payout_entry_id not in entries[event.account_id]:
            yield MissingPayout(event.account_id, event.business_day, event.paid_out, place)


def _closes(aws: Aws) -> Iterator[tuple[Place, AccountDayClosed]]:
    """Raises UnknownVersion."""
    for record in tables.rows(aws, "accounting", JournalRecord):
        for event in journal.named(journal.documents(record), [AccountDayClosed.event_name]):
            event_versions.check(event_versions.of_envelopes([event]))
            place = Place(record.bucket, record.event_id, event["event_id"])
            yield place, AccountDayClosed.model_validate(journal.envelope_of(event).data)


def _booked(aws: Aws, each: MissingPayout) -> dict[str, Any]:
    """Invokes accounting to book it; without a number if it was booked meanwhile."""
    return {**each.json(), **lambdas.invoke(aws, "accounting", "book_payout", asdict(each.place))}
