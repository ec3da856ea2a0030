"""DynamoDB's limits, checked before a call, so that every store refuses the same calls.

Sizes are counted as in its developer guide: UTF-8 bytes of names and values, a number by its digits.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.store import MAX_ACTIONS, Action, Add, Below, Expected, Insert, Put, Refused
from shared.tables import Index, Place, Table, key_names

MAX_DIGITS = 38
MAX_MAGNITUDE = 126
MAX_ITEM_BYTES = 400 * 1024
MAX_TRANSACTION_BYTES = 4 * 1024 * 1024
MAX_PARTITION_KEY_BYTES = 2048
MAX_SORT_KEY_BYTES = 1024
LIST_BYTES = 3
SMALL = 10**18

Fields = dict[str, Any]
Key = tuple[str | int, ...]
Target = tuple[str, Key]
"""A table's name and a row's key in it."""


class Bounds:
    """The limits of a service's tables. Every method raises Refused and names what is wrong."""

    def __init__(self, places: Mapping[type[Any], Place]) -> None:
        """`places` are those of `shared.tables.places`."""
        self._places = places
        self._limits: dict[str, dict[str, int]] = {}
        for table, index in places.values():
            limits = self._limits.setdefault(table.name, {})
            for name, limit in _key_limits(index or table).items():
                limits[name] = min(limit, limits.get(name, limit))

    def check_write(self, actions: Sequence[Action]) -> list[Target]:
        """Check a transaction, but not the rows that its Adds result in: see `check_item`.

        Returns the row that each action is about.
        """
        if not 0 < len(actions) <= MAX_ACTIONS:
            raise Refused(f"a transaction has 1 to {MAX_ACTIONS} actions, not {len(actions)}")
        checked = [self._checked(action) for action in actions]
        targets = [target for target, _ in checked]
        if len(set(targets)) < len(targets):
            raise Refused("a transaction names one row twice")
        if (size := sum(size for _, size in checked)) > MAX_TRANSACTION_BYTES:
            raise Refused(f"a transaction has at most {MAX_TRANSACTION_BYTES} bytes, not {size}")
        return targets

    def check_key(self, kind: type[Any], key: Mapping[str, str | int]) -> None:
        table = self._table(kind)
        if key.keys() != set(key_names(table)):
            raise Refused(f"the key of {table.name} is not {sorted(key)}")
        self._size(table.name, key)

    def check_query(
        self,
        kind: type[Any],
        partition: str | int,
        above: str | int | None,
        below: str | int | None,
        through: str | int | None,
    ) -> None:
        """A query has at most one lower and one upper bound."""
        table, index = self._places[kind]
        place = index or table
        if below is not None and through is not None:
            raise Refused("a query is bounded by below or by through, not by both")
        self._size(table.name, {place.partition_key: partition})
        for bound in (above, below, through):
            if bound is not None and place.sort_key is not None:
                self._size(table.name, {place.sort_key: bound})

    def check_item(self, table: str, values: Fields) -> int:
        """Check a whole row; returns its size in bytes."""
        size = self._size(table, values)
        if size > MAX_ITEM_BYTES:
            raise Refused(f"a row of {table} has at most {MAX_ITEM_BYTES} bytes, not {size}")
        return size

    def _checked(self, action: Action) -> tuple[Target, int]:
        """The row that an action is about, and how many bytes it writes."""
        if isinstance(action, Insert | Put):
            kind, values = type(action.row), values_of(action.row)
            table = self._table(kind)
            if missing := [name for name in key_names(table) if name not in values]:
                raise Refused(f"a row of {table.name} has no {missing[0]}")
            key, size = values, self.check_item(table.name, values)
            expected: Expected = action.expected if isinstance(action, Put) else {}
        else:
            kind = action.kind
            self.check_key(kind, action.key)
            table, expected = self._table(kind), action.expected
            key, size = dict(action.key), self._added(table, action) if isinstance(action, Add) else 0
        for name, value in expected.items():
            _size_of(name, value.limit if isinstance(value, Below) else value)
        return (table.name, key_of(table, key)), size

    def _added(self, table: Table, action: Add) -> int:
        changed = {**action.amounts, **action.values}
        if len(changed) < len(action.amounts) + len(action.values):
            raise Refused(f"a field of {table.name} is added to and set at once")
        if of_key := sorted(changed.keys() & action.key.keys()):
            raise Refused(f"the key of {table.name} cannot be changed: {of_key[0]}")
        set_values = {name: value for name, value in changed.items() if value is not None}
        return self.check_item(table.name, {**action.key, **set_values})

    def _table(self, kind: type[Any]) -> Table:
        table, index = self._places[kind]
        if index is not None:
            raise Refused(f"{kind.__name__} is read from an index, only by query")
        return table

    def _size(self, table: str, values: Mapping[str, Any]) -> int:
        """The size of these fields in bytes, names included; key fields have their own limits."""
        limits, total = self._limits[table], 0
        for name, value in values.items():
            # Nearly every value is one of these two; a function call for each would take most of the time.
            if type(value) is str and value.isascii():
                size = len(value)
            elif type(value) is int and 0 <= value < SMALL:
                size = len(str(value)) // 2 + 2
            else:
                size = _size_of(name, value)
            if name in limits and not 0 < size <= limits[name]:
                raise Refused(f"{name} is a key of {table}: 1 to {limits[name]} bytes, not {size}")
            total += len(name) + size
        return total


def values_of(row: Any) -> Fields:
    """The fields of a row that are set; an absent one is None in the row and missing in the table."""
    return {name: value for name in row.__dataclass_fields__ if (value := getattr(row, name)) is not None}


def key_of(table: Table, values: Mapping[str, Any]) -> Key:
    if table.sort_key is None:
        return (values[table.partition_key],)
    return (values[table.partition_key], values[table.sort_key])


def _key_limits(place: Table | Index) -> dict[str, int]:
    limits = (MAX_PARTITION_KEY_BYTES, MAX_SORT_KEY_BYTES)
    return dict(zip(key_names(place), limits, strict=False))


def _size_of(name: str, value: Any) -> int:
    if isinstance(value, str):
        return len(value) if value.isascii() else _utf8_length(name, value)
    if value is None or isinstance(value, bool):
        return 1
    if isinstance(value, int):
        return _digits(name, value) // 2 + 2
    if isinstance(value, list):
        return LIST_BYTES + sum(1 + _size_of(name, each) for each in value)
    raise Refused(f"{name} is a {type(value).__name__}, which no table can store")


def _utf8_length(name: str, text: str) -> int:
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        raise Refused(f"{name} has half of a surrogate pair") from None


def _digits(name: str, number: int) -> int:
    """How many digits count: trailing zeros don't."""
    magnitude = abs(number)
    if magnitude < 10**MAX_DIGITS:
        return len(str(magnitude))
    if magnitude >= 10**MAX_MAGNITUDE or len(digits := str(magnitude).rstrip("0")) > MAX_DIGITS:
        raise Refused(f"{name} is a number of more than {MAX_DIGITS} digits")
    return len(digits)
