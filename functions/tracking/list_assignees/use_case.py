"""Whoever may be the assignee of a task: all who are or have been eligible, by name."""

from collections.abc import Sequence

from functions.tracking.domain import LISTING_SHARDS
from functions.tracking.rows import AccountByName
from shared.paging import Examined, Read, examine
from shared.store import Store
from shared.text import folded


def list_assignees(q: str | None, limit: int, after: str | None, store: Store) -> Examined[AccountByName]:
    """Those with `q` in their name, whatever the case and the normal form."""
    part = folded(q) if q else None
    return examine(
        [_by_name(store, shard) for shard in range(LISTING_SHARDS)],
        lambda row: row.name_key,
        after,
        limit=limit,
        fits=None if part is None else lambda row: part in folded(row.name),
    )


def _by_name(store: Store, shard: int) -> Read[AccountByName]:
    def read(above: str | None, limit: int) -> Sequence[AccountByName]:
        return store.query(AccountByName, shard, above=above, limit=limit)

    return read
