from functions.tracking.api import ID_POSITION, PROBLEMS, HistoryItemAnswer, account, position_in, task_id_in
from functions.tracking.get_task_history.spec import SPEC
from functions.tracking.get_task_history.use_case import Happening, get_task_history
from functions.tracking.people import Names
from functions.tracking.tables import TABLES
from shared.api import Page, encode_cursor
from shared.http import Request, endpoint
from shared.wiring import store


def run(request: Request) -> Page[HistoryItemAnswer]:
    after = position_in(request.query.cursor, ID_POSITION)
    page = get_task_history(task_id_in(request.path), request.query.limit, after, store(TABLES))
    return Page(
        items=[_answer(item, page.names) for item in page.items],
        next_cursor=encode_cursor(page.next_position) if page.next_position else None,
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
