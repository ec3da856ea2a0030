from functions.accounting.api import ACCOUNTANTS, PROBLEMS, AccountDayAnswer, DaysQuery, account_days_answer
from functions.accounting.tables import TABLES
from functions.accounting.views import days_of, known_name
from shared.api import Page
from shared.clock import business_day
from shared.http import Request, endpoint
from shared.settings import settings
from shared.spec import GET, QUERY, Http, UseCase
from shared.wiring import store

SPEC = UseCase(
    service="accounting",
    name="list_account_days",
    summary="Any account's sums by day, newest first, also of days without an entry",
    trigger=Http("GET", "/accounts/{account_id}/days", ACCOUNTANTS, Page[AccountDayAnswer], query=DaysQuery),
    access={"accounts": (GET,), "balances": (GET,), "account_days": (QUERY,)},
)


def run(request: Request) -> Page[AccountDayAnswer]:
    account_id, tables = request.path["account_id"], store(TABLES)
    known_name(account_id, tables)
    today = business_day(request.context.now(), settings().business_timezone)
    first, last = request.query.asked(today)
    return account_days_answer(days_of(account_id, first, last, tables))


handler = endpoint(SPEC, run, PROBLEMS)
