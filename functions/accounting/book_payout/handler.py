"""Invoked by name with {"event_id", "occurred_at"}; answers {"entry_number"}, null if already booked."""

from typing import Any

from events.accounting import LedgerEntryPosted
from functions.accounting.book_payout.use_case import book_payout
from functions.accounting.rows import TABLES
from shared.context import invocation
from shared.spec import GET, PUT, QUERY, UPDATE, Direct, UseCase
from shared.telemetry import invocation_log
from shared.wiring import store

SPEC = UseCase(
    service="accounting",
    name="book_payout",
    summary="Book the payout that a published close tells of and the ledger lacks, for the command line",
    trigger=Direct(),
    access={
        "balances": (GET, PUT),
        "entries": (GET, PUT),
        "entries/by_entry_id": (QUERY,),
        "account_days": (QUERY, UPDATE),
        "day_totals": (UPDATE,),
        "journal": (GET, PUT),
    },
    publishes=(LedgerEntryPosted,),
    timeout_seconds=30,
)


def handler(event: dict[str, Any], lambda_context: Any) -> dict[str, int | None]:
    context = invocation(lambda_context)
    entry = book_payout(str(event["event_id"]), str(event["occurred_at"]), store(TABLES), context)
    number = None if entry is None else entry.entry_number
    invocation_log(context.correlation_id, "payout booked", entry_number=number)
    return {"entry_number": number}
