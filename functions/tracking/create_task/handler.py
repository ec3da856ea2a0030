from functions.tracking.api import PROBLEMS, CreateTaskBody, task_answer
from functions.tracking.create_task.spec import SPEC
from functions.tracking.create_task.use_case import create_task
from functions.tracking.domain import NewTask
from functions.tracking.rows import TABLES
from shared.http import Request, endpoint
from shared.idempotency import Answer
from shared.wiring import store


def run(request: Request) -> Answer:
    tables, body = store(TABLES), request.body
    return request.once(
        tables,
        lambda remember: create_task(
            _content(body), request.caller.account_id, tables, request.scope, remember
        ),
        task_answer,
        201,
    )


def _content(body: CreateTaskBody) -> NewTask:
    return NewTask(body.title, body.jira_id, body.description or None)


handler = endpoint(SPEC, run, PROBLEMS)
