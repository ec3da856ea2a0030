from events.tracking import TaskAssigned
from shared.spec import BATCH_GET, GET, PUT, UPDATE, UseCase, WorkQueue

SPEC = UseCase(
    service="tracking",
    name="reassign_chunk",
    summary="Assign the tasks of a shuffle's chunk again",
    trigger=WorkQueue("shuffle_chunks"),
    access={
        "journal": (PUT,),
        "roster": (BATCH_GET, GET),
        "shuffle_chunks": (GET, UPDATE),
        "shuffle_marks": (BATCH_GET, GET, PUT),
        "shuffle_progress": (BATCH_GET, UPDATE),
        "shuffles": (GET, UPDATE),
        "tasks": (BATCH_GET, PUT),
    },
    publishes=(TaskAssigned,),
    timeout_seconds=30,
)
