"""What a function's process executes until its first answer, counted: minutes, and only where valgrind is."""

import shutil
from decimal import Decimal

import pytest

from benchmarks import cold_start

LARGEST_RATIO = Decimal("0.65")
"""Of what the tutorial's handler of the same kind takes."""


@pytest.mark.night
@pytest.mark.timeout(3600)
@pytest.mark.allow_hosts(["127.0.0.1"])
@pytest.mark.skipif(shutil.which("valgrind") is None, reason="there is no valgrind to count instructions")
def test_a_function_of_each_kind_starts_for_two_thirds_of_a_tutorials_instructions() -> None:
    names = ("accounting.close_days", "accounting.on_task_event", "tracking.create_task")
    found = cold_start.measure(names).figures["cold_start"]
    assert {name for name in names if found[name]["ratio"] > LARGEST_RATIO} == set()
