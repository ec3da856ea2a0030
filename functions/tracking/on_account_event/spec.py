from events.auth import ACCOUNT_EVENTS
from shared.spec import DELETE, GET, PUT, UPDATE, Bus, UseCase

SPEC = UseCase(
    service="tracking",
    name="on_account_event",
    summary="Keep the replica of the accounts, and the roster of the eligible",
    trigger=Bus(ACCOUNT_EVENTS),
    access={"accounts": (GET, PUT, UPDATE), "roster": (DELETE, GET, PUT)},
)
