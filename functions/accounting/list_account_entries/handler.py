from functions.accounting.api import PROBLEMS, EntryAnswer, entries_answer
from functions.accounting.list_account_entries.spec import SPEC
from functions.accounting.tables import TABLES
from functions.accounting.views import entries_of, known_name
from shared.api import Page
from shared.http import Request, endpoint
from shared.wiring import store


def run(request: Request) -> Page[EntryAnswer]:
    account_id, query, tables = request.path["account_id"], request.query, store(TABLES)
    known_name(account_id, tables)
    return entries_answer(entries_of(account_id, query.day, query.limit, query.cursor, tables))


handler = endpoint(SPEC, run, PROBLEMS)
