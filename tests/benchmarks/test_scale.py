"""Each size's settings hold its rate: no key, no row and no quota of a setting is asked for more."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

import pytest

from benchmarks import scale
from benchmarks.capacity import Lifecycles
from benchmarks.meter import Spot
from benchmarks.scale import (
    EMPLOYEES,
    FEW_ROWS,
    KEY_WRITES,
    LIFECYCLES,
    RATES,
    ROW_TRANSACTIONS,
    SIZES,
    SPREAD_PLACES,
    UNEVEN,
)
from functions.tracking.rows import TASKS

KEY_READS = 3_000
HOT = Decimal("0.05")
"""A key with a larger part of its table's writes than this is not one of many accounts, tasks or events."""
every_rate = pytest.mark.parametrize("rate", RATES)


@pytest.fixture(scope="module")
def lived() -> Lifecycles:
    """With the settings for the highest rate."""
    return scale.busy(SIZES[RATES[-1]].sharding)


def hot_keys(counted: Counter[Spot]) -> Iterator[tuple[Spot, Decimal]]:
    """What is counted per lifecycle on keys of which a table has few."""
    of_place: Counter[tuple[str, str]] = Counter()
    for (service, place, _), units in counted.items():
        of_place[service, place] += units
    for spot, units in counted.items():
        if units > HOT * of_place[spot[:2]]:
            yield spot, Decimal(units) / LIFECYCLES


def is_spread(service: str, place: str) -> bool:
    return f"{service}/{place}" in SPREAD_PLACES


def is_journal(place: str) -> bool:
    """Its shards are not a setting."""
    return place.startswith("journal")


def test_no_other_partition_key_is_written_too_often_at_the_highest_rate(lived: Lifecycles) -> None:
    for (service, place, key), each in hot_keys(lived.meter.written):
        if not is_spread(service, place) and not is_journal(place):
            assert each * RATES[-1] <= KEY_WRITES, (service, place, key)


def test_no_partition_key_is_read_too_often_at_the_highest_rate(lived: Lifecycles) -> None:
    """What every creation or every batch reads: the roster's head, guards, the current generation."""
    hot = dict(hot_keys(lived.meter.half_reads))
    for spot, halves in hot.items():
        assert halves / 2 * RATES[-1] <= KEY_READS, spot
    assert {("tracking", "roster", 0), ("accounting", "inbox", "sentinel")} <= hot.keys()


@every_rate
@pytest.mark.parametrize("place", sorted(SPREAD_PLACES))
def test_spread_partition_keys_stay_below_their_limit(place: str, rate: int) -> None:
    written = SIZES[rate].written(SPREAD_PLACES[place])
    each = scale.measured().written.get(place, Decimal(0)) / written
    assert each * UNEVEN * rate <= KEY_WRITES


@pytest.mark.parametrize("place", sorted(SPREAD_PLACES))
def test_rows_are_really_spread_over_as_many_keys_as_the_stage_sets(place: str, lived: Lifecycles) -> None:
    keys = {key for service, table, key in lived.meter.written if f"{service}/{table}" == place}
    written = SIZES[RATES[-1]].written(SPREAD_PLACES[place])
    wanted = min(written, LIFECYCLES // 10, EMPLOYEES // 2)
    assert len(keys) >= wanted * Decimal("0.75") or place == "accounting/balances/by_closed_through"


@every_rate
def test_rows_of_totals_are_in_few_enough_transactions(rate: int) -> None:
    settings, transactions = SIZES[rate], scale.measured().transactions
    for table, name in FEW_ROWS.items():
        assert transactions[table] / settings.written(name) * rate <= ROW_TRANSACTIONS


@every_rate
def test_the_settings_for_a_rate_hold_it(rate: int) -> None:
    """Beyond them are only quotas of AWS, and the journals' shards."""
    held = [limit for limit in scale.limits(SIZES[rate], 10**6) if limit.moved_by.startswith("`")]
    below = [limit for limit in held if limit.per_second < rate]
    assert len(held) > 8
    assert below == []


def test_the_defaults_are_those_of_a_stage_that_says_nothing() -> None:
    limits = {limit.what: round(limit.per_second) for limit in scale.limits(SIZES[1], 10**6)}
    assert limits["throttle of tracking's API (2 requests)"] == 50
    assert limits["rows of `accounting/day_totals`, each 50 transactions per second"] == pytest.approx(
        1330, 0.05
    )


def test_a_number_of_shards_moves_its_limit() -> None:
    def first(**shards: int) -> Decimal:
        settings = scale.Settings(requests_per_second=10**6, shards=shards)
        found = {limit.moved_by: limit.per_second for limit in reversed(scale.limits(settings, 10**6))}
        return found["`shards.tasks`"]

    assert first(tasks=4 * TASKS.shards) == 4 * first()


def test_money_is_no_float() -> None:
    bills = [*scale.idle_bill().values(), scale.monthly_bill(100, 1)]
    assert all(isinstance(each, Decimal) for each in bills)
