from functions.analytics.api import ROLES, DayAnswer, DaysQuery
from shared.api import Page
from shared.spec import GET, QUERY, Http, UseCase

SPEC = UseCase(
    service="analytics",
    name="list_days",
    summary="Management earnings and accounts in the minus, day by day",
    trigger=Http("GET", "/days", ROLES, Page[DayAnswer], query=DaysQuery),
    access={"generations": (GET,), "day_totals": (QUERY,), "minus_counts": (QUERY,)},
)
