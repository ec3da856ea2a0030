from functions.accounting.api import EVERYONE, PROBLEMS, MyBalanceAnswer, my_balance_answer
from functions.accounting.rows import TABLES
from functions.accounting.views import balance_of
from shared.clock import business_day
from shared.http import Request, endpoint
from shared.settings import settings
from shared.spec import GET, Http, UseCase
from shared.wiring import store

SPEC = UseCase(
    service="accounting",
    name="get_my_balance",
    summary="One's own balance, and what one earned today",
    trigger=Http("GET", "/me/balance", EVERYONE, MyBalanceAnswer, is_hot=True),
    access={"balances": (GET,), "account_days": (GET,)},
)


def run(request: Request) -> MyBalanceAnswer:
    today = business_day(request.context.now(), settings().business_timezone)
    return my_balance_answer(balance_of(request.caller.account_id, today, store(TABLES)))


handler = endpoint(SPEC, run, PROBLEMS)
