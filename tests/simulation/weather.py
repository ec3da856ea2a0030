"""The faults of a run and their probabilities, drawn per seed, so that some runs have only a few."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta

from tests.simulation.clock import SimulatedClock

SERVICES = ("auth", "tracking", "accounting", "notifications", "analytics")
AWAY = (
    *(f"service {service}" for service in SERVICES),
    *(f"database {service}" for service in SERVICES),
    "bus",
    "archive and deliveries of the bus",
    "user pool",
    "mailer",
    "schedule",
)
"""What can be down for a while."""

LONGEST_SPELL = {"schedule": timedelta(days=3), "bus": timedelta(hours=30)}
LONG_SPELL = timedelta(hours=2)


def chance(highest: float) -> float:
    """A probability, drawn between 0 and this."""
    return field(default=0.0, metadata={"highest": highest})


@dataclass(frozen=True)
class Weather:
    """Probabilities, per effect, message or step."""

    crash: float = chance(0.04)
    committed_late: float = chance(0.01)
    frozen: float = chance(0.02)
    conflict: float = chance(0.08)
    done_unanswered: float = chance(0.05)
    not_done_unanswered: float = chance(0.05)
    read_unanswered: float = chance(0.01)
    torn_read: float = chance(0.3)
    stale_index: float = chance(0.3)
    delivered_twice: float = chance(0.4)
    delayed: float = chance(0.3)
    unreadable_event: float = chance(0.2)
    stream_lost: float = chance(0.05)
    record_missed: float = chance(0.3)
    watermark_lost: float = chance(0.1)
    bus_call_lost: float = chance(0.05)
    entry_refused: float = chance(0.15)
    kept_refused: float = chance(0.05)
    queue_call_lost: float = chance(0.05)
    mail_call_lost: float = chance(0.5)
    mail_done_unanswered: float = chance(0.3)
    pool_meddled: float = chance(0.3)
    user_pool_call_lost: float = chance(0.05)
    answer_lost: float = chance(0.1)
    clock_off: float = chance(1.0)
    late_on_the_bus: float = chance(0.2)
    late_in_the_archive: float = chance(0.5)
    late_in_a_replay: float = chance(0.2)
    fortnight: float = chance(0.2)
    spell: float = chance(0.5)
    tables_lost: float = chance(0.8)


CALM = Weather()


def drawn(randomness: random.Random) -> Weather:
    """Draw half of the faults, each with a probability up to its highest."""
    return Weather(
        **{
            each.name: randomness.uniform(0, each.metadata["highest"]) if randomness.random() < 0.5 else 0.0
            for each in fields(Weather)
        }
    )


@dataclass
class Faults:
    """Decides about faults at each effect; `note` records them. `still` has what an operator paused."""

    weather: Weather
    clock: SimulatedClock
    randomness: random.Random
    note: Callable[[str], None]
    spells: dict[str, datetime] = field(default_factory=dict)
    still: set[str] = field(default_factory=set)

    def strikes(self, name: str) -> bool:
        """Whether this fault happens now."""
        probability: float = getattr(self.weather, name)
        if not probability or self.randomness.random() >= probability:
            return False
        self.note(name)
        return True

    def up_to(self, longest: timedelta) -> timedelta:
        return longest * self.randomness.random()

    def away(self, what: str) -> bool:
        if what in self.still:
            return True
        return bool(self.spells) and self.spells.get(what, self.clock()) > self.clock()

    def begin_spell(self) -> str:
        """Take something down, for seconds or hours."""
        what = self.randomness.choice(AWAY)
        longest = LONGEST_SPELL.get(what, LONG_SPELL)
        self.spells[what] = self.clock() + longest * self.randomness.random() ** 3
        self.note(f"spell: {what}")
        return what

    def end_spells(self) -> None:
        self.spells.clear()

    def calm(self) -> None:
        """Stop all faults."""
        self.weather = CALM
        self.end_spells()
