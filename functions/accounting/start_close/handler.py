from functions.accounting.api import PROBLEMS, started_answer
from functions.accounting.ledger import Started
from functions.accounting.rows import TABLES
from functions.accounting.start_close.spec import SPEC
from functions.accounting.start_close.use_case import start_close
from shared.http import Request, endpoint
from shared.idempotency import Answer, Remember
from shared.settings import settings, watched_queue_url
from shared.wiring import store
from shared.work_queue import depth


def run(request: Request) -> Answer:
    tables, caller = store(TABLES), request.caller.account_id

    def command(remember: Remember[Started]) -> Started:
        zone = settings().business_timezone
        return start_close(caller, tables, waiting_events, request.scope, zone, remember)

    return request.once(tables, command, started_answer, 202)


def waiting_events() -> int:
    return depth(watched_queue_url("on_task_event"))


handler = endpoint(SPEC, run, PROBLEMS)
