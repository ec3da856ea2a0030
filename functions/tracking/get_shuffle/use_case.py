"""Shows a shuffle's progress."""

from functions.tracking.domain import ShuffleNotFound, Tally
from functions.tracking.rows import Shuffle
from functions.tracking.shuffle_tallies import tallies
from functions.tracking.views import Names, names_of
from shared.frozen import Frozen
from shared.store import Store


class ShuffleDetails(Frozen):
    shuffle: Shuffle
    tally: Tally
    names: Names


def get_shuffle(shuffle_id: str, store: Store) -> ShuffleDetails:
    """Raises ShuffleNotFound."""
    shuffle = store.get(Shuffle, shuffle_id=shuffle_id)
    if shuffle is None:
        raise ShuffleNotFound("there is no such shuffle")
    tally = tallies([shuffle], store)[shuffle_id]
    return ShuffleDetails(shuffle, tally, names_of([shuffle.requested_by], store))
