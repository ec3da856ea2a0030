from events.auth import ACCOUNT_EVENTS
from shared.spec import BATCH_GET, PUT, Bus, UseCase

SPEC = UseCase(
    service="accounting",
    name="on_account_event",
    summary="Keep the replica of accounts, and have a balance for each",
    trigger=Bus(ACCOUNT_EVENTS),
    access={"accounts": (PUT,), "balances": (BATCH_GET, PUT)},
    timeout_seconds=30,
)
