from functions.accounting.api import PROBLEMS, EntryAnswer, entries_answer
from functions.accounting.list_my_entries.spec import SPEC
from functions.accounting.rows import TABLES
from functions.accounting.views import entries_of
from shared.api import Page
from shared.http import Request, endpoint
from shared.paging import NUMBER
from shared.wiring import store


def run(request: Request) -> Page[EntryAnswer]:
    query = request.query
    view = entries_of(request.caller.account_id, query.day, query.limit, request.after(NUMBER), store(TABLES))
    return entries_answer(view, request.question)


handler = endpoint(SPEC, run, PROBLEMS)
