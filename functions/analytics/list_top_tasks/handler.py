from functions.analytics.api import ADMINS, PROBLEMS, TopTasksAnswer, TopTasksQuery, top_tasks_answer
from functions.analytics.list_top_tasks.use_case import list_top_tasks
from functions.analytics.rows import TABLES
from shared.clock import business_day
from shared.http import Request, endpoint
from shared.settings import settings
from shared.spec import BATCH_GET, GET, QUERY, Http, UseCase
from shared.wiring import store

SPEC = UseCase(
    service="analytics",
    name="list_top_tasks",
    summary="The most expensive task of a day, a week, a month or any range, and of each of its days",
    trigger=Http("GET", "/top-tasks", ADMINS, TopTasksAnswer, query=TopTasksQuery),
    access={"generations": (GET,), "minus_counts": (BATCH_GET,), "top_tasks": (QUERY,)},
)


def run(request: Request[TopTasksQuery]) -> TopTasksAnswer:
    asked = request.query.asked(business_day(request.context.now(), settings().business_timezone))
    return top_tasks_answer(asked, list_top_tasks(asked, store(TABLES)))


handler = endpoint(SPEC, run, PROBLEMS)
