"""POST /accounts/{account_id}/invitation"""

from functools import partial

from functions.auth.api import PROBLEMS, full_account
from functions.auth.cognito import CognitoUserPool
from functions.auth.invite_again.spec import SPEC
from functions.auth.invite_again.use_case import invite_again
from functions.auth.rows import TABLES
from shared.http import Request, endpoint
from shared.idempotency import Answer
from shared.settings import required
from shared.wiring import store


def run(request: Request) -> Answer:
    tables, identity = store(TABLES), CognitoUserPool(required("USER_POOL_ID"))
    account_id = request.path["account_id"]
    return request.once(
        tables,
        lambda remember: invite_again(account_id, tables, request.scope, identity, remember),
        partial(full_account, now=request.scope.now()),
        200,
    )


handler = endpoint(SPEC, run, PROBLEMS)
