from functions.tracking.api import EVERYONE, ID_POSITION, PROBLEMS, HistoryItemAnswer, account, task_id_in
from functions.tracking.get_task_history.use_case import HistoryItem, get_task_history
from functions.tracking.rows import TABLES
from functions.tracking.views import Names
from shared.api import Page, PageQuery
from shared.http import Request, endpoint
from shared.spec import BATCH_GET, GET, QUERY, Http, UseCase
from shared.wiring import store

SPEC = UseCase(
    service="tracking",
    name="get_task_history",
    summary="Show what happened to a task",
    trigger=Http(
        "GET",
        "/tasks/{task_id}/history",
        roles=EVERYONE,
        query=PageQuery,
        answer=Page[HistoryItemAnswer],
    ),
    access={
        "accounts": (BATCH_GET,),
        "journal/by_subject": (QUERY,),
        "shuffles": (BATCH_GET,),
        "tasks": (GET,),
    },
)


def run(request: Request[PageQuery]) -> Page[HistoryItemAnswer]:
    after = request.after(ID_POSITION)
    page = get_task_history(task_id_in(request.path), request.query.limit, after, store(TABLES))
    return request.page([_answer(item, page.names) for item in page.items], page.next_position)


def _answer(item: HistoryItem, names: Names) -> HistoryItemAnswer:
    return HistoryItemAnswer(
        at=item.at,
        what=item.what,
        account=account(item.account_id, names),
        by=account(item.by, names),
        shuffle_id=item.shuffle_id,
    )


handler = endpoint(SPEC, run, PROBLEMS)
