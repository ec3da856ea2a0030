from functions.analytics.api import PROBLEMS, TopTasksAnswer, top_tasks_answer
from functions.analytics.list_top_tasks.spec import SPEC
from functions.analytics.list_top_tasks.use_case import list_top_tasks
from functions.analytics.rows import TABLES
from shared.clock import business_day
from shared.http import Request, endpoint
from shared.settings import settings
from shared.wiring import store


def _run(request: Request) -> TopTasksAnswer:
    asked = request.query.asked(business_day(request.scope.now(), settings().business_timezone))
    return top_tasks_answer(asked, list_top_tasks(asked, store(TABLES)))


handler = endpoint(SPEC, _run, PROBLEMS)
