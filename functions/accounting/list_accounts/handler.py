from functions.accounting.api import ACCOUNT_POSITION, PROBLEMS, ListedAccountAnswer, account_answer
from functions.accounting.list_accounts.spec import SPEC
from functions.accounting.list_accounts.use_case import list_accounts
from functions.accounting.tables import TABLES
from shared.api import Page
from shared.http import Request, endpoint
from shared.wiring import store


def run(request: Request) -> Page[ListedAccountAnswer]:
    page = list_accounts(request.query.limit, request.after(ACCOUNT_POSITION), store(TABLES))
    items = [account_answer(account, page.balances.get(account.account_id)) for account in page.accounts]
    return Page[ListedAccountAnswer](items=items, next_cursor=request.question.cursor(page.next_position))


handler = endpoint(SPEC, run, PROBLEMS)
