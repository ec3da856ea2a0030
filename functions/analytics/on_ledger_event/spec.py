from events.accounting import LEDGER_EVENTS
from shared.spec import BATCH_GET, GET, PUT, UPDATE, Bus, UseCase

SPEC = UseCase(
    service="analytics",
    name="on_ledger_event",
    summary="Keep the company's figures from what accounting posts and closes",
    trigger=Bus(LEDGER_EVENTS),
    access={
        "generations": (GET,),
        "inbox": (BATCH_GET, GET, PUT),
        "day_totals": (UPDATE,),
        "accounts": (BATCH_GET, PUT),
        "minus_counts": (GET, UPDATE),
        "top_tasks": (BATCH_GET, PUT),
    },
    timeout_seconds=30,
)
