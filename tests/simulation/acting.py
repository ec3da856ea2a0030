"""Calls to a simulated adapter outside of a run: each is a process that runs to its end."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.simulation.clock import SimulatedClock
from tests.simulation.kernel import Kernel
from tests.simulation.weather import Faults, Weather
from tests.simulation.world import START


class Stage:
    """A kernel and faults; `acting` gives an adapter that can be called like the real one."""

    def __init__(self, weather: Weather | None = None) -> None:
        self.clock = SimulatedClock(START)
        self.kernel = Kernel(self.clock)
        self.faults = Faults(weather or Weather(), self.clock, random.Random(1), lambda _what: None)

    def acting(self, adapter: Any) -> Any:
        return _Acting(self, adapter)

    def do(self, work: Callable[[], Any]) -> Any:
        """Run the work as a process; returns its result, or raises its error."""
        ends: list[Any] = []
        failures: list[Exception] = []

        def run() -> None:
            try:
                ends.append(work())
            except Exception as error:
                failures.append(error)

        process = self.kernel.begin("test", "test", run, timedelta(hours=1))
        while process in self.kernel.processes:
            self.kernel.resume(process)
        if failures:
            raise failures[0]
        return ends[0]


class _Acting:
    def __init__(self, stage: Stage, adapter: Any) -> None:
        self._stage, self._adapter = stage, adapter

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._adapter, name)
        if not callable(attribute):
            return attribute
        return lambda *given, **named: self._stage.do(lambda: attribute(*given, **named))
