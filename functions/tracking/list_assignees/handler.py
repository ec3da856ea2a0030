from functions.tracking.api import EVERYONE, PROBLEMS, ListAssigneesQuery
from functions.tracking.list_assignees.use_case import list_assignees
from functions.tracking.rows import TABLES
from shared.api import AccountAnswer, Page
from shared.http import Request, endpoint
from shared.names import NAME_POSITION
from shared.spec import QUERY, Http, UseCase
from shared.wiring import store

SPEC = UseCase(
    service="tracking",
    name="list_assignees",
    summary="List who may be the assignee of a task",
    trigger=Http("GET", "/assignees", roles=EVERYONE, query=ListAssigneesQuery, answer=Page[AccountAnswer]),
    access={"accounts/by_name": (QUERY,)},
)


def run(request: Request[ListAssigneesQuery]) -> Page[AccountAnswer]:
    query = request.query
    page = list_assignees(query.q or None, query.limit, request.after(NAME_POSITION), store(TABLES))
    items = [AccountAnswer(account_id=row.account_id, name=row.name) for row in page.found]
    return request.page(items, page.next_position)


handler = endpoint(SPEC, run, PROBLEMS)
