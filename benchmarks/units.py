"""How DynamoDB bills items, in units on demand, after its developer guide ("Capacity", "Item sizes").

Sizes are exact but for numbers, which the guide itself gives as "approximately".
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from shared.tables import Index, Table, key_names

WRITE_BYTES = 1024
READ_BYTES = 4096
PAGE_BYTES = 1024 * 1024
TRANSACTION = 2
LIST_BYTES = 3

Item = Mapping[str, Any]


def item_bytes(item: Item) -> int:
    """Names and values in UTF-8."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: Any) -> int:
    match value:
        case None | bool():
            return 1
        case str():
            return len(value.encode())
        case int():
            return _number_bytes(value)
        case list():
            return LIST_BYTES + sum(1 + _value_bytes(each) for each in value)
    raise TypeError(f"no table stores a {type(value).__name__}")


def _number_bytes(number: int) -> int:
    """A byte for two significant digits, one more, and one for a minus sign."""
    digits = len(str(abs(number)).rstrip("0"))
    return (digits + 1) // 2 + 1 + (number < 0)


def written(*items: Item | None) -> int:
    """Write units of one write, by the larger of the item before and after; at least one."""
    return _started(max((item_bytes(item) for item in items if item is not None), default=0), WRITE_BYTES)


def writes_of_index(
    table: Table, index: Index, before: Item | None, after: Item | None
) -> Iterator[tuple[Any, int]]:
    """Write units of an index, by its partition key: none if what it holds stays, two writes if its key
    changes (removed and added)."""
    old, new = index_item(table, index, before), index_item(table, index, after)
    if old == new:
        return
    if old and new and _key(index, old) == _key(index, new):
        yield new[index.partition_key], written(old, new)
        return
    for item in filter(None, (old, new)):
        yield item[index.partition_key], written(item)


def written_to_index(table: Table, index: Index, before: Item | None, after: Item | None) -> int:
    return sum(cost for _, cost in writes_of_index(table, index, before, after))


def index_item(table: Table, index: Index, item: Item | None) -> Item | None:
    """What an index holds of an item: its own keys, the table's, and the fields of its row class."""
    if item is None or any(name not in item for name in key_names(index)):
        return None
    projected = {*key_names(table), *key_names(index), *index.row.__dataclass_fields__}
    return {name: value for name, value in item.items() if name in projected}


def read(sizes: Iterable[int], *, consistent: bool = True) -> float:
    """Read units of one GetItem, or of a page of a Query, whose sizes add up before rounding.

    What does not exist costs as much as the smallest item. Halves are exact.
    """
    units = _started(sum(sizes), READ_BYTES)
    return units if consistent else units / 2


def pages(sizes: Iterable[int]) -> list[list[int]]:
    """A Query's pages end at 1 MB; there is at least one."""
    found: list[list[int]] = [[]]
    for size in sizes:
        if found[-1] and sum(found[-1]) + size > PAGE_BYTES:
            found.append([])
        found[-1].append(size)
    return found


def _started(size: int, unit: int) -> int:
    return max(1, -(-size // unit))


def _key(index: Index, item: Item) -> tuple[Any, ...]:
    return tuple(item[name] for name in key_names(index))
