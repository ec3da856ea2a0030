from events.accounting import LedgerEntryPosted, TaskPriced
from events.tracking import TASK_EVENTS
from shared.spec import BATCH_GET, PUT, UPDATE, Bus, UseCase

SPEC = UseCase(
    service="accounting",
    name="on_task_event",
    summary="Price tasks, charge for assignments, credit completions",
    trigger=Bus(TASK_EVENTS),
    access={
        "prices": (BATCH_GET, PUT),
        "balances": (BATCH_GET, PUT),
        "entries": (PUT,),
        "account_days": (UPDATE,),
        "day_totals": (UPDATE,),
        "inbox": (BATCH_GET, PUT),
        "journal": (PUT,),
    },
    publishes=(TaskPriced, LedgerEntryPosted),
    timeout_seconds=30,
)
