from functions.accounting.api import ACCOUNTANTS, PROBLEMS, CloseAnswer, close_answer
from functions.accounting.rows import TABLES
from functions.accounting.views import closes
from shared.api import Page
from shared.clock import business_day
from shared.days import DaysQuery
from shared.http import Request, endpoint
from shared.settings import settings
from shared.spec import BATCH_GET, QUERY, Http, UseCase
from shared.wiring import store

SPEC = UseCase(
    service="accounting",
    name="list_closes",
    summary="The daily closes, newest first",
    trigger=Http("GET", "/closes", ACCOUNTANTS, Page[CloseAnswer], query=DaysQuery),
    access={"closes": (BATCH_GET,), "day_totals": (QUERY,), "balances/by_closed_through": (QUERY,)},
)


def run(request: Request[DaysQuery]) -> Page[CloseAnswer]:
    today = business_day(request.context.now(), settings().business_timezone)
    asked = request.query.asked(today)
    found = closes(asked, store(TABLES))
    return request.page([close_answer(close) for close in found])


handler = endpoint(SPEC, run, PROBLEMS)
