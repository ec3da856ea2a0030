from functions.tracking.api import EVERYONE, HistoryItemAnswer
from shared.api import Page, PageQuery
from shared.spec import BATCH_GET, GET, QUERY, Http, UseCase

SPEC = UseCase(
    service="tracking",
    name="get_task_history",
    summary="Show what happened to a task",
    trigger=Http(
        "GET",
        "/tasks/{task_id}/history",
        roles=EVERYONE,
        query=PageQuery,
        answer=Page[HistoryItemAnswer],
    ),
    access={
        "accounts": (BATCH_GET,),
        "journal/by_subject": (QUERY,),
        "shuffles": (BATCH_GET,),
        "tasks": (GET,),
    },
)
