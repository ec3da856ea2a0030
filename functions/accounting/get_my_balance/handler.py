from functions.accounting.api import PROBLEMS, MyBalanceAnswer, my_balance_answer
from functions.accounting.get_my_balance.spec import SPEC
from functions.accounting.rows import TABLES
from functions.accounting.views import balance_of
from shared.clock import business_day
from shared.http import Request, endpoint
from shared.settings import settings
from shared.wiring import store


def run(request: Request) -> MyBalanceAnswer:
    today = business_day(request.scope.now(), settings().business_timezone)
    return my_balance_answer(balance_of(request.caller.account_id, today, store(TABLES)))


handler = endpoint(SPEC, run, PROBLEMS)
