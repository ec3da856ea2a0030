from functions.accounting.api import PROBLEMS, CloseAnswer, close_answer
from functions.accounting.get_close.spec import SPEC
from functions.accounting.paths import day_in
from functions.accounting.rows import TABLES
from functions.accounting.views import close_of
from shared.http import Request, endpoint
from shared.wiring import store


def run(request: Request) -> CloseAnswer:
    return close_answer(close_of(day_in(request.path), store(TABLES)))


handler = endpoint(SPEC, run, PROBLEMS)
