"""Rows and tables as data: fields, keys, indexes, streams and expiry.

Nothing here imports a DynamoDB library: the stores, the stacks and the tools read the same tables.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from types import UnionType
from typing import Any, ClassVar, Literal, NoReturn, Union, dataclass_transform, get_args, get_origin

from shared.ids import shard_of

NEW_IMAGE = "NEW_IMAGE"
"""A stream's view: the row as it was written."""


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class Row:
    """A frozen dataclass, except that its methods are inherited and not generated.

    Generating them takes six times as long, in every cold start.
    """

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __match_args__: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        dataclass(init=False, repr=False, eq=False)(cls)

    def __init__(self, *values: Any, **named: Any) -> None:
        own, known = vars(self), self.__dataclass_fields__
        own.update(zip(self.__match_args__, values, strict=False))
        own.update(named)
        if len(own) < len(values) + len(named):
            raise TypeError(f"{type(self).__name__} got a field twice, or too many values")
        if own.keys() != known.keys():
            own.update({name: self._default(name) for name in known if name not in own})
        if own.keys() != known.keys():
            raise TypeError(f"{type(self).__name__} has no field {min(own.keys() - known.keys())}")

    @classmethod
    def _default(cls, name: str) -> Any:
        absent = cls.__dataclass_fields__[name]
        if absent.default is not MISSING:
            return absent.default
        if absent.default_factory is not MISSING:
            return absent.default_factory()
        raise TypeError(f"{cls.__name__} needs the field {name}")

    def __eq__(self, other: object) -> bool:
        return vars(self) == vars(other) if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(map(vars(self).__getitem__, self.__match_args__)))

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__match_args__)
        return f"{type(self).__name__}({fields})"

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        raise FrozenInstanceError(f"cannot delete field {name!r}")


@dataclass(frozen=True, slots=True)
class Shards:
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


@dataclass(frozen=True, slots=True)
class Spread:
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


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """`row` is the class of what is read from it; its fields are what the index contains."""

    name: str
    row: type[Row]
    partition_key: str
    sort_key: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """`name` is the logical one ("tasks"); the physical one begins with stage and service.

    `others` are the classes of its other rows. `expires` names the field with the Unix second after which a
    row is deleted. A guarded table has a sentinel: `shared.guards` says why. `spread` says over how many
    partition keys its rows, or those of its indexes, are spread.
    """

    name: str
    row: type[Row]
    partition_key: str
    sort_key: str | None = None
    others: tuple[type[Row], ...] = ()
    indexes: tuple[Index, ...] = ()
    stream: str | None = None
    expires: str | None = None
    guarded: bool = False
    spread: Spread | None = None

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
