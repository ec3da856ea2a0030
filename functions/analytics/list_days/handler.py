from functions.analytics.api import PROBLEMS, DaysAnswer, days_answer
from functions.analytics.list_days.spec import SPEC
from functions.analytics.list_days.use_case import list_days
from functions.analytics.rows import TABLES
from shared.clock import business_day
from shared.http import Request, endpoint
from shared.settings import settings
from shared.wiring import store


def _run(request: Request) -> DaysAnswer:
    today = business_day(request.scope.now(), settings().business_timezone)
    return days_answer(list_days(request.query.asked(today), today, store(TABLES)))


handler = endpoint(SPEC, _run, PROBLEMS)
