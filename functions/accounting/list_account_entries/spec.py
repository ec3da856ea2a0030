from functions.accounting.api import ACCOUNTANTS, EntriesQuery, EntryAnswer
from shared.api import Page
from shared.spec import BATCH_GET, GET, QUERY, Http, UseCase

SPEC = UseCase(
    service="accounting",
    name="list_account_entries",
    summary="Any account's audit log, of one day or of all",
    trigger=Http("GET", "/accounts/{account_id}/entries", ACCOUNTANTS, Page[EntryAnswer], query=EntriesQuery),
    access={
        "accounts": (BATCH_GET, GET),
        "balances": (GET,),
        "entries": (QUERY,),
        "entries/by_day": (QUERY,),
        "entries/by_corrected": (QUERY,),
    },
)
