from functions.analytics.api import ADMINS, PROBLEMS, SummaryAnswer, SummaryQuery, summary_answer
from functions.analytics.get_summary.use_case import get_summary
from functions.analytics.rows import TABLES
from shared.clock import business_day
from shared.http import Request, endpoint
from shared.settings import settings
from shared.spec import BATCH_GET, GET, Http, UseCase
from shared.wiring import store

SPEC = UseCase(
    service="analytics",
    name="get_summary",
    summary="Management earnings of a day, and how many accounts are in the minus",
    trigger=Http("GET", "/summary", ADMINS, SummaryAnswer, query=SummaryQuery),
    access={"generations": (GET,), "day_totals": (BATCH_GET,), "minus_counts": (BATCH_GET,)},
)


def run(request: Request[SummaryQuery]) -> SummaryAnswer:
    today = business_day(request.context.now(), settings().business_timezone)
    return summary_answer(get_summary(request.query.day or today, today, store(TABLES)))


handler = endpoint(SPEC, run, PROBLEMS)
