"""GET /accounts"""

from functions.auth.api import (
    ADMINS,
    LISTING_POSITION,
    PROBLEMS,
    FullAccountAnswer,
    ListAccountsQuery,
    full_account,
)
from functions.auth.list_accounts.use_case import Filter, list_accounts
from functions.auth.rows import TABLES
from shared.api import Page
from shared.http import Request, endpoint
from shared.spec import BATCH_GET, QUERY, Http, UseCase
from shared.wiring import store

SPEC = UseCase(
    service="auth",
    name="list_accounts",
    summary="List, filter and search accounts, newest first",
    trigger=Http("GET", "/accounts", roles=ADMINS, answer=Page[FullAccountAnswer], query=ListAccountsQuery),
    access={"accounts": (BATCH_GET,), "accounts/by_shard": (QUERY,)},
)


def run(request: Request[ListAccountsQuery]) -> Page[FullAccountAnswer]:
    query, now = request.query, request.context.now()
    wanted = Filter(query.q or None, query.role, query.status, query.accepted)
    page = list_accounts(wanted, query.limit, request.after(LISTING_POSITION), store(TABLES))
    items = [full_account(account, now) for account in page.accounts]
    return request.page(items, page.next_position)


handler = endpoint(SPEC, run, PROBLEMS)
