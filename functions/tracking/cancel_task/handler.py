from functools import partial

from events.tracking import TaskCancelled
from functions.tracking.api import EVERYONE, PROBLEMS, SHUFFLERS, TaskAnswer, task_answer, task_id_in
from functions.tracking.cancel_task.use_case import Canceller, cancel_task
from functions.tracking.rows import TABLES, Account
from shared.http import Request, endpoint
from shared.idempotency import Answer
from shared.spec import BATCH_GET, CHECK, DELETE, GET, PUT, QUERY, Http, UseCase
from shared.wiring import store

SPEC = UseCase(
    service="tracking",
    name="cancel_task",
    summary="Cancel an open task, as its creator, a manager or an admin",
    trigger=Http(
        "POST",
        "/tasks/{task_id}/cancel",
        roles=EVERYONE,
        answer=TaskAnswer,
        takes_idempotency_key=True,
        confirmed_by=Account,
        over_others=SHUFFLERS,
    ),
    access={
        "accounts": (BATCH_GET, CHECK, GET),
        "completions": (PUT,),
        "idempotency": (GET, PUT),
        "jira_ids": (DELETE, GET),
        "journal": (PUT,),
        "open_tasks": (DELETE,),
        "tasks": (GET, PUT),
        "uncounted_presses": (QUERY,),
    },
    publishes=(TaskCancelled,),
)


def run(request: Request) -> Answer:
    task_id, tables = task_id_in(request.path), store(TABLES)
    by = Canceller(request.caller.account_id, request.over_others)
    return request.once(tables, partial(cancel_task, task_id, by, tables, request.context), task_answer)


handler = endpoint(SPEC, run, PROBLEMS)
