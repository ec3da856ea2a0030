from shared.spec import BATCH_GET, GET, PUT, QUERY, UPDATE, UseCase, WorkQueue

SPEC = UseCase(
    service="tracking",
    name="count_shard",
    summary="Count a page of a shard's tasks and cut it into chunks",
    trigger=WorkQueue("shuffle_counts"),
    access={
        "completions": (QUERY,),
        "open_tasks": (QUERY,),
        "shuffle_chunks": (PUT, QUERY),
        "shuffle_progress": (BATCH_GET, GET, UPDATE),
        "shuffles": (GET, UPDATE),
    },
    sends_to=("shuffle_chunks", "shuffle_counts"),
    timeout_seconds=30,
)
