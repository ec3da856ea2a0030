"""The prices of tasks: drawn once, in the transaction that books an event of the task, or by themselves."""

from collections.abc import Iterable, Sequence

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
from shared.store import MAX_ACTIONS, Action, ConditionFailed, Insert, Store, changed, chunks

DRAW_ACTIONS = 3
"""A price, its mark and its event."""
MAX_DRAWS = MAX_ACTIONS // DRAW_ACTIONS
MAX_TRIES = 4

Task = tuple[TaskEvent, Context]


class Draw(Frozen):
    """A drawn price, the actions that write it once, and its event."""

    price: Price
    actions: Sequence[Action]
    envelope: EventDocument


def known_prices(task_ids: Iterable[str], store: Store) -> dict[str, Price]:
    """By task_id. Raises RowsLost: a task whose price was lost must not be priced again."""
    found = get_guarded(store, Price, [{"task_id": task_id} for task_id in task_ids])
    return {price.task_id: price for price in found}


def draw(task: Task, booked_event_id: str | None = None) -> Draw:
    """`booked_event_id` is the event that is booked in the same transaction, and has no mark.

    The price's own mark, in another table, refuses a second price if the first is lost after none was found.
    """
    event, context = task
    now = context.now()
    drawn = draw_price(event.task_id, context.randomness, rfc3339(now))
    price = changed(drawn, booked_event_id=booked_event_id)
    mark = ConsumedEvent(mark_of(PRICED_MARK, event.task_id), price.drawn_at)
    return Draw(price, (Insert(price), Insert(mark)), context.envelope(_priced(event, price), now))


def draw_alone(tasks: Sequence[Task], store: Store) -> dict[str, Price]:
    """Draw and write the prices of distinct tasks, which were not found; by task_id. Raises StoreError."""
    prices: dict[str, Price] = {}
    for group in chunks(tasks, MAX_DRAWS):
        prices |= _draw_group(group, store)
    return prices


def _draw_group(tasks: Sequence[Task], store: Store) -> dict[str, Price]:
    """If another invocation drew a price meanwhile, that one is used."""
    prices: dict[str, Price] = {}
    pending = tasks
    for _ in range(MAX_TRIES):
        draws = [draw(task) for task in pending]
        try:
            store.transact(_actions(draws, pending[0][1]))
            return prices | {each.price.task_id: each.price for each in draws}
        except ConditionFailed as refusal:
            trouble = refusal
        prices |= known_prices([event.task_id for event, _ in pending], store)
        pending = [task for task in pending if task[0].task_id not in prices]
        if not pending:
            return prices
    raise trouble


def _actions(draws: Sequence[Draw], context: Context) -> list[Action]:
    """The events share a record."""
    told = inserts([each.envelope for each in draws], None, context.form)
    return [*(action for each in draws for action in each.actions), *told]


def _priced(event: TaskEvent, price: Price) -> TaskPriced:
    return TaskPriced(
        task_id=event.task_id,
        title=event.title,
        jira_id=event.jira_id,
        assignment_fee=price.fee,
        completion_reward=price.reward,
        currency=CURRENCY,
    )
