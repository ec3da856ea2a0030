from functions.accounting.api import ANY, EntriesQuery, EntryAnswer
from shared.api import Page
from shared.spec import BATCH_GET, QUERY, Http, UseCase

SPEC = UseCase(
    service="accounting",
    name="list_my_entries",
    summary="One's own audit log, of one day or of all",
    trigger=Http("GET", "/me/entries", ANY, Page[EntryAnswer], query=EntriesQuery),
    access={
        "accounts": (BATCH_GET,),
        "entries": (QUERY,),
        "entries/by_day": (QUERY,),
        "entries/by_corrected": (QUERY,),
    },
)
