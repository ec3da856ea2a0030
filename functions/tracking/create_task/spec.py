from events.tracking import TaskAssigned, TaskCreated
from functions.tracking.api import EVERYONE, CreateTaskBody, TaskAnswer
from shared.spec import BATCH_GET, GET, PUT, Http, UseCase

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
    ),
    access={
        "accounts": (BATCH_GET,),
        "idempotency": (GET, PUT),
        "journal": (PUT,),
        "open_tasks": (PUT,),
        "roster": (BATCH_GET, GET),
        "tasks": (PUT,),
    },
    publishes=(TaskCreated, TaskAssigned),
)
