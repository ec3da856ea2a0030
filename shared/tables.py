"""Rows and tables as data: fields, keys, indexes, streams and expiry.

Nothing here imports a DynamoDB library: the stores, the stacks and the tools read the same tables.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from shared.frozen import Frozen
from shared.ids import shard_of

NEW_IMAGE = "NEW_IMAGE"
"""A stream's view: the row as it was written."""


class Row(Frozen):
    """A row of a table, or of an index."""


class Shards(Frozen):
    """Over how many partitions rows are spread: those written from now on, and all that were ever written.

    Readers read `read` partitions. So a stage raises `read` before `written`, and never lowers `read`.
    """

    written: int
    read: int

    def of(self, key: str) -> int:
        """The partition of a new row."""
        return shard_of(key, self.written)

    @property
    def all(self) -> range:
        """The partitions that may hold rows."""
        return range(self.read)


class Spread(Frozen):
    """Rows that would make one partition key hot are spread over `shards` of them, unless the stage says
    otherwise under this name; `most` are as many as the code can handle.

    Tools write with the default number, so no stage may read fewer.
    """

    name: str
    shards: int
    most: int = 512

    @property
    def default(self) -> Shards:
        return Shards(self.shards, self.shards)


class Index(Frozen):
    """`row` is the class of what is read from it; its fields are what the index contains."""

    name: str
    row: type[Row]
    partition_key: str
    sort_key: str | None = None

    __eq__ = object.__eq__
    __hash__ = object.__hash__


class Table(Frozen):
    """`name` is the logical one ("tasks"); the physical one begins with stage and service.

    `others` are the classes of its other rows. `expires` names the field with the Unix second after which a
    row is deleted. A guarded table has a sentinel: `shared.guards` says why. `spread` says over how many
    partition keys its rows, or those of its indexes, are spread. `retired` are indexes that only the release
    before reads: a stage has them until it writes rows of the newest form.
    """

    name: str
    row: type[Row]
    partition_key: str
    sort_key: str | None = None
    others: tuple[type[Row], ...] = ()
    indexes: tuple[Index, ...] = ()
    retired: tuple[Index, ...] = ()
    stream: str | None = None
    expires: str | None = None
    guarded: bool = False
    spread: Spread | None = None

    __eq__ = object.__eq__
    __hash__ = object.__hash__

    @property
    def rows(self) -> tuple[type[Row], ...]:
        """The classes of its rows."""
        return (self.row, *self.others)


Place = tuple[Table, Index | None]
"""Where the rows of a class are: in a table, or in an index of it."""


def places(tables: Iterable[Table]) -> Mapping[type[Any], Place]:
    """By row class."""
    return dict(_places(tables))


def _places(tables: Iterable[Table]) -> Iterator[tuple[type[Any], Place]]:
    for table in tables:
        yield from ((row, (table, None)) for row in table.rows)
        yield from ((index.row, (table, index)) for index in table.indexes)


def key_names(place: Table | Index) -> tuple[str, ...]:
    """The partition key, and the sort key if there is one."""
    return (place.partition_key,) if place.sort_key is None else (place.partition_key, place.sort_key)


def columns(table: Table) -> dict[str, tuple[type[Any], bool]]:
    """The type of each field (str, int, bool or list), and whether a row may lack it."""
    found: dict[str, tuple[type[Any], bool]] = {}
    for row in table.rows:
        for each in fields(row):
            kind, may_be_absent = _type_of(each.type)
            shared = all(each.name in other.__dataclass_fields__ for other in table.rows)
            found[each.name] = kind, may_be_absent or not shared
    return found


def _type_of(annotation: Any) -> tuple[type[Any], bool]:
    """An annotation's plain type, and whether it allows None."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return type(arguments[0]), False
    if origin in (Union, UnionType):
        (one,) = (each for each in arguments if each is not type(None))
        return _type_of(one)[0], True
    return origin or annotation, False
