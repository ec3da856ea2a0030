"""PATCH /accounts/{account_id}"""

from functools import partial

from functions.auth.api import PROBLEMS, full_account
from functions.auth.change_account.spec import SPEC
from functions.auth.change_account.use_case import change_account
from functions.auth.cognito import CognitoUserPool
from functions.auth.rows import TABLES
from shared.http import Request, endpoint
from shared.idempotency import Answer
from shared.settings import required
from shared.wiring import store


def run(request: Request) -> Answer:
    tables, identity = store(TABLES), CognitoUserPool(required("USER_POOL_ID"))
    account_id, change = request.path["account_id"], request.body.as_change()
    return request.once(
        tables,
        lambda remember: change_account(account_id, change, tables, request.scope, identity, remember),
        partial(full_account, now=request.scope.now()),
        200,
    )


handler = endpoint(SPEC, run, PROBLEMS)
