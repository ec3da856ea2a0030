from functions.tracking.api import EVERYONE, PROBLEMS, CountTasksQuery, TaskCountAnswer, assignee_id
from functions.tracking.count_tasks.use_case import count_tasks
from functions.tracking.listing import Filter
from functions.tracking.rows import TABLES
from shared.http import Request, endpoint
from shared.spec import QUERY, Http, UseCase
from shared.wiring import store

SPEC = UseCase(
    service="tracking",
    name="count_tasks",
    summary="Count tasks, up to 500",
    trigger=Http(
        "GET", "/tasks/count", roles=EVERYONE, query=CountTasksQuery, answer=TaskCountAnswer, is_hot=True
    ),
    access={
        "open_tasks": (QUERY,),
        "tasks/by_assignment": (QUERY,),
        "tasks/by_created": (QUERY,),
    },
)


def run(request: Request[CountTasksQuery]) -> TaskCountAnswer:
    query = request.query
    wanted = Filter(query.status, assignee_id(query, request.caller.account_id))
    counted = count_tasks(wanted, store(TABLES))
    return TaskCountAnswer(count=counted.count, more=counted.more)


handler = endpoint(SPEC, run, PROBLEMS)
