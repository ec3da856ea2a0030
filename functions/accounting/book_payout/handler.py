"""Invoked by name with {"event_id", "occurred_at"}; answers {"entry_number"}, null if nothing was missing."""

import random
from typing import Any

from functions.accounting.book_payout.use_case import book_payout
from functions.accounting.rows import TABLES
from shared.telemetry import invocation_log
from shared.wiring import store


def handler(event: dict[str, Any], context: Any) -> dict[str, int | None]:
    entry = book_payout(
        str(event["event_id"]), str(event["occurred_at"]), store(TABLES), random.SystemRandom()
    )
    number = None if entry is None else entry.entry_number
    invocation_log(context.aws_request_id, "payout booked", entry_number=number)
    return {"entry_number": number}
