from functions.tracking.api import PROBLEMS, SHUFFLERS, ShuffleAnswer, shuffle_answer, shuffle_id_in
from functions.tracking.get_shuffle.use_case import get_shuffle
from functions.tracking.rows import TABLES
from shared.http import Request, endpoint
from shared.spec import BATCH_GET, GET, Http, UseCase
from shared.wiring import store

SPEC = UseCase(
    service="tracking",
    name="get_shuffle",
    summary="Show how far a shuffle is",
    trigger=Http("GET", "/shuffles/{shuffle_id}", roles=SHUFFLERS, answer=ShuffleAnswer),
    access={"accounts": (BATCH_GET,), "shuffle_progress": (BATCH_GET,), "shuffles": (GET,)},
)


def run(request: Request) -> ShuffleAnswer:
    details = get_shuffle(shuffle_id_in(request.path), store(TABLES))
    return shuffle_answer(details.shuffle, details.tally, details.names)


handler = endpoint(SPEC, run, PROBLEMS)
