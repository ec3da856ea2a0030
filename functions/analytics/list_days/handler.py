from functions.analytics.api import ADMINS, PROBLEMS, DaysAnswer, days_answer
from functions.analytics.list_days.use_case import list_days
from functions.analytics.rows import TABLES
from shared.clock import business_day
from shared.days import DaysQuery
from shared.http import Request, endpoint
from shared.settings import settings
from shared.spec import BATCH_GET, GET, QUERY, Http, UseCase
from shared.wiring import store

SPEC = UseCase(
    service="analytics",
    name="list_days",
    summary="Management earnings and accounts in the minus, day by day",
    trigger=Http("GET", "/days", ADMINS, DaysAnswer, query=DaysQuery),
    access={"generations": (GET,), "day_totals": (QUERY,), "minus_counts": (BATCH_GET,)},
)


def run(request: Request[DaysQuery]) -> DaysAnswer:
    today = business_day(request.context.now(), settings().business_timezone)
    return days_answer(list_days(request.query.asked(today), today, store(TABLES)))


handler = endpoint(SPEC, run, PROBLEMS)
