from functions.accounting.api import (
    ACCOUNTANTS,
    POSITIONS,
    PROBLEMS,
    AccountsQuery,
    ListedAccountAnswer,
    account_answer,
)
from functions.accounting.list_accounts.use_case import Wanted, list_accounts
from functions.accounting.rows import TABLES
from shared.api import Page
from shared.http import Request, endpoint
from shared.spec import BATCH_GET, QUERY, Http, UseCase
from shared.wiring import store

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


def run(request: Request[AccountsQuery]) -> Page[ListedAccountAnswer]:
    query = request.query
    wanted = Wanted(query.order_asked(), query.q or None, query.in_minus)
    after = request.after(POSITIONS[wanted.order])
    page = list_accounts(wanted, query.limit, after, store(TABLES))
    return request.page([account_answer(listed) for listed in page.found], page.next_position)


handler = endpoint(SPEC, run, PROBLEMS)
