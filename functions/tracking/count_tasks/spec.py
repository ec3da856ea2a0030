from functions.tracking.api import EVERYONE, CountTasksQuery, TaskCountAnswer
from shared.spec import QUERY, Http, UseCase

SPEC = UseCase(
    service="tracking",
    name="count_tasks",
    summary="Count tasks, up to 500",
    trigger=Http("GET", "/tasks/count", roles=EVERYONE, query=CountTasksQuery, answer=TaskCountAnswer),
    access={
        "open_tasks": (QUERY,),
        "tasks/by_assignment": (QUERY,),
        "tasks/by_created": (QUERY,),
    },
)
