from functools import partial

from events.tracking import TaskCompleted
from functions.tracking.api import EVERYONE, PROBLEMS, TaskAnswer, task_answer, task_id_in
from functions.tracking.complete_task.use_case import complete_task
from functions.tracking.rows import TABLES
from shared.http import Request, endpoint
from shared.idempotency import Answer
from shared.spec import BATCH_GET, DELETE, GET, PUT, QUERY, Http, UseCase
from shared.wiring import store

SPEC = UseCase(
    service="tracking",
    name="complete_task",
    summary="Complete a task, as its assignee",
    trigger=Http(
        "POST",
        "/tasks/{task_id}/complete",
        roles=EVERYONE,
        answer=TaskAnswer,
        takes_idempotency_key=True,
        is_hot=True,
    ),
    access={
        "accounts": (BATCH_GET,),
        "completions": (PUT,),
        "idempotency": (GET, PUT),
        "journal": (PUT,),
        "open_tasks": (DELETE,),
        "tasks": (GET, PUT),
        "uncounted_presses": (QUERY,),
    },
    publishes=(TaskCompleted,),
)


def run(request: Request) -> Answer:
    task_id, tables = task_id_in(request.path), store(TABLES)
    command = partial(complete_task, task_id, request.caller.account_id, tables, request.context)
    return request.once(tables, command, task_answer)


handler = endpoint(SPEC, run, PROBLEMS)
