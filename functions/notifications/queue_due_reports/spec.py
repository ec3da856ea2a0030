from shared.spec import QUERY, UPDATE, Every, UseCase

SPEC = UseCase(
    service="notifications",
    name="queue_due_reports",
    summary="Hand the reports that are due to the sender",
    trigger=Every(minutes=1),
    access={"reports": (UPDATE,), "reports/by_due": (QUERY,)},
    sends_to=("reports",),
    timeout_seconds=50,
)
