from functions.auth.api import ADMINS, FullAccountAnswer, ListAccountsQuery
from shared.api import Page
from shared.spec import BATCH_GET, QUERY, Http, UseCase

SPEC = UseCase(
    service="auth",
    name="list_accounts",
    summary="List, filter and search accounts, newest first",
    trigger=Http("GET", "/accounts", roles=ADMINS, answer=Page[FullAccountAnswer], query=ListAccountsQuery),
    access={"accounts": (BATCH_GET,), "accounts/by_shard": (QUERY,)},
)
