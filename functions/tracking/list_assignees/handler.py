from functions.tracking.api import PROBLEMS
from functions.tracking.list_assignees.spec import SPEC
from functions.tracking.list_assignees.use_case import list_assignees
from functions.tracking.rows import TABLES
from shared.api import AccountAnswer, Page
from shared.http import Request, endpoint
from shared.names import NAME_POSITION
from shared.wiring import store


def run(request: Request) -> Page[AccountAnswer]:
    query = request.query
    after = request.after(NAME_POSITION)
    page = list_assignees(query.q or None, query.limit, after, store(TABLES))
    return Page(
        items=[AccountAnswer(account_id=row.account_id, name=row.name) for row in page.found],
        next_cursor=request.question.cursor(page.next_position),
    )


handler = endpoint(SPEC, run, PROBLEMS)
