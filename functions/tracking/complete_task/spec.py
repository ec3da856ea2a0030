from events.tracking import TaskCompleted
from functions.tracking.api import EVERYONE, TaskAnswer
from shared.spec import BATCH_GET, DELETE, GET, PUT, Http, UseCase

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
    ),
    access={
        "accounts": (BATCH_GET,),
        "completions": (PUT,),
        "idempotency": (GET, PUT),
        "journal": (PUT,),
        "open_tasks": (DELETE,),
        "tasks": (GET, PUT),
    },
    publishes=(TaskCompleted,),
)
