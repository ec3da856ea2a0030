from functions.accounting.api import PROBLEMS, CloseAnswer, close_answer
from functions.accounting.domain import NotFound
from functions.accounting.get_close.spec import SPEC
from functions.accounting.tables import TABLES
from functions.accounting.views import closes
from shared.clock import parse_day
from shared.http import HttpError, Request, endpoint
from shared.wiring import store


def run(request: Request) -> CloseAnswer:
    day = _day(request.path["day"])
    found = closes(day, day, store(TABLES))
    if not found:
        raise NotFound(f"{day} has not been closed")
    return close_answer(found[0])


def _day(text: str) -> str:
    try:
        return parse_day(text)
    except ValueError as error:
        problem = {"field": "day", "code": "not_valid", "message": str(error)}
        raise HttpError(400, "the request is not valid", errors=(problem,)) from error


handler = endpoint(SPEC, run, PROBLEMS)
