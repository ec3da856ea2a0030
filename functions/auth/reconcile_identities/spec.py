from functions.auth.identity import FOLLOW_ACCOUNT, LIST_USERS
from shared.spec import BATCH_GET, GET, PUT, QUERY, UPDATE, Every, UseCase

# A tick goes on with what the last one had no time for; the command line invokes it by name.
SPEC = UseCase(
    service="auth",
    name="reconcile_identities",
    summary="Compare all accounts with the user pool, and bring the pool back to the rows",
    trigger=Every(minutes=5),
    access={
        "accounts": (BATCH_GET, GET, UPDATE),
        "accounts/by_shard": (QUERY,),
        "addresses": (BATCH_GET, PUT),
        "reconciliations": (GET, PUT),
    },
    actions=(*FOLLOW_ACCOUNT, *LIST_USERS),
    timeout_seconds=60,
)
