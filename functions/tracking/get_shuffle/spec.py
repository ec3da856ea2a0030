from functions.tracking.api import SHUFFLERS, ShuffleAnswer
from shared.spec import BATCH_GET, GET, Http, UseCase

SPEC = UseCase(
    service="tracking",
    name="get_shuffle",
    summary="Show how far a shuffle is",
    trigger=Http("GET", "/shuffles/{shuffle_id}", roles=SHUFFLERS, answer=ShuffleAnswer),
    access={"accounts": (BATCH_GET,), "shuffle_progress": (BATCH_GET,), "shuffles": (GET,)},
)
