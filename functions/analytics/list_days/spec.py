from functions.analytics.api import ROLES, DaysAnswer, DaysQuery
from shared.spec import GET, QUERY, Http, UseCase

SPEC = UseCase(
    service="analytics",
    name="list_days",
    summary="Management earnings and accounts in the minus, day by day",
    trigger=Http("GET", "/days", ROLES, DaysAnswer, query=DaysQuery),
    access={"generations": (GET,), "day_totals": (QUERY,), "minus_counts": (QUERY,)},
)
