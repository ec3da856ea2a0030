from functions.accounting.api import ACCOUNT_POSITION, ACCOUNTANTS, PROBLEMS, PayoutAnswer, payout_answer
from functions.accounting.list_payouts.use_case import list_payouts
from functions.accounting.paths import day_in
from functions.accounting.rows import TABLES
from functions.accounting.views import close_of
from shared.api import Page, PageQuery
from shared.http import Request, endpoint
from shared.spec import BATCH_GET, QUERY, Http, UseCase
from shared.wiring import store

SPEC = UseCase(
    service="accounting",
    name="list_payouts",
    summary="List the payouts of a business day, by account; a page may be short",
    trigger=Http("GET", "/closes/{day}/payouts", ACCOUNTANTS, Page[PayoutAnswer], query=PageQuery),
    access={
        "accounts/by_shard": (QUERY,),
        "account_days": (BATCH_GET,),
        "balances/by_closed_through": (QUERY,),
        "closes": (BATCH_GET,),
        "day_totals": (QUERY,),
        "entries": (BATCH_GET,),
    },
)


def run(request: Request[PageQuery]) -> Page[PayoutAnswer]:
    day, after, tables = day_in(request.path), request.after(ACCOUNT_POSITION), store(TABLES)
    if after is None:
        close_of(day, tables)
    page = list_payouts(day, request.query.limit, after, tables)
    items = [payout_answer(payout.account, payout.entry) for payout in page.found]
    return request.page(items, page.next_position)


handler = endpoint(SPEC, run, PROBLEMS)
