from functions.accounting.api import ACCOUNTANTS, PROBLEMS, AccountBalanceAnswer, account_balance_answer
from functions.accounting.rows import TABLES
from functions.accounting.views import balance_of, known_name
from shared.clock import business_day
from shared.http import Request, endpoint
from shared.settings import settings
from shared.spec import GET, Http, UseCase
from shared.wiring import store

SPEC = UseCase(
    service="accounting",
    name="get_account_balance",
    summary="Any account's balance, and what it earned today",
    trigger=Http("GET", "/accounts/{account_id}/balance", ACCOUNTANTS, AccountBalanceAnswer),
    access={"accounts": (GET,), "balances": (GET,), "account_days": (GET,)},
)


def run(request: Request) -> AccountBalanceAnswer:
    account_id, tables = request.path["account_id"], store(TABLES)
    name = known_name(account_id, tables)
    today = business_day(request.context.now(), settings().business_timezone)
    return account_balance_answer(account_id, name, balance_of(account_id, today, tables))


handler = endpoint(SPEC, run, PROBLEMS)
