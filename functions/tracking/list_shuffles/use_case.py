"""Lists all shuffles and their progress, newest first."""

from collections.abc import Mapping

from functions.tracking.domain import Tally
from functions.tracking.rows import SHUFFLES, Shuffle, ShuffleByPress
from functions.tracking.shuffle_tallies import tallies
from functions.tracking.views import Names, names_of
from shared.frozen import Frozen
from shared.paging import examine, newest_first
from shared.store import Store


class ShufflePage(Frozen):
    """`tallies` by shuffle_id."""

    shuffles: list[Shuffle]
    tallies: Mapping[str, Tally]
    names: Names
    next_position: str | None


def list_shuffles(limit: int, after: str | None, store: Store) -> ShufflePage:
    """The index lags, so the last press may be missing for a moment."""
    presses = newest_first(store, ShuffleByPress, SHUFFLES)
    listed = examine([presses], lambda row: row.shuffle_id, after, limit=limit, descending=True)
    shuffles = store.get_many(Shuffle, [{"shuffle_id": row.shuffle_id} for row in listed.found])
    shuffles.sort(key=lambda shuffle: shuffle.shuffle_id, reverse=True)
    names = names_of([shuffle.requested_by for shuffle in shuffles], store)
    return ShufflePage(shuffles, tallies(shuffles, store), names, listed.next_position)
