from functions.accounting.api import EVERYONE, PROBLEMS, EntriesQuery, EntryAnswer, entry_answers
from functions.accounting.rows import TABLES
from functions.accounting.views import ENTRIES_POSITION, entries_of
from shared.api import Page
from shared.http import Request, endpoint
from shared.spec import BATCH_GET, GET, QUERY, Http, UseCase
from shared.wiring import store

SPEC = UseCase(
    service="accounting",
    name="list_my_entries",
    summary="One's own audit log, of one day or of all",
    trigger=Http("GET", "/me/entries", EVERYONE, Page[EntryAnswer], query=EntriesQuery, is_hot=True),
    access={
        "accounts": (BATCH_GET,),
        "account_days": (GET,),
        "balances": (GET,),
        "entries": (QUERY,),
        "entries/by_corrected": (QUERY,),
    },
)


def run(request: Request[EntriesQuery]) -> Page[EntryAnswer]:
    query = request.query
    after = request.after(ENTRIES_POSITION)
    view = entries_of(request.caller.account_id, query.day, query.limit, after, store(TABLES))
    return request.page(entry_answers(view), view.next_position)


handler = endpoint(SPEC, run, PROBLEMS)
