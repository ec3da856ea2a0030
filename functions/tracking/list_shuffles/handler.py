from functions.tracking.api import ID_POSITION, PROBLEMS, SHUFFLERS, ShuffleAnswer, shuffle_answer
from functions.tracking.list_shuffles.use_case import list_shuffles
from functions.tracking.rows import TABLES
from shared.api import Page, PageQuery
from shared.http import Request, endpoint
from shared.spec import BATCH_GET, QUERY, Http, UseCase
from shared.wiring import store

SPEC = UseCase(
    service="tracking",
    name="list_shuffles",
    summary="List shuffles, and how far each is",
    trigger=Http("GET", "/shuffles", roles=SHUFFLERS, query=PageQuery, answer=Page[ShuffleAnswer]),
    access={
        "accounts": (BATCH_GET,),
        "shuffle_progress": (BATCH_GET,),
        "shuffles": (BATCH_GET,),
        "shuffles/by_press": (QUERY,),
    },
)


def run(request: Request[PageQuery]) -> Page[ShuffleAnswer]:
    page = list_shuffles(request.query.limit, request.after(ID_POSITION), store(TABLES))
    items = [shuffle_answer(each, page.tallies[each.shuffle_id], page.names) for each in page.shuffles]
    return request.page(items, page.next_position)


handler = endpoint(SPEC, run, PROBLEMS)
