from events.accounting import CloseRequested
from shared.spec import BATCH_GET, PUT, QUERY, UPDATE, Bus, UseCase

SPEC = UseCase(
    service="accounting",
    name="begin_close",
    summary="Have every account closed through the day that somebody asked for",
    trigger=Bus((CloseRequested,)),
    access={"balances/by_closed_through": (QUERY,), "closes": (BATCH_GET, PUT, UPDATE)},
    sends_to=("close_accounts",),
    timeout_seconds=60,
)
