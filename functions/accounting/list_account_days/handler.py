from functions.accounting.api import ACCOUNTANTS, PROBLEMS, AccountDayAnswer, account_day_answer
from functions.accounting.rows import TABLES
from functions.accounting.views import days_of, known_name
from shared.api import Page
from shared.clock import business_day
from shared.days import DaysQuery
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


def run(request: Request[DaysQuery]) -> Page[AccountDayAnswer]:
    account_id, tables = request.path["account_id"], store(TABLES)
    known_name(account_id, tables)
    today = business_day(request.context.now(), settings().business_timezone)
    asked = request.query.asked(today)
    return request.page([account_day_answer(day) for day in days_of(account_id, asked, tables)])


handler = endpoint(SPEC, run, PROBLEMS)
