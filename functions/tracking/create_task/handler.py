from functools import partial

from events.tracking import TaskAssigned, TaskCreated
from functions.tracking.api import EVERYONE, PROBLEMS, CreateTaskBody, TaskAnswer, task_answer
from functions.tracking.create_task.use_case import create_task
from functions.tracking.domain import NewTask
from functions.tracking.rows import TABLES
from shared.http import Request, endpoint
from shared.idempotency import Answer
from shared.spec import BATCH_GET, GET, PUT, QUERY, Http, UseCase
from shared.wiring import store

SPEC = UseCase(
    service="tracking",
    name="create_task",
    summary="Create a task and assign it to somebody drawn",
    trigger=Http(
        "POST",
        "/tasks",
        roles=EVERYONE,
        body=CreateTaskBody,
        answer=TaskAnswer,
        status=201,
        takes_idempotency_key=True,
        is_hot=True,
    ),
    access={
        "accounts": (BATCH_GET,),
        "idempotency": (GET, PUT),
        "jira_ids": (GET, PUT),
        "journal": (PUT,),
        "open_tasks": (PUT,),
        "roster": (BATCH_GET, GET),
        "tasks": (BATCH_GET, PUT),
        "tasks/by_jira_id": (QUERY,),
    },
    publishes=(TaskCreated, TaskAssigned),
)


def run(request: Request[None, CreateTaskBody]) -> Answer:
    body, tables = request.body, store(TABLES)
    content = NewTask(body.title, body.jira_id, body.description or None, body.unique)
    command = partial(create_task, content, request.caller.account_id, tables, request.context)
    return request.once(tables, command, task_answer)


handler = endpoint(SPEC, run, PROBLEMS)
