"""Update the company's figures from accounting's entries and closes."""

from functions.analytics.figures import current_generation
from functions.analytics.projection import Messages, project
from shared.context import Context
from shared.guards import check_rows
from shared.messages import NONE_FAILED, Failed
from shared.records import ConsumedEvent
from shared.store import Store


def on_ledger_event(messages: Messages, store: Store, context: Context, zone: str) -> Failed:
    """Raises if any message fails; the caller then passes the messages one by one.

    Raises RowsLost: without marks, a repeated event would count twice.
    """
    check_rows(store, ConsumedEvent, "mark")
    project(messages, current_generation(store), store, context, zone)
    return NONE_FAILED
