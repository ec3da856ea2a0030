from functions.accounting.api import PROBLEMS, AccountDayAnswer, account_days_answer
from functions.accounting.list_my_days.spec import SPEC
from functions.accounting.rows import TABLES
from functions.accounting.views import days_of
from shared.api import Page
from shared.clock import business_day
from shared.http import Request, endpoint
from shared.settings import settings
from shared.wiring import store


def run(request: Request) -> Page[AccountDayAnswer]:
    today = business_day(request.scope.now(), settings().business_timezone)
    first, last = request.query.asked(today)
    return account_days_answer(days_of(request.caller.account_id, first, last, store(TABLES)))


handler = endpoint(SPEC, run, PROBLEMS)
