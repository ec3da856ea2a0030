from functions.tracking.api import ID_POSITION, PROBLEMS, ShuffleAnswer, shuffle_answer
from functions.tracking.list_shuffles.spec import SPEC
from functions.tracking.list_shuffles.use_case import list_shuffles
from functions.tracking.rows import TABLES
from shared.api import Page
from shared.http import Request, endpoint
from shared.wiring import store


def run(request: Request) -> Page[ShuffleAnswer]:
    page = list_shuffles(request.query.limit, request.after(ID_POSITION), store(TABLES))
    return Page(
        items=[shuffle_answer(each, page.tallies[each.shuffle_id], page.names) for each in page.shuffles],
        next_cursor=request.question.cursor(page.next_position),
    )


handler = endpoint(SPEC, run, PROBLEMS)
