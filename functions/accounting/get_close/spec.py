from functions.accounting.api import ACCOUNTANTS, CloseAnswer
from shared.spec import BATCH_GET, QUERY, Http, UseCase

SPEC = UseCase(
    service="accounting",
    name="get_close",
    summary="The close of one business day",
    trigger=Http("GET", "/closes/{day}", ACCOUNTANTS, CloseAnswer),
    access={"closes": (BATCH_GET,), "day_totals": (QUERY,), "balances/by_closed_through": (QUERY,)},
)
