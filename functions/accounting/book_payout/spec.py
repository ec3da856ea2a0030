from events.accounting import LedgerEntryPosted
from shared.spec import GET, PUT, QUERY, UPDATE, Direct, UseCase

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
