"""What a function's process executes until its first answer, counted: minutes, and only where valgrind is."""

import shutil
from decimal import Decimal

import pytest

from benchmarks import cold_start

LARGEST_RATIO = Decimal("0.68")
"""Of what the tutorial's handler takes."""


@pytest.mark.night
@pytest.mark.timeout(3600)
@pytest.mark.allow_hosts(["127.0.0.1"])
@pytest.mark.skipif(shutil.which("valgrind") is None, reason="there is no valgrind to count instructions")
def test_a_task_is_created_for_two_thirds_of_a_tutorials_instructions() -> None:
    found = cold_start.measure(("tracking.create_task",)).figures
    assert found["cold_start"]["tracking.create_task"]["ratio"] <= LARGEST_RATIO
