from events.accounting import AccountDayClosed, LedgerEntryPosted
from shared.spec import BATCH_GET, GET, PUT, QUERY, UPDATE, UseCase, WorkQueue

SPEC = UseCase(
    service="accounting",
    name="close_account",
    summary="Close accounts' business days in order, and pay out what each earned",
    trigger=WorkQueue("close_accounts"),
    access={
        "balances": (BATCH_GET, PUT),
        "entries": (PUT,),
        "account_days": (GET, QUERY, UPDATE),
        "day_totals": (UPDATE,),
        "journal": (PUT,),
    },
    publishes=(LedgerEntryPosted, AccountDayClosed),
    sends_to=("close_accounts",),
    timeout_seconds=60,
)
