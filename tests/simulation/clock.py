"""The time of a run, which moves only when it is advanced."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass
class SimulatedClock:
    instant: datetime

    def __call__(self) -> datetime:
        return self.instant

    def advance(self, by: timedelta) -> None:
        """Never backwards."""
        self.instant += max(by, timedelta(0))
