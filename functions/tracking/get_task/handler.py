from functions.tracking.api import EVERYONE, PROBLEMS, TaskAnswer, task_answer, task_id_in
from functions.tracking.domain import TaskNotFound
from functions.tracking.rows import TABLES, Task
from functions.tracking.views import with_names
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
    tables = store(TABLES)
    task = tables.get(Task, task_id=task_id_in(request.path))
    if task is None:
        raise TaskNotFound("there is no such task")
    return task_answer(with_names(task, tables))


handler = endpoint(SPEC, run, PROBLEMS)
