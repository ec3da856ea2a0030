"""The auditor of a run: knows the rules from the requirements, and of the use cases only their writes."""

from collections.abc import Sequence, Set
from typing import Any

from shared.bus import BusEntry
from tests.simulation.auditor.accounts import AccountRules
from tests.simulation.auditor.authority import AuthorityRules
from tests.simulation.auditor.close import CloseRules
from tests.simulation.auditor.figures import FigureRules
from tests.simulation.auditor.ledger import LedgerRules
from tests.simulation.auditor.mails import MailRules
from tests.simulation.auditor.seen import Items, Watch, commit
from tests.simulation.auditor.tasks import TaskRules
from tests.simulation.clock import SimulatedClock
from tests.simulation.kernel import Kernel


class Auditor:
    """Checks each commit, mail and answer as it happens; `findings` is empty while all rules hold."""

    def __init__(self, zone: str, clock: SimulatedClock, kernel: Kernel, items: Items, refused: str) -> None:
        self.watch = Watch(zone, clock, kernel, items)
        self.accounts = AccountRules(self.watch)
        self.authority = AuthorityRules(self.watch, self.accounts)
        self.tasks = TaskRules(self.watch, self.accounts)
        self.ledger = LedgerRules(self.watch, self.tasks.sources)
        self.close = CloseRules(self.watch, self.ledger)
        self.mails = MailRules(self.watch, self.close, refused)
        self.figures = FigureRules(self.watch, self.ledger, self.close)
        self.journaled: set[str] = set()
        self.published: set[str] = set()

    @property
    def findings(self) -> list[str]:
        return self.watch.findings

    def committed(self, service: str, actions: Sequence[Any]) -> None:
        seen = commit(service, actions)
        for event in seen.events:
            self.watch.expect(event["event_id"] not in self.journaled, f"event {event['event_id']} twice")
            self.journaled.add(event["event_id"])
        self.authority.committed(seen)
        self.accounts.committed(seen)
        self.tasks.committed(seen)
        if service == "accounting":
            self.close.committed(seen)
            self.ledger.committed(seen)
        self.mails.committed(seen)

    def taken(self, entry: BusEntry, event_id: str) -> None:
        """The bus accepted an event, for the first time or again."""
        self.watch.expect(event_id in self.journaled, f"{entry.event_name} {event_id} is in no journal")
        self.published.add(event_id)

    def lost(self, service: str) -> None:
        """Some of a service's tables are lost; their content is not checked until the restore."""
        self.watch.damaged.add(service)
        self.accounts.lost(service)

    def restored(self, service: str) -> None:
        """A service's lost tables are restored; only replicas among them may be older."""
        self.watch.damaged.discard(service)
        self.accounts.restored(service)
        if service == "accounting":
            self.ledger.restored(self.close.last_published())
        if service == "tracking":
            self.tasks.restored()
        if service == "auth":
            self.mails.addresses_restored()
        if service == "notifications":
            self.mails.restored()

    def checkpoint(self) -> None:
        """Check the tables; possible at any time of a run."""
        if "tracking" not in self.watch.damaged:
            self.tasks.checkpoint()
        if "accounting" not in self.watch.damaged:
            self.ledger.checkpoint()
            self.close.checkpoint()
        if "analytics" not in self.watch.damaged:
            self.figures.checkpoint()

    def finish(self, users: dict[str, Any], deleted: Set[str]) -> None:
        """Once faults have stopped and nothing is in flight, everything must have arrived."""
        self.checkpoint()
        unpublished = self.journaled - self.published
        self.watch.expect(not unpublished, f"{len(unpublished)} events were never published")
        self.tasks.check_at_end()
        self.accounts.check_at_end(users, deleted)
        self.ledger.check_at_end()
        self.close.check_at_end()
        self.mails.check_at_end()
        self.figures.check_at_end()
