"""POST /accounts"""

from functools import partial

from functions.auth.api import PROBLEMS, full_account
from functions.auth.cognito import CognitoUserPool
from functions.auth.invite_account.spec import SPEC
from functions.auth.invite_account.use_case import invite_account
from functions.auth.rows import TABLES
from shared.http import Request, endpoint
from shared.idempotency import Answer
from shared.settings import required
from shared.wiring import store


def run(request: Request) -> Answer:
    tables, identity = store(TABLES), CognitoUserPool(required("USER_POOL_ID"))
    new = request.body.as_new_account()
    return request.once(
        tables,
        lambda remember: invite_account(new, tables, request.scope, identity, remember),
        partial(full_account, now=request.scope.now()),
        201,
    )


handler = endpoint(SPEC, run, PROBLEMS)
