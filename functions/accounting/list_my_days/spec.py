from functions.accounting.api import ANY, AccountDayAnswer, DaysQuery
from shared.api import Page
from shared.spec import QUERY, Http, UseCase

SPEC = UseCase(
    service="accounting",
    name="list_my_days",
    summary="One's own sums by day, newest first, also of days without an entry",
    trigger=Http("GET", "/me/days", ANY, Page[AccountDayAnswer], query=DaysQuery),
    access={"account_days": (QUERY,)},
)
