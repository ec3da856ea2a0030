from functions.accounting.api import ACCOUNTANTS, PROBLEMS, CloseAnswer, close_answer
from functions.accounting.paths import day_in
from functions.accounting.rows import TABLES
from functions.accounting.views import close_of
from shared.http import Request, endpoint
from shared.spec import BATCH_GET, QUERY, Http, UseCase
from shared.wiring import store

SPEC = UseCase(
    service="accounting",
    name="get_close",
    summary="The close of one business day",
    trigger=Http("GET", "/closes/{day}", ACCOUNTANTS, CloseAnswer),
    access={"closes": (BATCH_GET,), "day_totals": (QUERY,), "balances/by_closed_through": (QUERY,)},
)


def run(request: Request) -> CloseAnswer:
    return close_answer(close_of(day_in(request.path), store(TABLES)))


handler = endpoint(SPEC, run, PROBLEMS)
