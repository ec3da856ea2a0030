"""Who watches a run. Knows the rules, from the requirements; of the use cases nothing but what they write."""

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
    """Sees each commit, each mail and each answer as it happens; `findings` is empty while all is right."""

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
        """The bus took an event, for the first time or again."""
        self.watch.expect(event_id in self.journaled, f"{entry.event_name} {event_id} is in no journal")
        self.published.add(event_id)

    def lost(self, service: str) -> None:
        """Some of a service's tables are lost: until they are back nobody judges what is in them."""
        self.watch.damaged.add(service)
        self.accounts.lost(service)

    def restored(self, service: str) -> None:
        """A service's lost tables are back: replicas among them may be behind, nothing else."""
        self.watch.damaged.discard(service)
        self.accounts.restored(service)
        if service == "accounting":
            self.ledger.restored(self.close.last_told())
        if service == "tracking":
            self.tasks.restored()
        if service == "auth":
            self.mails.addresses_restored()
        if service == "notifications":
            self.mails.restored()

    def checkpoint(self) -> None:
        """Within a run, at any time."""
        if "tracking" not in self.watch.damaged:
            self.tasks.checkpoint()
        if "accounting" not in self.watch.damaged:
            self.ledger.checkpoint()
            self.close.checkpoint()
        if "analytics" not in self.watch.damaged:
            self.figures.checkpoint()

    def finish(self, users: dict[str, Any], deleted: Set[str]) -> None:
        """When nothing goes wrong any more and nothing is on its way: all must have arrived."""
        self.checkpoint()
        unpublished = self.journaled - self.published
        self.watch.expect(not unpublished, f"{len(unpublished)} events were never published")
        self.tasks.unfinished()
        self.accounts.unfinished(users, deleted)
        self.ledger.unfinished()
        self.close.unfinished()
        self.mails.unfinished()
        self.figures.unfinished()
