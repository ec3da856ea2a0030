from functions.analytics.api import PROBLEMS, DayAnswer, day_answer
from functions.analytics.list_days.spec import SPEC
from functions.analytics.list_days.use_case import list_days
from functions.analytics.tables import TABLES
from shared.api import Page
from shared.clock import business_day
from shared.http import Request, endpoint
from shared.settings import settings
from shared.wiring import store


def _run(request: Request) -> Page[DayAnswer]:
    today = business_day(request.scope.now(), settings().business_timezone)
    days = list_days(request.query.asked(today), today, store(TABLES))
    return Page[DayAnswer](items=[day_answer(day) for day in days], next_cursor=None)


handler = endpoint(SPEC, _run, PROBLEMS)
