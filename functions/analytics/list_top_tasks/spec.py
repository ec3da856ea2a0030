from functions.analytics.api import ROLES, TopTasksAnswer, TopTasksQuery
from shared.spec import GET, QUERY, Http, UseCase

SPEC = UseCase(
    service="analytics",
    name="list_top_tasks",
    summary="The most expensive task of a day, a week, a month or any range, and of each of its days",
    trigger=Http("GET", "/top-tasks", ROLES, TopTasksAnswer, query=TopTasksQuery),
    access={"generations": (GET,), "minus_counts": (QUERY,), "top_tasks": (QUERY,)},
)
