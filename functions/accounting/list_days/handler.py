from functions.accounting.api import ACCOUNTANTS, PROBLEMS, DayAnswer, day_answer
from functions.accounting.rows import TABLES
from functions.accounting.views import company_days
from shared.api import Page
from shared.clock import business_day
from shared.days import DaysQuery
from shared.http import Request, endpoint
from shared.settings import settings
from shared.spec import QUERY, Http, UseCase
from shared.wiring import store

SPEC = UseCase(
    service="accounting",
    name="list_days",
    summary="Company statistics by day, newest first, also of days on which nothing happened",
    trigger=Http("GET", "/days", ACCOUNTANTS, Page[DayAnswer], query=DaysQuery),
    access={"day_totals": (QUERY,)},
)


def run(request: Request[DaysQuery]) -> Page[DayAnswer]:
    today = business_day(request.context.now(), settings().business_timezone)
    asked = request.query.asked(today)
    days = company_days(asked, store(TABLES))
    return request.page([day_answer(day) for day in days])


handler = endpoint(SPEC, run, PROBLEMS)
