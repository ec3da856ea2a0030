"""GET /accounts/{account_id}"""

from functions.auth.api import ADMINS, PROBLEMS, FullAccountAnswer, full_account
from functions.auth.lookup import existing
from functions.auth.rows import TABLES
from shared.http import Request, endpoint
from shared.spec import GET, Http, UseCase
from shared.wiring import store

SPEC = UseCase(
    service="auth",
    name="get_account",
    summary="Show an account",
    trigger=Http("GET", "/accounts/{account_id}", roles=ADMINS, answer=FullAccountAnswer),
    access={"accounts": (GET,)},
)


def run(request: Request) -> FullAccountAnswer:
    return full_account(existing(request.path["account_id"], store(TABLES)), request.context.now())


handler = endpoint(SPEC, run, PROBLEMS)
