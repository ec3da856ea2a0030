from functions.accounting.api import ACCOUNT_POSITION, PROBLEMS, PayoutAnswer, payout_answer
from functions.accounting.list_payouts.spec import SPEC
from functions.accounting.list_payouts.use_case import list_payouts
from functions.accounting.paths import day_in
from functions.accounting.rows import TABLES
from functions.accounting.views import close_of
from shared.api import Page
from shared.http import Request, endpoint
from shared.wiring import store


def run(request: Request) -> Page[PayoutAnswer]:
    day, after, tables = day_in(request.path), request.after(ACCOUNT_POSITION), store(TABLES)
    if after is None:
        close_of(day, tables)
    page = list_payouts(day, request.query.limit, after, tables)
    items = [payout_answer(payout.account, payout.entry) for payout in page.found]
    return Page[PayoutAnswer](items=items, next_cursor=request.question.cursor(page.next_position))


handler = endpoint(SPEC, run, PROBLEMS)
