from functions.accounting.api import PROBLEMS, CloseAnswer, close_answer
from functions.accounting.list_closes.spec import SPEC
from functions.accounting.rows import TABLES
from functions.accounting.views import closes
from shared.api import Page
from shared.clock import business_day
from shared.http import Request, endpoint
from shared.settings import settings
from shared.wiring import store


def run(request: Request) -> Page[CloseAnswer]:
    today = business_day(request.scope.now(), settings().business_timezone)
    first, last = request.query.asked(today)
    found = closes(first, last, store(TABLES))
    return Page[CloseAnswer](items=[close_answer(close) for close in found], next_cursor=None)


handler = endpoint(SPEC, run, PROBLEMS)
