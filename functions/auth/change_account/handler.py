"""PATCH /accounts/{account_id}"""

from functions.auth.api import PROBLEMS, FullAccountAnswer, full_account
from functions.auth.change_account.spec import SPEC
from functions.auth.change_account.use_case import change_account
from functions.auth.cognito import CognitoUserPool
from functions.auth.tables import TABLES
from shared.http import Request, endpoint
from shared.settings import required
from shared.wiring import store


def run(request: Request) -> FullAccountAnswer:
    identity = CognitoUserPool(required("USER_POOL_ID"))
    account_id, change = request.path["account_id"], request.body.as_change()
    return full_account(change_account(account_id, change, store(TABLES), request.scope, identity))


handler = endpoint(SPEC, run, PROBLEMS)
