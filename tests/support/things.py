"""A table with an index that holds part of its rows, for tests of what writes cost."""

from shared.tables import Index, Row, Table


class Thing(Row):
    thing_id: str
    group: str | None = None
    rank: int | None = None
    note: str | None = None
    unseen: str | None = None


class ThingOfGroup(Row):
    group: str
    rank: int
    note: str | None = None


INDEX = Index("by_group", ThingOfGroup, "group", "rank")
TABLE = Table("things", Thing, "thing_id", indexes=(INDEX,))
