from shared.spec import BATCH_GET, GET, PUT, UPDATE, UseCase, WorkQueue

SPEC = UseCase(
    service="analytics",
    name="fill_generation",
    summary="Project ledger events into a generation that is not read yet",
    trigger=WorkQueue("fills", batch_size=5),
    access={
        "inbox": (BATCH_GET, PUT),
        "day_totals": (UPDATE,),
        "accounts": (BATCH_GET, PUT),
        "minus_counts": (GET, UPDATE),
        "top_tasks": (BATCH_GET, PUT),
    },
    timeout_seconds=60,
)
