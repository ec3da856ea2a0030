from functions.accounting.api import ACCOUNTANTS, DayAnswer, DaysQuery
from shared.api import Page
from shared.spec import QUERY, Http, UseCase

SPEC = UseCase(
    service="accounting",
    name="list_days",
    summary="Company statistics by day, newest first, also of days on which nothing happened",
    trigger=Http("GET", "/days", ACCOUNTANTS, Page[DayAnswer], query=DaysQuery),
    access={"day_totals": (QUERY,)},
)
