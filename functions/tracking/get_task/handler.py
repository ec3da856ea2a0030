from functions.tracking.api import PROBLEMS, TaskAnswer, task_answer, task_id_in
from functions.tracking.get_task.spec import SPEC
from functions.tracking.get_task.use_case import get_task
from functions.tracking.rows import TABLES
from shared.http import Request, endpoint
from shared.wiring import store


def run(request: Request) -> TaskAnswer:
    return task_answer(get_task(task_id_in(request.path), store(TABLES)))


handler = endpoint(SPEC, run, PROBLEMS)
