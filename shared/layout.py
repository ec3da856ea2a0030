"""How rows lie in tables, without the library that describes it: what the in-memory store needs to know."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Layout:
    """The keys of a table, or of one of its indexes, and the class of the rows read from it."""

    kind: type[Any]
    table: str
    partition_key: str
    sort_key: str | None
    index: str | None = None
    guarded: bool = False
