"""One scenario: what is injected, what must hold, and the counts of lost and doubled effects."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ops.stage import in_flight
from tests.system.failures import effects
from tests.system.failures.effects import journaled, mails
from tests.system.failures.installation import Installation
from tests.system.failures.load import Load

FOLDER = Path(__file__).resolve().parents[3] / "build" / "failures"


@dataclass(frozen=True)
class Figures:
    """`delivered`: source events with their entry. `mails_again`: mails repeated after a sender's crash."""

    injected: int
    delivered: int
    lost: int
    doubled: int
    mails_again: int = 0


@dataclass
class Scenario:
    """`crashed_senders`: report ids whose sender was killed between SES's acceptance and our mark."""

    name: str
    injects: str
    holds: str
    command: str
    installation: Installation
    loads: list[Load] = field(default_factory=list)
    crashed_senders: set[str] = field(default_factory=set)
    _injected: int = 0
    _begin: float = field(default_factory=time.time)
    _known: frozenset[str] = frozenset()
    _mailed: "Counter[str]" = field(default_factory=Counter)

    def inject(self, count: int = 1) -> None:
        """Count faults that the proxy doesn't count: kills, cuts, extra deliveries."""
        self._injected += count

    def load(self, tasks: int, shuffles: int = 0) -> Load:
        """Start a load now; its commands are counted at the end."""
        self.loads.append(Load(self.installation.product, tasks, shuffles).start())
        return self.loads[-1]

    def begin(self) -> None:
        self._known = frozenset(event["event_id"] for event in journaled(self.installation.product))
        self._mailed = mails(self.installation.product)

    def end(self) -> Figures:
        """Wait until nothing is in flight, verify, count, and write the figures."""
        for load in self.loads:
            load.finish()
        self.installation.settle()
        self.installation.product.ates("verify")
        figures = self._count()
        self._keep(figures)
        assert figures.injected, "nothing was injected, so nothing was tested"
        assert (figures.lost, figures.doubled) == (0, 0), figures
        assert dead_letters(self.installation) == 0, "dead letters are left"
        return figures

    def _count(self) -> Figures:
        found = effects.count(self.installation.product, self.loads, self._known)
        again, mailed_twice = self._mails()
        fired = self.installation.proxy.fired(self._begin)
        return Figures(
            injected=self._injected + len(fired),
            delivered=found.delivered,
            lost=found.lost,
            doubled=found.doubled + mailed_twice,
            mails_again=again,
        )

    def _mails(self) -> tuple[int, int]:
        """The numbers of reports mailed again: after a crash of their sender, and otherwise."""
        found = mails(self.installation.product).items()
        often = [report for report, count in found if count > max(1, self._mailed[report])]
        crashed = sum(report in self.crashed_senders for report in often)
        return crashed, len(often) - crashed

    def _keep(self, figures: Figures) -> None:
        words = {"name": self.name, "injects": self.injects, "holds": self.holds, "command": self.command}
        FOLDER.mkdir(parents=True, exist_ok=True)
        (FOLDER / f"{self.name}.json").write_text(json.dumps({**words, **asdict(figures)}, indent=2) + "\n")
        print(f"\n{self.name}: " + ", ".join(f"{what} {count}" for what, count in asdict(figures).items()))


@contextmanager
def running(scenario: Scenario) -> Iterator[Scenario]:
    """Run a scenario's block: always stop the faults, and count unless the block failed.

    A failed scenario leaves nothing that would make the next one fail.
    """
    scenario.begin()
    try:
        try:
            yield scenario
        finally:
            scenario.installation.proxy.heal()
        scenario.end()
    except BaseException:
        for load in scenario.loads:
            load.stop()
        scenario.installation.clean_up()
        raise


def dead_letters(installation: Installation) -> int:
    return sum(each.total for each in in_flight.queues(installation.aws) if each.is_dead_letter)
