from events.tracking import ShuffleRequested
from functions.tracking.api import SHUFFLERS, ShuffleStartedAnswer
from functions.tracking.rows import Account
from shared.spec import CHECK, GET, PUT, Http, UseCase

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
    },
    publishes=(ShuffleRequested,),
)
