from functions.tracking.api import PROBLEMS, TASK_POSITION, ListedTaskAnswer, listed_task
from functions.tracking.list_tasks.spec import SPEC
from functions.tracking.list_tasks.use_case import Filter, list_tasks
from functions.tracking.tables import TABLES
from shared.api import Page
from shared.http import Request, endpoint
from shared.wiring import store


def run(request: Request) -> Page[ListedTaskAnswer]:
    query = request.query
    after = request.after(TASK_POSITION)
    page = list_tasks(_filter(request), query.limit, after, store(TABLES))
    return Page(
        items=[listed_task(task, page.names) for task in page.tasks],
        next_cursor=request.question.cursor(page.next_position),
    )


def _filter(request: Request) -> Filter:
    query = request.query
    assignee_id = request.caller.account_id if query.assignee == "me" else query.assignee
    return Filter(query.status, assignee_id, query.q or None)


handler = endpoint(SPEC, run, PROBLEMS)
