from functions.tracking.api import ID_POSITION, PROBLEMS, HistoryItemAnswer, account, task_id_in
from functions.tracking.get_task_history.spec import SPEC
from functions.tracking.get_task_history.use_case import Happening, get_task_history
from functions.tracking.people import Names
from functions.tracking.rows import TABLES
from shared.api import Page
from shared.http import Request, endpoint
from shared.wiring import store


def run(request: Request) -> Page[HistoryItemAnswer]:
    after = request.after(ID_POSITION)
    page = get_task_history(task_id_in(request.path), request.query.limit, after, store(TABLES))
    return Page(
        items=[_answer(item, page.names) for item in page.items],
        next_cursor=request.question.cursor(page.next_position),
    )


def _answer(item: Happening, names: Names) -> HistoryItemAnswer:
    return HistoryItemAnswer(
        at=item.at,
        what=item.what,
        account=account(item.account_id, names),
        by=account(item.by, names),
        shuffle_id=item.shuffle_id,
    )


handler = endpoint(SPEC, run, PROBLEMS)
