"""POST /accounts"""

from functools import partial

from events.auth import AccountCreated
from functions.auth.api import ADMINS, PROBLEMS, FullAccountAnswer, NewAccountRequest, full_account
from functions.auth.cognito import CognitoUserPool
from functions.auth.identity import CREATE_USER, FOLLOW_ACCOUNT
from functions.auth.invite_account.use_case import invite_account
from functions.auth.rows import TABLES, Account
from shared.http import Request, endpoint
from shared.idempotency import Answer
from shared.settings import required
from shared.spec import CHECK, GET, PUT, UPDATE, Http, UseCase
from shared.wiring import store

SPEC = UseCase(
    service="auth",
    name="invite_account",
    summary="Invite a person: give them an account, and mail them how to sign in",
    trigger=Http(
        "POST",
        "/accounts",
        roles=ADMINS,
        body=NewAccountRequest,
        answer=FullAccountAnswer,
        status=201,
        takes_idempotency_key=True,
        confirmed_by=Account,
    ),
    access={
        "accounts": (CHECK, GET, PUT, UPDATE),
        "addresses": (GET, PUT),
        "counters": (UPDATE,),
        "idempotency": (GET, PUT),
        "journal": (PUT,),
    },
    publishes=(AccountCreated,),
    actions=(*CREATE_USER, *FOLLOW_ACCOUNT),
    timeout_seconds=29,
)


def run(request: Request[None, NewAccountRequest]) -> Answer:
    tables, identity = store(TABLES), CognitoUserPool(required("USER_POOL_ID"))
    new = request.body.as_new_account()
    command = partial(invite_account, new, tables, request.context, identity)
    return request.once(tables, command, partial(full_account, now=request.context.now()))


handler = endpoint(SPEC, run, PROBLEMS)
