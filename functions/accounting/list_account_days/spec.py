from functions.accounting.api import ACCOUNTANTS, AccountDayAnswer, DaysQuery
from shared.api import Page
from shared.spec import GET, QUERY, Http, UseCase

SPEC = UseCase(
    service="accounting",
    name="list_account_days",
    summary="Any account's sums by day, newest first, also of days without an entry",
    trigger=Http("GET", "/accounts/{account_id}/days", ACCOUNTANTS, Page[AccountDayAnswer], query=DaysQuery),
    access={"accounts": (GET,), "balances": (GET,), "account_days": (QUERY,)},
)
