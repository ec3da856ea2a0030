from functions.accounting.api import PROBLEMS, AccountDayAnswer, account_days_answer
from functions.accounting.list_account_days.spec import SPEC
from functions.accounting.rows import TABLES
from functions.accounting.views import days_of, known_name
from shared.api import Page
from shared.clock import business_day
from shared.http import Request, endpoint
from shared.settings import settings
from shared.wiring import store


def run(request: Request) -> Page[AccountDayAnswer]:
    account_id, tables = request.path["account_id"], store(TABLES)
    known_name(account_id, tables)
    today = business_day(request.scope.now(), settings().business_timezone)
    first, last = request.query.asked(today)
    return account_days_answer(days_of(account_id, first, last, tables))


handler = endpoint(SPEC, run, PROBLEMS)
