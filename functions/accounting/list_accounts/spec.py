from functions.accounting.api import ACCOUNTANTS, AccountsQuery, ListedAccountAnswer
from shared.api import Page
from shared.spec import BATCH_GET, QUERY, Http, UseCase

SPEC = UseCase(
    service="accounting",
    name="list_accounts",
    summary="All accounts with their balances, or those in the minus; by name, balance or account_id",
    trigger=Http("GET", "/accounts", ACCOUNTANTS, Page[ListedAccountAnswer], query=AccountsQuery),
    access={
        "accounts": (BATCH_GET,),
        "accounts/by_name": (QUERY,),
        "accounts/by_shard": (QUERY,),
        "balances": (BATCH_GET,),
        "balances/by_balance": (QUERY,),
    },
)
