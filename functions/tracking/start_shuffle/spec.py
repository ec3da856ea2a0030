from events.tracking import ShuffleRequested
from functions.tracking.api import SHUFFLERS, ShuffleStartedAnswer
from shared.spec import GET, PUT, Http, UseCase

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
    ),
    access={
        "idempotency": (GET, PUT),
        "journal": (PUT,),
        "roster": (GET,),
        "shuffle_progress": (PUT,),
        "shuffles": (PUT,),
    },
    publishes=(ShuffleRequested,),
)
