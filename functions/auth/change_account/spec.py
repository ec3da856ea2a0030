from events.auth import AccountDeactivated, AccountReactivated, AccountRenamed, AccountRoleChanged
from functions.auth.api import ADMINS, ChangeAccountRequest, FullAccountAnswer
from functions.auth.identity import FOLLOW_ACCOUNT
from functions.auth.rows import Account
from shared.spec import CHECK, GET, PUT, UPDATE, Http, UseCase

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
