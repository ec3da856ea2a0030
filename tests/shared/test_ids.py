"""UUIDv7 by RFC 9562, and shards."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.ids import derived_id, last_id_of, new_id, shard_of, unix_milliseconds
from tests.support.fakes import NOON

INSTANTS = st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1), timezones=st.just(UTC))
MILLISECOND = timedelta(milliseconds=1)


class Drawn(random.Random):
    """Always draws the same bits."""

    def __init__(self, bit: int) -> None:
        super().__init__()
        self._bit = bit

    def getrandbits(self, count: int, /) -> int:
        return (1 << count) - 1 if self._bit else 0


@given(INSTANTS, st.integers())
def test_an_id_has_the_layout_of_the_rfc(instant: datetime, seed: int) -> None:
    drawn = UUID(new_id(instant, random.Random(seed)))
    assert drawn.int >> 80 == unix_milliseconds(instant)
    assert drawn.int >> 76 & 0xF == 7
    assert drawn.int >> 62 & 0b11 == 0b10
    assert str(drawn) == new_id(instant, random.Random(seed))


def test_the_example_of_the_rfc() -> None:
    """Appendix A.6: 2022-02-22 14:22:22 in GMT-05:00."""
    assert new_id(datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC), Drawn(0)).startswith(
        "017f22e2-79b0-7000-8000-"
    )


def test_all_74_random_bits_are_used() -> None:
    lowest, highest = UUID(new_id(NOON, Drawn(0))), UUID(new_id(NOON, Drawn(1)))
    assert (lowest.int ^ highest.int).bit_count() == 74


@given(INSTANTS, st.integers(1, 10**9), st.integers(), st.integers())
def test_a_later_millisecond_has_a_greater_id(instant: datetime, later: int, one: int, other: int) -> None:
    after = instant + later * MILLISECOND
    assert new_id(instant, random.Random(one)) < new_id(after, random.Random(other))


def test_ids_of_one_millisecond_differ() -> None:
    randomness = random.Random(1)
    assert len({new_id(NOON, randomness) for _ in range(10_000)}) == 10_000


@pytest.mark.parametrize("bit", [0, 1])
def test_the_last_id_of_an_instant_bounds_every_id_of_its_millisecond(bit: int) -> None:
    bound = last_id_of(NOON)
    assert new_id(NOON, Drawn(bit)) <= bound
    assert new_id(NOON + timedelta(microseconds=999), Drawn(bit)) <= bound
    assert new_id(NOON + MILLISECOND, Drawn(bit)) > bound
    assert new_id(NOON, Drawn(1)) == bound


@pytest.mark.parametrize(
    ("instant", "milliseconds"),
    [
        (datetime(2026, 11, 22, 12, 0, 0, 1_999, tzinfo=UTC), 1_795_348_800_001),
        (datetime(2026, 11, 22, 12, 0, 0, 999_999, tzinfo=UTC), 1_795_348_800_999),
        (datetime(1970, 1, 1, tzinfo=UTC), 0),
    ],
)
def test_milliseconds_are_never_rounded_up(instant: datetime, milliseconds: int) -> None:
    assert unix_milliseconds(instant) == milliseconds


def test_a_key_has_the_same_shard_in_every_process() -> None:
    """Fixed, as stored rows depend on it."""
    assert [shard_of(key, 8) for key in ("", "a", "8f2c1d7e-3b44-4a6e-9d55-0c7be1a4f201", "ключ")] == SHARDS


SHARDS = [5, 5, 0, 1]


def test_keys_are_spread_evenly() -> None:
    randomness = random.Random(1)
    keys = [new_id(NOON + n * MILLISECOND, randomness) for n in range(8_000)]
    counts = Counter(shard_of(key, 8) for key in keys)
    assert set(counts) == set(range(8))
    assert 850 < min(counts.values()) <= max(counts.values()) < 1150


@given(INSTANTS, st.text(), st.text())
def test_a_derived_id_depends_on_its_name_and_instant(instant: datetime, one: str, other: str) -> None:
    derived = UUID(derived_id(instant, one))
    assert (derived.int >> 80, derived.version) == (unix_milliseconds(instant), 7)
    assert derived.int >> 62 & 0b11 == 0b10
    assert (derived_id(instant, other) == str(derived)) == (one == other)
