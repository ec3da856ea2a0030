from functions.auth.api import ADMINS, FullAccountAnswer
from shared.api import Page, PageQuery
from shared.spec import BATCH_GET, QUERY, Http, UseCase

SPEC = UseCase(
    service="auth",
    name="list_accounts",
    summary="All accounts, newest first",
    trigger=Http("GET", "/accounts", roles=ADMINS, answer=Page[FullAccountAnswer], query=PageQuery),
    access={"accounts": (BATCH_GET,), "accounts/by_shard": (QUERY,)},
)
