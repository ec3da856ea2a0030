from functions.tracking.api import EVERYONE
from shared.api import AccountAnswer
from shared.spec import GET, Http, UseCase

SPEC = UseCase(
    service="tracking",
    name="get_assignee",
    summary="Show one of those who may be the assignee of a task",
    trigger=Http("GET", "/assignees/{account_id}", roles=EVERYONE, answer=AccountAnswer),
    access={"accounts": (GET,)},
)
