from functools import partial

from events.tracking import ShuffleRequested
from functions.tracking.api import PROBLEMS, SHUFFLERS, ShuffleStartedAnswer
from functions.tracking.rows import TABLES, Account, Shuffle
from functions.tracking.start_shuffle.use_case import start_shuffle
from shared.http import Request, endpoint
from shared.idempotency import Answer
from shared.spec import CHECK, GET, PUT, Http, UseCase
from shared.wiring import store

SPEC = UseCase(
    service="tracking",
    name="start_shuffle",
    summary="Assign every open task again",
    trigger=Http(
        "POST",
        "/shuffles",
        roles=SHUFFLERS,
        answer=ShuffleStartedAnswer,
        status=202,
        takes_idempotency_key=True,
        confirmed_by=Account,
    ),
    access={
        "accounts": (CHECK, GET),
        "idempotency": (GET, PUT),
        "journal": (PUT,),
        "roster": (GET,),
        "shuffle_progress": (PUT,),
        "shuffles": (PUT,),
        "uncounted_presses": (PUT,),
    },
    publishes=(ShuffleRequested,),
)


def run(request: Request) -> Answer:
    tables = store(TABLES)
    command = partial(start_shuffle, request.caller.account_id, tables, request.context)
    return request.once(tables, command, answer)


def answer(shuffle: Shuffle) -> ShuffleStartedAnswer:
    return ShuffleStartedAnswer(shuffle_id=shuffle.shuffle_id)


handler = endpoint(SPEC, run, PROBLEMS)
