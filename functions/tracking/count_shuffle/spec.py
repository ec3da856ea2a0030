from events.tracking import ShuffleRequested
from shared.spec import GET, Bus, UseCase

SPEC = UseCase(
    service="tracking",
    name="count_shuffle",
    summary="Begin to count the open tasks of a shuffle",
    trigger=Bus((ShuffleRequested,)),
    access={"shuffles": (GET,)},
    sends_to=("shuffle_counts",),
)
