from functions.tracking.api import (
    ASSIGNMENT_POSITION,
    PROBLEMS,
    TASK_POSITION,
    ListedTaskAnswer,
    assignee_id,
    listed_task,
)
from functions.tracking.list_tasks.spec import SPEC
from functions.tracking.list_tasks.use_case import list_tasks
from functions.tracking.listing import Filter
from functions.tracking.rows import TABLES
from shared.api import Page
from shared.http import Request, endpoint
from shared.wiring import store


def run(request: Request) -> Page[ListedTaskAnswer]:
    query = request.query
    whose = assignee_id(query, request.caller.account_id)
    after = request.after(TASK_POSITION if whose is None else ASSIGNMENT_POSITION)
    wanted = Filter(query.status, whose, query.q or None)
    page = list_tasks(wanted, query.limit, after, store(TABLES))
    return Page(
        items=[listed_task(task, page.names) for task in page.tasks],
        next_cursor=request.question.cursor(page.next_position),
    )


handler = endpoint(SPEC, run, PROBLEMS)
