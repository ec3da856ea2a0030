from functions.tracking.api import EVERYONE, ListAssigneesQuery
from shared.api import AccountAnswer, Page
from shared.spec import QUERY, Http, UseCase

SPEC = UseCase(
    service="tracking",
    name="list_assignees",
    summary="List who may be the assignee of a task",
    trigger=Http("GET", "/assignees", roles=EVERYONE, query=ListAssigneesQuery, answer=Page[AccountAnswer]),
    access={"accounts/by_name": (QUERY,)},
)
