from functions.accounting.api import ACCOUNTANTS, ListedAccountAnswer
from shared.api import Page, PageQuery
from shared.spec import BATCH_GET, QUERY, Http, UseCase

SPEC = UseCase(
    service="accounting",
    name="list_accounts",
    summary="All accounts with their balances",
    trigger=Http("GET", "/accounts", ACCOUNTANTS, Page[ListedAccountAnswer], query=PageQuery),
    access={"accounts/by_shard": (QUERY,), "balances": (BATCH_GET,)},
)
