from events.accounting import LedgerEntryPosted
from functions.accounting.api import ADMINS, CorrectionRequest, EntryAnswer
from functions.accounting.rows import Account
from shared.spec import BATCH_GET, CHECK, GET, PUT, QUERY, UPDATE, Http, UseCase

SPEC = UseCase(
    service="accounting",
    name="correct_entry",
    summary="Take a wrong fee or reward back by a new entry that names it",
    trigger=Http(
        "POST",
        "/accounts/{account_id}/corrections",
        ADMINS,
        EntryAnswer,
        status=201,
        body=CorrectionRequest,
        takes_idempotency_key=True,
        confirmed_by=Account,
    ),
    access={
        "accounts": (BATCH_GET, CHECK, GET),
        "balances": (GET, PUT),
        "entries": (GET, PUT),
        "entries/by_entry_id": (QUERY,),
        "account_days": (UPDATE,),
        "day_totals": (UPDATE,),
        "inbox": (CHECK, PUT),
        "journal": (PUT,),
        "idempotency": (GET, PUT),
    },
    publishes=(LedgerEntryPosted,),
)
