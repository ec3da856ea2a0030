"""PATCH /accounts/{account_id}"""

from functools import partial

from events.auth import AccountDeactivated, AccountReactivated, AccountRenamed, AccountRoleChanged
from functions.auth.api import ADMINS, PROBLEMS, ChangeAccountRequest, FullAccountAnswer, full_account
from functions.auth.change_account.use_case import change_account
from functions.auth.cognito import CognitoUserPool
from functions.auth.identity import FOLLOW_ACCOUNT
from functions.auth.rows import TABLES, Account
from shared.http import Request, endpoint
from shared.idempotency import Answer
from shared.settings import required
from shared.spec import CHECK, GET, PUT, UPDATE, Http, UseCase
from shared.wiring import store

SPEC = UseCase(
    service="auth",
    name="change_account",
    summary="Change an account's role or name, deactivate or reactivate it",
    trigger=Http(
        "PATCH",
        "/accounts/{account_id}",
        roles=ADMINS,
        body=ChangeAccountRequest,
        answer=FullAccountAnswer,
        confirmed_by=Account,
    ),
    access={"accounts": (CHECK, GET, PUT, UPDATE), "counters": (GET, UPDATE), "journal": (PUT,)},
    publishes=(AccountRoleChanged, AccountDeactivated, AccountReactivated, AccountRenamed),
    actions=FOLLOW_ACCOUNT,
    timeout_seconds=29,
)


def run(request: Request[None, ChangeAccountRequest]) -> Answer:
    tables, identity = store(TABLES), CognitoUserPool(required("USER_POOL_ID"))
    account_id, change = request.path["account_id"], request.body.as_change()
    command = partial(change_account, account_id, change, tables, request.context, identity)
    return request.once(tables, command, partial(full_account, now=request.context.now()))


handler = endpoint(SPEC, run, PROBLEMS)
