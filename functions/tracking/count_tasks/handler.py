from functions.tracking.api import PROBLEMS, TaskCountAnswer, assignee_id
from functions.tracking.count_tasks.spec import SPEC
from functions.tracking.count_tasks.use_case import count_tasks
from functions.tracking.listing import Filter
from functions.tracking.rows import TABLES
from shared.http import Request, endpoint
from shared.wiring import store


def run(request: Request) -> TaskCountAnswer:
    query = request.query
    wanted = Filter(query.status, assignee_id(query, request.caller.account_id))
    counted = count_tasks(wanted, store(TABLES))
    return TaskCountAnswer(count=counted.count, more=counted.more)


handler = endpoint(SPEC, run, PROBLEMS)
