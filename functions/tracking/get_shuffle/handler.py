from functions.tracking.api import PROBLEMS, ShuffleAnswer, shuffle_answer, shuffle_id_in
from functions.tracking.get_shuffle.spec import SPEC
from functions.tracking.get_shuffle.use_case import get_shuffle
from functions.tracking.rows import TABLES
from shared.http import Request, endpoint
from shared.wiring import store


def run(request: Request) -> ShuffleAnswer:
    details = get_shuffle(shuffle_id_in(request.path), store(TABLES))
    return shuffle_answer(details.shuffle, details.tally, details.names)


handler = endpoint(SPEC, run, PROBLEMS)
