from functions.tracking.api import PROBLEMS, ShuffleAnswer, account, shuffle_id_in
from functions.tracking.get_shuffle.spec import SPEC
from functions.tracking.get_shuffle.use_case import get_shuffle
from functions.tracking.tables import TABLES
from shared.clock import parse_rfc3339
from shared.http import Request, endpoint
from shared.wiring import store


def run(request: Request) -> ShuffleAnswer:
    details = get_shuffle(shuffle_id_in(request.path), store(TABLES))
    return ShuffleAnswer(
        shuffle_id=details.shuffle.shuffle_id,
        status=details.tally.status,
        total=details.tally.total,
        reassigned=details.tally.reassigned,
        skipped=details.tally.skipped,
        requested_by=account(details.shuffle.requested_by, details.names),
        requested_at=parse_rfc3339(details.shuffle.requested_at),
    )


handler = endpoint(SPEC, run, PROBLEMS)
