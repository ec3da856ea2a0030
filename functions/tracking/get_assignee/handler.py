from functions.tracking.api import EVERYONE, PROBLEMS
from functions.tracking.get_assignee.use_case import get_assignee
from functions.tracking.tables import TABLES
from shared.api import AccountAnswer
from shared.http import Request, endpoint
from shared.spec import GET, Http, UseCase
from shared.wiring import store

SPEC = UseCase(
    service="tracking",
    name="get_assignee",
    summary="Show one of those who may be the assignee of a task",
    trigger=Http("GET", "/assignees/{account_id}", roles=EVERYONE, answer=AccountAnswer),
    access={"accounts": (GET,)},
)


def run(request: Request) -> AccountAnswer:
    found = get_assignee(request.path["account_id"], store(TABLES))
    return AccountAnswer(account_id=found.account_id, name=found.name)


handler = endpoint(SPEC, run, PROBLEMS)
