"""The rules of billing, with the examples of DynamoDB's developer guide."""

import pytest

from benchmarks.units import index_item, item_bytes, pages, read, written, written_to_index
from tests.support.things import INDEX, TABLE

KB = 1024


STORED = {"thing_id": "a", "group": "g", "rank": 1, "note": "n", "unseen": "u"}


def of_size(size: int) -> dict[str, str]:
    """An item of so many bytes."""
    return {"id": "x" * (size - 2)}


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ("", 0),
        ("abc", 3),
        ("Müßig", 7),
        (True, 1),
        (0, 1),
        (7, 2),
        (27, 2),
        (-27, 3),
        (461, 3),
        (5000, 2),
        (123456, 4),
        ([], 3),
        (["ab", "c"], 3 + 1 + 2 + 1 + 1),
    ],
)
def test_the_size_of_a_value(value: object, size: int) -> None:
    assert item_bytes({"name": value}) == len("name") + size


def test_names_count_as_much_as_values() -> None:
    """The guide: "shirt-color": "R" and "shirt-size": "M" are 23 bytes."""
    assert item_bytes({"shirt-color": "R", "shirt-size": "M"}) == 23


@pytest.mark.parametrize(("size", "units"), [(512, 1), (KB, 1), (KB + 1, 2), (3 * KB, 3), (3 * KB + 512, 4)])
def test_a_write_costs_a_unit_per_started_kilobyte(size: int, units: int) -> None:
    """The guide: an item of 512 bytes takes one write unit, one of 3.5 KB takes four."""
    assert written(None, of_size(size)) == units


def test_a_write_is_billed_by_the_larger_of_before_and_after() -> None:
    assert written(of_size(2 * KB), of_size(KB)) == 2
    assert written(of_size(KB), of_size(2 * KB)) == 2
    assert written(of_size(3 * KB), None) == 3


def test_a_condition_that_fails_is_billed_by_the_item_that_is_there() -> None:
    """The guide: if there is none, one unit."""
    assert written(of_size(2 * KB), of_size(2 * KB)) == 2
    assert written(None, None) == 1


@pytest.mark.parametrize(
    ("sizes", "consistent", "units"),
    [
        ([4 * KB], True, 1),
        ([4 * KB], False, 0.5),
        ([8 * KB], True, 2),
        ([8 * KB], False, 1),
        ([3 * KB], True, 1),
        ([10 * KB], True, 3),
        ([0], True, 1),
        ([0], False, 0.5),
    ],
)
def test_a_read_costs_a_unit_per_started_four_kilobytes(
    sizes: list[int], consistent: bool, units: float
) -> None:
    """The guide: 10 KB take three units, or half of that if eventually consistent."""
    assert read(sizes, consistent=consistent) == units


def test_a_query_adds_up_before_it_rounds() -> None:
    """The guide: ten items of 64 bytes and an item of 4.5 KB are 5.1 KB: two units."""
    assert read([64] * 10 + [4608], consistent=True) == 2


def test_a_query_reads_pages_of_a_megabyte() -> None:
    assert pages([400 * KB] * 5) == [[400 * KB] * 2, [400 * KB] * 2, [400 * KB]]
    assert pages([]) == [[]]


def test_an_index_holds_its_keys_the_tables_and_the_fields_of_its_class() -> None:
    assert index_item(TABLE, INDEX, STORED) == {"thing_id": "a", "group": "g", "rank": 1, "note": "n"}


def test_an_item_without_the_indexs_keys_is_not_in_it() -> None:
    assert index_item(TABLE, INDEX, {"thing_id": "a", "group": "g"}) is None


@pytest.mark.parametrize(
    ("before", "after", "units"),
    [
        (None, STORED, 1),
        (STORED, None, 1),
        (None, {"thing_id": "a"}, 0),
        ({"thing_id": "a"}, STORED, 1),
        (STORED, {"thing_id": "a", "group": "g"}, 1),
        (STORED, {**STORED, "unseen": "other"}, 0),
        (STORED, {**STORED, "note": "other"}, 1),
        (STORED, {**STORED, "rank": 2}, 2),
        (STORED, {**STORED, "note": "n" * 2 * KB}, 3),
        (STORED, {**STORED, "rank": 2, "note": "n" * 2 * KB}, 1 + 3),
    ],
)
def test_writes_to_an_index(
    before: dict[str, object] | None, after: dict[str, object] | None, units: int
) -> None:
    """The guide: none if nothing projected changes, one write if it does, two if the key changes."""
    assert written_to_index(TABLE, INDEX, before, after) == units
