from functions.accounting.api import ANY, PROBLEMS, AccountDayAnswer, DaysQuery, account_days_answer
from functions.accounting.tables import TABLES
from functions.accounting.views import days_of
from shared.api import Page
from shared.clock import business_day
from shared.http import Request, endpoint
from shared.settings import settings
from shared.spec import QUERY, Http, UseCase
from shared.wiring import store

SPEC = UseCase(
    service="accounting",
    name="list_my_days",
    summary="One's own sums by day, newest first, also of days without an entry",
    trigger=Http("GET", "/me/days", ANY, Page[AccountDayAnswer], query=DaysQuery),
    access={"account_days": (QUERY,)},
)


def run(request: Request) -> Page[AccountDayAnswer]:
    today = business_day(request.context.now(), settings().business_timezone)
    first, last = request.query.asked(today)
    return account_days_answer(days_of(request.caller.account_id, first, last, store(TABLES)))


handler = endpoint(SPEC, run, PROBLEMS)
