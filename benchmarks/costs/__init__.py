"""What each use case costs: its calls to DynamoDB, and the units that AWS bills for them."""

from collections.abc import Sequence

from benchmarks.costs import accounting, analytics, auth, notifications, tracking
from benchmarks.costs.case import Case, Measured, measure, measure_reads, reads_of
from benchmarks.costs.world import built

CASES: tuple[Case, ...] = (
    *accounting.CASES,
    *notifications.CASES,
    *analytics.CASES,
    *auth.CASES,
    *tracking.CASES,
)
"""Tracking's are last: their shuffles leave everybody in debt."""

UNMEASURED = {**accounting.UNMEASURED, **analytics.UNMEASURED}


def all_measured() -> Sequence[Measured]:
    """Every case, and every GET, in the order of the use cases."""
    with built() as world:
        reads = list(measure_reads(reads_of(world.product, CASES), world))
        found = [*reads, *measure(CASES, world)]
    return sorted(found, key=lambda each: each.case.use_case)
