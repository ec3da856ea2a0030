from functions.accounting.api import PROBLEMS, EntryAnswer, entries_answer
from functions.accounting.list_account_entries.spec import SPEC
from functions.accounting.rows import TABLES
from functions.accounting.views import entries_of, known_name
from shared.api import Page
from shared.http import Request, endpoint
from shared.paging import NUMBER
from shared.wiring import store


def run(request: Request) -> Page[EntryAnswer]:
    account_id, query, tables = request.path["account_id"], request.query, store(TABLES)
    after = request.after(NUMBER)
    known_name(account_id, tables)
    view = entries_of(account_id, query.day, query.limit, after, tables)
    return entries_answer(view, request.question)


handler = endpoint(SPEC, run, PROBLEMS)
