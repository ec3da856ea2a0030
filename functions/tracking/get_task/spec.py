from functions.tracking.api import EVERYONE, TaskAnswer
from shared.spec import BATCH_GET, GET, Http, UseCase

SPEC = UseCase(
    service="tracking",
    name="get_task",
    summary="Show a task",
    trigger=Http("GET", "/tasks/{task_id}", roles=EVERYONE, answer=TaskAnswer),
    access={"accounts": (BATCH_GET,), "tasks": (GET,)},
)
