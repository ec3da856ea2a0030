from shared.spec import BATCH_GET, PUT, QUERY, UPDATE, Every, UseCase

SPEC = UseCase(
    service="accounting",
    name="close_days",
    summary="Have every account closed through the last business day that is over",
    trigger=Every(minutes=5),
    access={"balances/by_closed_through": (QUERY,), "closes": (BATCH_GET, PUT, UPDATE)},
    sends_to=("close_accounts",),
    watches=("on_task_event",),
    timeout_seconds=60,
)
