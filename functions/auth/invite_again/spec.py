from functions.auth.api import ADMINS, FullAccountAnswer
from functions.auth.identity import CREATE_USER, FOLLOW_ACCOUNT
from functions.auth.rows import Account
from shared.spec import CHECK, GET, PUT, UPDATE, Http, UseCase

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
