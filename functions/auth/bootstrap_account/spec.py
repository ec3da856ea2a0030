from events.auth import AccountCreated
from functions.auth.identity import CREATE_USER, FOLLOW_ACCOUNT
from shared.spec import GET, PUT, UPDATE, Direct, UseCase

SPEC = UseCase(
    service="auth",
    name="bootstrap_account",
    summary="Create the first admin, or a demo account, for the command line",
    trigger=Direct(),
    access={
        "accounts": (GET, PUT, UPDATE),
        "addresses": (GET, PUT),
        "counters": (UPDATE,),
        "journal": (PUT,),
    },
    publishes=(AccountCreated,),
    actions=(*CREATE_USER, *FOLLOW_ACCOUNT),
    timeout_seconds=30,
)
