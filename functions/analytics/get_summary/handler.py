from functions.analytics.api import PROBLEMS, SummaryAnswer, summary_answer
from functions.analytics.get_summary.spec import SPEC
from functions.analytics.get_summary.use_case import get_summary
from functions.analytics.rows import TABLES
from shared.clock import business_day
from shared.http import Request, endpoint
from shared.settings import settings
from shared.wiring import store


def _run(request: Request) -> SummaryAnswer:
    today = business_day(request.scope.now(), settings().business_timezone)
    return summary_answer(get_summary(request.query.day or today, today, store(TABLES)))


handler = endpoint(SPEC, _run, PROBLEMS)
