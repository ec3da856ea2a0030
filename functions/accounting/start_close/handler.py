from functools import partial

from events.accounting import CloseRequested
from functions.accounting.api import ACCOUNTANTS, PROBLEMS, StartedAnswer, started_answer
from functions.accounting.rows import TABLES, Account
from functions.accounting.start_close.use_case import start_close
from shared.http import Request, endpoint
from shared.idempotency import Answer
from shared.settings import settings, watched_queue_url
from shared.spec import CHECK, GET, PUT, QUERY, Http, UseCase
from shared.wiring import store
from shared.work_queue import depth

SPEC = UseCase(
    service="accounting",
    name="start_close",
    summary="Close the business days that are over, without waiting for the schedule",
    trigger=Http(
        "POST",
        "/closes",
        ACCOUNTANTS,
        StartedAnswer,
        status=202,
        takes_idempotency_key=True,
        confirmed_by=Account,
    ),
    access={
        "accounts": (CHECK, GET),
        "balances/by_closed_through": (QUERY,),
        "closes": (GET, PUT),
        "idempotency": (GET, PUT),
        "journal": (PUT,),
    },
    publishes=(CloseRequested,),
    watches=("on_task_event",),
    timeout_seconds=30,
)


def run(request: Request) -> Answer:
    tables, zone, caller = store(TABLES), settings().business_timezone, request.caller.account_id
    command = partial(start_close, caller, tables, request.context, waiting_events, zone)
    return request.once(tables, command, started_answer)


def waiting_events() -> int:
    return depth(watched_queue_url("on_task_event"))


handler = endpoint(SPEC, run, PROBLEMS)
