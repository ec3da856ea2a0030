from functions.tracking.api import PROBLEMS
from functions.tracking.get_assignee.spec import SPEC
from functions.tracking.get_assignee.use_case import get_assignee
from functions.tracking.rows import TABLES
from shared.api import AccountAnswer
from shared.http import Request, endpoint
from shared.wiring import store


def run(request: Request) -> AccountAnswer:
    found = get_assignee(request.path["account_id"], store(TABLES))
    return AccountAnswer(account_id=found.account_id, name=found.name)


handler = endpoint(SPEC, run, PROBLEMS)
