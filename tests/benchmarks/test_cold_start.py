"""What a function's process executes until its first answer, counted: minutes, and only where valgrind is."""

import shutil
from typing import Any

import pytest

from benchmarks import cold_start, result
from benchmarks.costs import UNMEASURED
from infra.discovery import discover

FIGURES = result.load()["cold_start"]
ABOVE = ["auth.bootstrap_account", "notifications.send_report"]
"""The first validates its payload and makes an event, with pydantic; the tutorial's job has no such payload.
The second compiles the two templates of a mail."""


def test_every_function_was_measured_and_keeps_to_the_aim() -> None:
    """Not the figures, only what was measured last: `python -m benchmarks cold-start` measures again."""
    specs = {spec.consumer for service in discover() for spec in service.use_cases}
    assert FIGURES.keys() == specs - UNMEASURED.keys()
    assert cold_start.above(FIGURES) == ABOVE


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_each_function_that_can_be_measured_is(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def none(*given: Any) -> list[Any]:
        asked.extend(given[-1])
        return []

    monkeypatch.setattr(cold_start, "counter", lambda: cold_start.instructions)
    monkeypatch.setattr(cold_start, "_references", lambda *_: ())
    monkeypatch.setattr(cold_start, "_functions", none)
    monkeypatch.setattr(cold_start, "_result", lambda *_: None)
    cold_start.measure()
    assert set(asked) == FIGURES.keys()


@pytest.mark.night
@pytest.mark.timeout(1800)
@pytest.mark.allow_hosts(["127.0.0.1"])
@pytest.mark.skipif(shutil.which("valgrind") is None, reason="there is no valgrind to count instructions")
def test_the_worst_of_each_kind_start_for_two_thirds_of_a_tutorials_instructions() -> None:
    """And an example of each; the others were below when they were measured last."""
    examples = ("accounting.close_days", "accounting.on_task_event", "tracking.create_task")
    known = {name: each for name, each in FIGURES.items() if name not in ABOVE}
    names = {*cold_start.worst(known).values(), *examples}
    found = cold_start.measure(sorted(names)).figures["cold_start"]
    assert found.keys() == names
    assert cold_start.above(found) == []
