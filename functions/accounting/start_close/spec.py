from functions.accounting.api import ACCOUNTANTS, StartedAnswer
from shared.spec import GET, PUT, QUERY, UPDATE, Http, UseCase

SPEC = UseCase(
    service="accounting",
    name="start_close",
    summary="Do now what the schedule does: close the business days that are over",
    trigger=Http("POST", "/closes", ACCOUNTANTS, StartedAnswer, status=202, takes_idempotency_key=True),
    access={
        "balances/by_closed_through": (QUERY,),
        "closes": (GET, PUT, UPDATE),
        "idempotency": (GET, PUT),
    },
    sends_to=("close_accounts",),
    watches=("on_task_event",),
    timeout_seconds=30,
)
