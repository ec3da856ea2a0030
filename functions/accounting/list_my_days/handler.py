from functions.accounting.api import EVERYONE, PROBLEMS, AccountDayAnswer, account_day_answer
from functions.accounting.rows import TABLES
from functions.accounting.views import days_of
from shared.api import Page
from shared.clock import business_day
from shared.days import DaysQuery
from shared.http import Request, endpoint
from shared.settings import settings
from shared.spec import GET, QUERY, Http, UseCase
from shared.wiring import store

SPEC = UseCase(
    service="accounting",
    name="list_my_days",
    summary="One's own sums by day, newest first, also of days without an entry",
    trigger=Http("GET", "/me/days", EVERYONE, Page[AccountDayAnswer], query=DaysQuery),
    access={"balances": (GET,), "account_days": (QUERY,)},
)


def run(request: Request[DaysQuery]) -> Page[AccountDayAnswer]:
    today = business_day(request.context.now(), settings().business_timezone)
    days = days_of(request.caller.account_id, request.query.asked(today), store(TABLES))
    return request.page([account_day_answer(day) for day in days])


handler = endpoint(SPEC, run, PROBLEMS)
