from events.tracking import TaskCancelled
from functions.tracking.api import EVERYONE, SHUFFLERS, TaskAnswer
from functions.tracking.rows import Account
from shared.spec import BATCH_GET, CHECK, DELETE, GET, PUT, Http, UseCase

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
        "journal": (PUT,),
        "open_tasks": (DELETE,),
        "tasks": (GET, PUT),
    },
    publishes=(TaskCancelled,),
)
