"""Each size's settings hold its rate: no key, no row and no quota of a setting is asked for more."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

import pytest

from benchmarks import scale
from benchmarks.lifecycles import Company
from benchmarks.scale import (
    EMPLOYEES,
    KEY_WRITES,
    LIFECYCLES,
    RATES,
    ROW_TRANSACTIONS,
    SIZES,
    SPREAD_PLACES,
    UNEVEN,
)
from functions.accounting.rows import DAY_TOTALS
from functions.tracking.rows import TASKS
from shared.tables import Shards

KEY_READS = 3_000
HOT = Decimal("0.05")
"""A key with a larger part of its table's writes than this is not one of many accounts, tasks or events."""
every_rate = pytest.mark.parametrize("rate", RATES)


@pytest.fixture(scope="module")
def company() -> Company:
    """After some lifecycles with the settings for the highest rate."""
    company = Company(EMPLOYEES, SIZES[RATES[-1]].sharding)
    company.live(LIFECYCLES)
    return company


def hot_keys(counted: Counter[tuple[str, object]]) -> Iterator[tuple[tuple[str, object], Decimal]]:
    """What is counted per lifecycle on keys of which a table has few."""
    of_place: Counter[str] = Counter()
    for (place, _), units in counted.items():
        of_place[place] += units
    for (place, key), units in counted.items():
        if units > HOT * of_place[place]:
            yield (place, key), Decimal(units) / LIFECYCLES


def is_spread(service: str, place: str) -> bool:
    return f"{service}/{place}" in SPREAD_PLACES


def is_journal(place: str) -> bool:
    """Its shards are not a setting."""
    return place.startswith("journal")


def test_no_other_partition_key_is_written_too_often_at_the_highest_rate(company: Company) -> None:
    for service, store in company.stores.items():
        for (place, key), each in hot_keys(store.written):
            if not is_spread(service, place) and not is_journal(place):
                assert each * RATES[-1] <= KEY_WRITES, (service, place, key)


def test_no_partition_key_is_read_too_often_at_the_highest_rate(company: Company) -> None:
    """A thing that every creation or every batch reads: the roster's head, guards, the current generation."""
    found = set()
    for service, store in company.stores.items():
        for (place, key), halves in hot_keys(store.read):
            found.add((service, place, key))
            assert halves / 2 * RATES[-1] <= KEY_READS, (service, place, key)
    assert {("tracking", "roster", 0), ("accounting", "inbox", "sentinel")} <= found


@every_rate
@pytest.mark.parametrize("place", sorted(SPREAD_PLACES))
def test_spread_partition_keys_stay_below_their_limit(place: str, rate: int) -> None:
    written = SIZES[rate].written(SPREAD_PLACES[place])
    each = scale.measured().written.get(place, Decimal(0)) / written
    assert each * UNEVEN * rate <= KEY_WRITES


@pytest.mark.parametrize("place", sorted(SPREAD_PLACES))
def test_rows_are_really_spread_over_as_many_keys_as_the_stage_sets(place: str, company: Company) -> None:
    service, _, own = place.partition("/")
    keys = {key for name, key in company.stores[service].written if name == own}
    written = SIZES[RATES[-1]].written(SPREAD_PLACES[place])
    wanted = min(written, LIFECYCLES // 10, EMPLOYEES // 2)
    assert len(keys) >= wanted * Decimal("0.75") or place == "accounting/balances/by_closed_through"


@every_rate
def test_rows_of_totals_are_in_few_enough_transactions(rate: int) -> None:
    settings, transactions = SIZES[rate], scale.measured().transactions
    for table, name in {"accounting/day_totals": "day_totals", "analytics/day_totals": "figures"}.items():
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
        200, 0.05
    )


def test_a_number_of_shards_moves_its_limit() -> None:
    def first(**shards: int) -> Decimal:
        settings = scale.Settings(requests_per_second=10**6, shards=shards)
        found = {limit.moved_by: limit.per_second for limit in reversed(scale.limits(settings, 10**6))}
        return found["`shards.tasks`"]

    assert first(tasks=4 * TASKS.shards) == 4 * first()


def test_the_meter_counts_as_dynamodb_does() -> None:
    """A task in a transaction: 2 units, and one for each of its four indexes; a completion moves three."""
    company = Company(10, {DAY_TOTALS.name: Shards(8, 8)})
    company.live(1)
    tracking = Counter({place: 0 for place, _ in company.stores["tracking"].written})
    for (place, _), units in company.stores["tracking"].written.items():
        tracking[place] += units
    assert tracking["tasks"] == 2 + 2
    assert tracking["tasks/by_created"] == 1 + 1
    assert tracking["tasks/by_assignment"] == 1 + 2
    assert tracking["tasks/by_jira_id"] == 1
    assert tracking["open_tasks"] == 2 + 2
    assert company.stores["tracking"].read["roster", 0] == 1
    assert company.events == {"tracking": 3, "accounting": 3}


def test_the_page_is_up_to_date() -> None:
    assert scale.main(["--check"]) == 0


def test_money_is_no_float() -> None:
    bills = [*scale.idle_bill().values(), *scale.lifecycle_bill().values(), scale.monthly_bill(100, 1)]
    assert all(isinstance(each, Decimal) for each in bills)
