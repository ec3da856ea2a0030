"""Lists all accounts that are or have been eligible, by name."""

from functions.tracking.domain import LISTING_SHARDS
from functions.tracking.rows import AccountByName
from shared.paging import Examined, examine, oldest_first
from shared.store import Store
from shared.text import folded


def list_assignees(q: str | None, limit: int, after: str | None, store: Store) -> Examined[AccountByName]:
    """Only those with `q` in their name, ignoring case and normal form."""
    part = folded(q) if q else None
    return examine(
        [oldest_first(store, AccountByName, shard) for shard in range(LISTING_SHARDS)],
        lambda row: row.name_key,
        after,
        limit=limit,
        fits=None if part is None else lambda row: part in folded(row.name),
    )
