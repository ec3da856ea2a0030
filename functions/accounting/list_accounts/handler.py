from functions.accounting.api import POSITIONS, PROBLEMS, ListedAccountAnswer, account_answer
from functions.accounting.list_accounts.spec import SPEC
from functions.accounting.list_accounts.use_case import Wanted, list_accounts
from functions.accounting.rows import TABLES
from shared.api import Page
from shared.http import Request, endpoint
from shared.wiring import store


def run(request: Request) -> Page[ListedAccountAnswer]:
    query = request.query
    wanted = Wanted(query.order_asked(), query.q or None, query.in_minus)
    after = request.after(POSITIONS[wanted.order])
    page = list_accounts(wanted, query.limit, after, store(TABLES))
    return Page[ListedAccountAnswer](
        items=[account_answer(listed) for listed in page.found],
        next_cursor=request.question.cursor(page.next_position),
    )


handler = endpoint(SPEC, run, PROBLEMS)
