"""GET /accounts/{account_id}"""

from functions.auth.api import PROBLEMS, FullAccountAnswer, full_account
from functions.auth.get_account.spec import SPEC
from functions.auth.get_account.use_case import get_account
from functions.auth.rows import TABLES
from shared.http import Request, endpoint
from shared.wiring import store


def run(request: Request) -> FullAccountAnswer:
    return full_account(get_account(request.path["account_id"], store(TABLES)), request.scope.now())


handler = endpoint(SPEC, run, PROBLEMS)
