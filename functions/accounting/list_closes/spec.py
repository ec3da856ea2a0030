from functions.accounting.api import ACCOUNTANTS, CloseAnswer, DaysQuery
from shared.api import Page
from shared.spec import BATCH_GET, QUERY, Http, UseCase

SPEC = UseCase(
    service="accounting",
    name="list_closes",
    summary="The daily closes, newest first",
    trigger=Http("GET", "/closes", ACCOUNTANTS, Page[CloseAnswer], query=DaysQuery),
    access={"closes": (BATCH_GET,), "day_totals": (QUERY,), "balances/by_closed_through": (QUERY,)},
)
