"""Invoked by name with {"bucket", "record_id", "event_id"}; answers {"entry_number"}, null if booked."""

from typing import Any

from events.accounting import LedgerEntryPosted
from functions.accounting.book_payout.use_case import Place, book_payout
from functions.accounting.rows import TABLES
from shared.context import invocation
from shared.spec import BATCH_GET, GET, PUT, QUERY, UPDATE, Direct, UseCase
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
        "inbox": (BATCH_GET, PUT),
        "account_days": (GET, QUERY, UPDATE),
        "day_totals": (UPDATE,),
        "journal": (GET, PUT),
    },
    publishes=(LedgerEntryPosted,),
    timeout_seconds=30,
)


def handler(event: dict[str, Any], lambda_context: Any) -> dict[str, int | None]:
    context = invocation(lambda_context)
    place = Place(str(event["bucket"]), str(event["record_id"]), str(event["event_id"]))
    entry = book_payout(place, store(TABLES), context)
    number = None if entry is None else entry.entry_number
    invocation_log(context.correlation_id, "payout booked", entry_number=number)
    return {"entry_number": number}
