"""GET /me"""

from functions.auth.api import PROBLEMS, FullAccountAnswer, full_account
from functions.auth.get_me.spec import SPEC
from functions.auth.get_me.use_case import get_me
from functions.auth.rows import TABLES
from shared.http import Request, endpoint
from shared.wiring import store


def run(request: Request) -> FullAccountAnswer:
    return full_account(get_me(request.caller.account_id, store(TABLES)), request.scope.now())


handler = endpoint(SPEC, run, PROBLEMS)
