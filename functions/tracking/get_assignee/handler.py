from functions.tracking.api import EVERYONE, PROBLEMS
from functions.tracking.domain import AssigneeNotFound
from functions.tracking.rows import TABLES, Account
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
    """Show only accounts that are or have been eligible, as the list of assignees does."""
    found = store(TABLES).get(Account, account_id=request.path["account_id"])
    if found is None or found.name_key is None:
        raise AssigneeNotFound("there is no assignee with this id")
    return AccountAnswer(account_id=found.account_id, name=found.name)


handler = endpoint(SPEC, run, PROBLEMS)
