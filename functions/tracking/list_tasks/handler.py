from functions.tracking.api import (
    ASSIGNMENT_POSITION,
    EVERYONE,
    PROBLEMS,
    TASK_POSITION,
    ListedTaskAnswer,
    ListTasksQuery,
    assignee_id,
    listed_task,
)
from functions.tracking.list_tasks.use_case import list_tasks
from functions.tracking.listing import Filter
from functions.tracking.rows import TABLES
from shared.api import Page
from shared.http import Request, endpoint
from shared.spec import BATCH_GET, QUERY, Http, UseCase
from shared.wiring import store

SPEC = UseCase(
    service="tracking",
    name="list_tasks",
    summary="List, filter and search tasks",
    trigger=Http(
        "GET", "/tasks", roles=EVERYONE, query=ListTasksQuery, answer=Page[ListedTaskAnswer], is_hot=True
    ),
    access={
        "accounts": (BATCH_GET,),
        "open_tasks": (QUERY,),
        "tasks": (BATCH_GET,),
        "tasks/by_assignment": (QUERY,),
        "tasks/by_created": (QUERY,),
        "tasks/by_jira_id": (QUERY,),
    },
)


def run(request: Request[ListTasksQuery]) -> Page[ListedTaskAnswer]:
    query = request.query
    whose = assignee_id(query, request.caller.account_id)
    after = request.after(TASK_POSITION if whose is None else ASSIGNMENT_POSITION)
    wanted = Filter(query.status, whose, query.q or None)
    page = list_tasks(wanted, query.limit, after, store(TABLES))
    return request.page([listed_task(task, page.names) for task in page.tasks], page.next_position)


handler = endpoint(SPEC, run, PROBLEMS)
