from functions.tracking.api import EVERYONE, PROBLEMS, TaskAnswer, task_answer, task_id_in
from functions.tracking.get_task.use_case import get_task
from functions.tracking.tables import TABLES
from shared.http import Request, endpoint
from shared.spec import BATCH_GET, GET, Http, UseCase
from shared.wiring import store

SPEC = UseCase(
    service="tracking",
    name="get_task",
    summary="Show a task",
    trigger=Http("GET", "/tasks/{task_id}", roles=EVERYONE, answer=TaskAnswer),
    access={"accounts": (BATCH_GET,), "tasks": (GET,)},
)


def run(request: Request) -> TaskAnswer:
    return task_answer(get_task(task_id_in(request.path), store(TABLES)))


handler = endpoint(SPEC, run, PROBLEMS)
