"""A close that was asked for begins, as one of the schedule does."""

import random
from collections.abc import Sequence

from events.accounting import CloseRequested
from functions.accounting.closing import start_closing
from shared.clock import Clock
from shared.context import Context
from shared.messages import NONE_FAILED, Failed, Received, WorkQueue
from shared.store import Store


def begin_close(
    messages: Sequence[Received[CloseRequested]],
    store: Store,
    queue: WorkQueue,
    clock: Clock,
    randomness: random.Random,
) -> Failed:
    """A message that comes again does no harm: a day that is closed is not closed again."""
    for message in messages:
        context = Context(clock, randomness, message.correlation_id, message.event_id)
        start_closing(message.payload.through, store, queue, context)
    return NONE_FAILED
