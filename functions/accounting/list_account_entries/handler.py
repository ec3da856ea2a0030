from functions.accounting.api import ACCOUNTANTS, PROBLEMS, EntriesQuery, EntryAnswer, entry_answers
from functions.accounting.rows import TABLES
from functions.accounting.views import ENTRIES_POSITION, entries_of, known_name
from shared.api import Page
from shared.http import Request, endpoint
from shared.spec import BATCH_GET, GET, QUERY, Http, UseCase
from shared.wiring import store

SPEC = UseCase(
    service="accounting",
    name="list_account_entries",
    summary="Any account's audit log, of one day or of all",
    trigger=Http("GET", "/accounts/{account_id}/entries", ACCOUNTANTS, Page[EntryAnswer], query=EntriesQuery),
    access={
        "accounts": (BATCH_GET, GET),
        "account_days": (GET,),
        "balances": (GET,),
        "entries": (QUERY,),
        "entries/by_corrected": (QUERY,),
    },
)


def run(request: Request[EntriesQuery]) -> Page[EntryAnswer]:
    account_id, query, tables = request.path["account_id"], request.query, store(TABLES)
    after = request.after(ENTRIES_POSITION)
    known_name(account_id, tables)
    view = entries_of(account_id, query.day, query.limit, after, tables)
    return request.page(entry_answers(view), view.next_position)


handler = endpoint(SPEC, run, PROBLEMS)
