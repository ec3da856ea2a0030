"""POST /accounts/{account_id}/invitation"""

from functools import partial

from functions.auth.api import ADMINS, PROBLEMS, FullAccountAnswer, full_account
from functions.auth.cognito import CognitoUserPool
from functions.auth.identity import CREATE_USER, FOLLOW_ACCOUNT
from functions.auth.invite_again.use_case import invite_again
from functions.auth.rows import TABLES, Account
from shared.http import Request, endpoint
from shared.idempotency import Answer
from shared.settings import required
from shared.spec import CHECK, GET, PUT, UPDATE, Http, UseCase
from shared.wiring import store

SPEC = UseCase(
    service="auth",
    name="invite_again",
    summary="Send the invitation again, with a new password, to a person who has not signed in yet",
    trigger=Http(
        "POST",
        "/accounts/{account_id}/invitation",
        roles=ADMINS,
        answer=FullAccountAnswer,
        takes_idempotency_key=True,
        confirmed_by=Account,
    ),
    access={"accounts": (CHECK, GET, UPDATE), "idempotency": (GET, PUT)},
    actions=(*CREATE_USER, *FOLLOW_ACCOUNT),
    timeout_seconds=29,
)


def run(request: Request) -> Answer:
    tables, identity = store(TABLES), CognitoUserPool(required("USER_POOL_ID"))
    command = partial(invite_again, request.path["account_id"], tables, request.context, identity)
    return request.once(tables, command, partial(full_account, now=request.context.now()))


handler = endpoint(SPEC, run, PROBLEMS)
