"""The prices of tasks: drawn at a task's first event, read afterwards."""

from collections.abc import Sequence

from events.accounting import TaskPriced
from events.tracking import TaskEvent
from functions.accounting.ledger import PRICED_MARK, draw_price
from functions.accounting.rows import Price
from shared.clock import rfc3339
from shared.context import Context
from shared.frozen import Frozen
from shared.guards import get_guarded
from shared.journal import EventDocument, inserts
from shared.money import CURRENCY
from shared.records import ConsumedEvent, mark_of
from shared.store import Action, ConditionFailed, Insert, Store, chunks

MAX_DRAWS = 33
"""A price, its mark and its event take three of a transaction's 100 actions."""
MAX_TRIES = 4

Task = tuple[TaskEvent, Context]


class Draw(Frozen):
    """A drawn price, the actions that write it once, and its event."""

    price: Price
    actions: Sequence[Action]
    envelope: EventDocument


def prices_of(tasks: Sequence[Task], store: Store) -> dict[str, Price]:
    """The prices of these distinct tasks, by task_id; missing ones are drawn and written."""
    known = _read([event.task_id for event, _ in tasks], store)
    missing = [task for task in tasks if task[0].task_id not in known]
    for group in chunks(missing, MAX_DRAWS):
        known |= _draw_missing(group, store)
    return known


def _read(task_ids: Sequence[str], store: Store) -> dict[str, Price]:
    """Raises RowsLost: a task whose price was lost must not be priced again."""
    found = get_guarded(store, Price, [{"task_id": task_id} for task_id in task_ids])
    return {price.task_id: price for price in found}


def _draw_missing(tasks: Sequence[Task], store: Store) -> dict[str, Price]:
    """Raises StoreError. If another invocation drew a price meanwhile, that one is used."""
    prices: dict[str, Price] = {}
    pending = list(tasks)
    for _ in range(MAX_TRIES):
        drawn = {event.task_id: _draw(event, context) for event, context in pending}
        try:
            store.transact(_actions(list(drawn.values()), pending[0][1]))
            return prices | {task_id: draw.price for task_id, draw in drawn.items()}
        except ConditionFailed as refusal:
            trouble = refusal
        prices |= _read(list(drawn), store)
        pending = [task for task in pending if task[0].task_id not in prices]
        if not pending:
            return prices
    raise trouble


def _actions(draws: Sequence[Draw], context: Context) -> list[Action]:
    """The events share a record."""
    told = inserts([draw.envelope for draw in draws], None, context.form)
    return [*(action for draw in draws for action in draw.actions), *told]


def _draw(event: TaskEvent, context: Context) -> Draw:
    """The mark, in another table, refuses a second price if the first is lost after it was not found here."""
    now = context.now()
    price = draw_price(event.task_id, context.randomness, rfc3339(now))
    mark = ConsumedEvent(mark_of(PRICED_MARK, event.task_id), price.drawn_at)
    return Draw(price, (Insert(price), Insert(mark)), context.envelope(_priced(event, price), now))


def _priced(event: TaskEvent, price: Price) -> TaskPriced:
    return TaskPriced(
        task_id=event.task_id,
        title=event.title,
        jira_id=event.jira_id,
        assignment_fee=price.fee,
        completion_reward=price.reward,
        currency=CURRENCY,
    )
