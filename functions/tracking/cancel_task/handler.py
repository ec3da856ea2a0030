from functions.tracking.api import PROBLEMS, task_answer, task_id_in
from functions.tracking.cancel_task.spec import SPEC
from functions.tracking.cancel_task.use_case import Canceller, cancel_task
from functions.tracking.rows import TABLES
from shared.http import Request, endpoint
from shared.idempotency import Answer
from shared.wiring import store


def run(request: Request) -> Answer:
    tables, task_id = store(TABLES), task_id_in(request.path)
    by = Canceller(request.caller.account_id, request.over_others)
    return request.once(
        tables,
        lambda remember: cancel_task(task_id, by, tables, request.scope, remember),
        task_answer,
        200,
    )


handler = endpoint(SPEC, run, PROBLEMS)
