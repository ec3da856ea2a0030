from functions.tracking.api import EVERYONE, ListedTaskAnswer, ListTasksQuery
from shared.api import Page
from shared.spec import BATCH_GET, QUERY, Http, UseCase

SPEC = UseCase(
    service="tracking",
    name="list_tasks",
    summary="List, filter and search tasks",
    trigger=Http("GET", "/tasks", roles=EVERYONE, query=ListTasksQuery, answer=Page[ListedTaskAnswer]),
    access={
        "accounts": (BATCH_GET,),
        "open_tasks": (QUERY,),
        "tasks": (BATCH_GET,),
        "tasks/by_assignment": (QUERY,),
        "tasks/by_created": (QUERY,),
        "tasks/by_jira_id": (QUERY,),
    },
)
