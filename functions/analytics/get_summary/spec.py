from functions.analytics.api import ROLES, SummaryAnswer, SummaryQuery
from shared.spec import BATCH_GET, GET, QUERY, Http, UseCase

SPEC = UseCase(
    service="analytics",
    name="get_summary",
    summary="Management earnings of a day, and how many accounts are in the minus",
    trigger=Http("GET", "/summary", ROLES, SummaryAnswer, query=SummaryQuery),
    access={"generations": (GET,), "day_totals": (BATCH_GET,), "minus_counts": (QUERY,)},
)
