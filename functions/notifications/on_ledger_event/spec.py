from events.accounting import LEDGER_EVENTS
from shared.spec import GET, PUT, Bus, UseCase

SPEC = UseCase(
    service="notifications",
    name="on_ledger_event",
    summary="Keep the lines of reports, and a report for each closed day with entries",
    trigger=Bus(LEDGER_EVENTS),
    access={"entries": (PUT,), "reports": (GET, PUT)},
)
