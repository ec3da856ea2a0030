"""GET /accounts"""

from functions.auth.api import LISTING_POSITION, PROBLEMS, FullAccountAnswer, full_account
from functions.auth.list_accounts.spec import SPEC
from functions.auth.list_accounts.use_case import Filter, list_accounts
from functions.auth.rows import TABLES
from shared.api import Page
from shared.http import Request, endpoint
from shared.wiring import store


def run(request: Request) -> Page[FullAccountAnswer]:
    query, now = request.query, request.scope.now()
    wanted = Filter(query.q or None, query.role, query.status, query.accepted)
    page = list_accounts(wanted, query.limit, request.after(LISTING_POSITION), store(TABLES))
    items = [full_account(account, now) for account in page.accounts]
    return Page[FullAccountAnswer](items=items, next_cursor=request.question.cursor(page.next_position))


handler = endpoint(SPEC, run, PROBLEMS)
