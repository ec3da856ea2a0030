"""The hosts that processes run on; each host's clock is off by up to `MOST_OFF`."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.simulation.kernel import Kernel
from tests.simulation.weather import Faults

MOST_OFF = timedelta(milliseconds=250)
"""From the true time, so two clocks differ by at most twice as much."""

HOSTS = 5


@dataclass(frozen=True)
class HostClock:
    """The time on the running process's host; the true time if no process runs."""

    kernel: Kernel

    def __call__(self) -> datetime:
        process = self.kernel.current
        return self.kernel.clock() + process.clock_off if process else self.kernel.clock()


class Hosts:
    """A process runs on one of a few hosts, drawn when it begins."""

    def __init__(self, randomness: random.Random, faults: Faults) -> None:
        self._randomness, self._faults = randomness, faults
        self._clocks_off = [MOST_OFF * randomness.uniform(-1, 1) for _ in range(HOSTS)]

    def clock_off(self) -> timedelta:
        if not self._faults.strikes("clock_off"):
            return timedelta(0)
        return self._randomness.choice(self._clocks_off)
