"""GET /me"""

from functions.auth.api import EVERYONE, PROBLEMS, FullAccountAnswer, full_account
from functions.auth.get_me.use_case import get_me
from functions.auth.rows import TABLES
from shared.http import Request, endpoint
from shared.spec import GET, UPDATE, Http, UseCase
from shared.wiring import store

SPEC = UseCase(
    service="auth",
    name="get_me",
    summary="Show the caller's own account",
    trigger=Http("GET", "/me", roles=EVERYONE, answer=FullAccountAnswer, is_hot=True),
    access={"accounts": (GET, UPDATE)},
)


def run(request: Request) -> FullAccountAnswer:
    return full_account(get_me(request.caller.account_id, store(TABLES)), request.context.now())


handler = endpoint(SPEC, run, PROBLEMS)
