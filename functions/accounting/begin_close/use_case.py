"""Starts a close that was requested, as the schedule does."""

from collections.abc import Sequence

from events.accounting import CloseRequested
from functions.accounting.closing import start_closing
from shared.context import Context
from shared.messages import NONE_FAILED, Failed, Received, WorkQueue
from shared.store import Store


def begin_close(
    messages: Sequence[Received[CloseRequested]], store: Store, context: Context, queue: WorkQueue
) -> Failed:
    """A repeated message is harmless: a closed day is not closed again."""
    for message in messages:
        caused = context.within(message.correlation_id, message.event_id)
        start_closing(message.payload.through, store, caused, queue)
    return NONE_FAILED
