from functions.tracking.api import PROBLEMS, ShuffleStartedAnswer
from functions.tracking.rows import TABLES
from functions.tracking.start_shuffle.spec import SPEC
from functions.tracking.start_shuffle.use_case import start_shuffle
from shared.http import Request, endpoint
from shared.idempotency import Answer
from shared.wiring import store


def run(request: Request) -> Answer:
    tables = store(TABLES)
    return request.once(
        tables,
        lambda remember: start_shuffle(request.caller.account_id, tables, request.scope, remember),
        lambda shuffle: ShuffleStartedAnswer(shuffle_id=shuffle.shuffle_id),
        202,
    )


handler = endpoint(SPEC, run, PROBLEMS)
