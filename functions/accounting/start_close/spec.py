from events.accounting import CloseRequested
from functions.accounting.api import ACCOUNTANTS, StartedAnswer
from functions.accounting.rows import Account
from shared.spec import CHECK, GET, PUT, QUERY, Http, UseCase

SPEC = UseCase(
    service="accounting",
    name="start_close",
    summary="Do now what the schedule does: close the business days that are over",
    trigger=Http(
        "POST",
        "/closes",
        ACCOUNTANTS,
        StartedAnswer,
        status=202,
        takes_idempotency_key=True,
        confirmed_by=Account,
    ),
    access={
        "accounts": (CHECK, GET),
        "balances/by_closed_through": (QUERY,),
        "closes": (GET, PUT),
        "idempotency": (GET, PUT),
        "journal": (PUT,),
    },
    publishes=(CloseRequested,),
    watches=("on_task_event",),
    timeout_seconds=30,
)
