from functions.accounting.api import PROBLEMS, DayAnswer, day_answer
from functions.accounting.list_days.spec import SPEC
from functions.accounting.rows import TABLES
from functions.accounting.views import company_days
from shared.api import Page
from shared.clock import business_day
from shared.http import Request, endpoint
from shared.settings import settings
from shared.wiring import store


def run(request: Request) -> Page[DayAnswer]:
    today = business_day(request.scope.now(), settings().business_timezone)
    first, last = request.query.asked(today)
    days = company_days(first, last, store(TABLES))
    return Page[DayAnswer](items=[day_answer(day) for day in days], next_cursor=None)


handler = endpoint(SPEC, run, PROBLEMS)
