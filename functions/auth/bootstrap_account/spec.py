from events.auth import AccountCreated
from shared.spec import GET, PUT, UPDATE, Direct, UseCase

SPEC = UseCase(
    service="auth",
    name="bootstrap_account",
    summary="Create the first admin, or a demo account, for the command line",
    trigger=Direct(),
    access={"accounts": (GET, PUT), "counters": (UPDATE,), "journal": (PUT,)},
    publishes=(AccountCreated,),
    actions=(
        "cognito-idp:AdminCreateUser",
        "cognito-idp:AdminGetUser",
        "cognito-idp:AdminListGroupsForUser",
        "cognito-idp:AdminRemoveUserFromGroup",
        "cognito-idp:AdminAddUserToGroup",
    ),
    timeout_seconds=30,
)
