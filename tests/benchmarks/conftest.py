from collections.abc import Sequence

import pytest

from benchmarks.costs import all_measured
from benchmarks.costs.case import Measured


@pytest.fixture(scope="session")
def measured() -> Sequence[Measured]:
    """Every use case's cost, measured once."""
    return all_measured()
