from functions.accounting.api import ANY, PROBLEMS, EntriesQuery, EntryAnswer, entries_answer
from functions.accounting.tables import TABLES
from functions.accounting.views import entries_of
from shared.api import Page
from shared.http import Request, endpoint
from shared.paging import NUMBER
from shared.spec import BATCH_GET, QUERY, Http, UseCase
from shared.wiring import store

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


def run(request: Request) -> Page[EntryAnswer]:
    query = request.query
    view = entries_of(request.caller.account_id, query.day, query.limit, request.after(NUMBER), store(TABLES))
    return entries_answer(view, request.question)


handler = endpoint(SPEC, run, PROBLEMS)
