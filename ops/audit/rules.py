"""The rules between the services' data; each is a pure function that yields what breaks it."""

from collections.abc import Callable, Iterable, Iterator

from ops.audit.analytics_rules import figures, latest_entries, top_tasks
from ops.audit.disagreement import Disagreement
from ops.audit.ledger_rules import charges, closes, ledger_events, prices, reports
from ops.audit.snapshot import Snapshot
from ops.audit.task_rules import claims, replicas, roster, tasks


def disagreements(snapshot: Snapshot) -> list[Disagreement]:
    return [found for rule in RULES for found in rule(snapshot)]


def lost_rows(snapshot: Snapshot) -> Iterator[Disagreement]:
    """A service that finds a table without its sentinel stops using it until the table is restored."""
    for service, table in snapshot.lost_rows:
        what = "was lost or emptied; what depends on it waits"
        yield Disagreement("lost rows", f"{service}'s table {table}", what)


RULES: tuple[Callable[[Snapshot], Iterable[Disagreement]], ...] = (
    lost_rows,
    charges,
    prices,
    ledger_events,
    closes,
    tasks,
    claims,
    replicas,
    roster,
    reports,
    figures,
    latest_entries,
    top_tasks,
)
