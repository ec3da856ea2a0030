from events.auth import AccountCreated
from functions.auth.api import ADMINS, FullAccountAnswer, NewAccountRequest
from functions.auth.identity import CREATE_USER, FOLLOW_ACCOUNT
from functions.auth.rows import Account
from shared.spec import CHECK, GET, PUT, UPDATE, Http, UseCase

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
