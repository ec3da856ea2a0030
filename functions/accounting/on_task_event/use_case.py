"""Charges assignments and credits completions, once per event, repeated or late as it may be."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeGuard, TypeVar

from events.tracking import TaskAssigned, TaskCompleted, TaskEvent
from functions.accounting.ledger import (
    ASSIGNMENT_FEE,
    CHARGED_MARK,
    COMPLETION_REWARD,
    AccountingError,
    Draft,
    Posted,
    new_balance,
    post,
)
from functions.accounting.on_task_event.prices import prices_of
from functions.accounting.posting import MAX_TRIES, actions_for, back_off, count_posted
from functions.accounting.rows import Balance, Price
from shared.clock import business_day, rfc3339
from shared.context import Context
from shared.guards import get_guarded
from shared.messages import Failed, Received, distinct
from shared.records import ConsumedEvent, mark_of
from shared.store import MAX_ACTIONS, Action, ConditionFailed, Insert, Store, StoreError, chunks

MAX_EVENTS = (MAX_ACTIONS - 1) // 5
"""Per transaction: each event takes an entry, its record, its mark, and at most two sums of a day."""

Charge = Received[TaskAssigned | TaskCompleted]
M = TypeVar("M", bound=Received[Any])


def on_task_event(
    messages: Sequence[Received[TaskEvent]], store: Store, context: Context, zone: str
) -> Failed:
    """Post new events; a failure of one account does not affect the others."""
    poster = _Poster(store, context, zone)
    unique = sorted(distinct(messages), key=lambda message: (message.occurred_at, message.event_id))
    failed = poster.post_new(unique)
    return {
        message.message_id: failed[message.event_id] for message in messages if message.event_id in failed
    }


@dataclass
class _Poster:
    """The work on one batch; `balances` are those last read or written."""

    store: Store
    context: Context
    zone: str
    prices: dict[str, Price] = field(default_factory=dict)
    balances: dict[str, Balance] = field(default_factory=dict)

    def post_new(self, messages: Sequence[Received[TaskEvent]]) -> dict[str, Exception]:
        """By event_id, why an event could not be posted; raises StoreError if nothing was posted.

        Balances are read before marks: if another invocation posts one of these events later, the balance
        changes and the posting here is refused, even if the marks are lost after they were read.
        """
        self._read_balances(_by_assignee(message for message in messages if _is_charge(message)))
        return self._post_all(self.new(messages))

    def new(self, messages: Sequence[M]) -> list[M]:
        """Those without a mark; a Task.Created has a price instead of a mark. Raises RowsLost."""
        keys = [{"mark": _mark(message)} for message in messages if _is_charge(message)]
        marked = {row.mark for row in get_guarded(self.store, ConsumedEvent, keys)}
        return [message for message in messages if _mark(message) not in marked]

    def _post_all(self, messages: Sequence[Received[TaskEvent]]) -> dict[str, Exception]:
        """Raises StoreError if prices can't be read or drawn."""
        groups = _by_assignee(message for message in messages if _is_charge(message))
        tasks = {message.payload.task_id: message for message in reversed(messages)}
        self.prices = prices_of(
            [(message.payload, self._context_of(message)) for message in tasks.values()], self.store
        )
        failed: dict[str, Exception] = {}
        for account_id, own in groups.items():
            for group in chunks(own, MAX_EVENTS):
                try:
                    self._post(account_id, group)
                except (StoreError, AccountingError) as error:
                    failed.update({message.event_id: error for message in group})
        return failed

    def _read_balances(self, account_ids: Iterable[str]) -> None:
        """Raises RowsLost: an account whose balance was lost would start again at zero."""
        keys = [{"account_id": account_id} for account_id in account_ids]
        self.balances |= {row.account_id: row for row in get_guarded(self.store, Balance, keys)}

    def _post(self, account_id: str, messages: Sequence[Charge]) -> None:
        """Raises ConditionFailed if the account kept changing."""
        pending = messages
        for attempt in range(MAX_TRIES):
            posted = self._posted(account_id, pending)
            try:
                self.store.transact(self._actions(account_id, posted, pending))
                self.balances[account_id] = posted.balance
                count_posted(posted.entries, self.context)
                return
            except ConditionFailed as refusal:
                trouble = refusal
            back_off(self.store, self.context.randomness, attempt)
            self.balances.pop(account_id, None)
            self._read_balances([account_id])
            if not (pending := self.new(pending)):
                return
        raise trouble

    def _posted(self, account_id: str, messages: Sequence[Charge]) -> Posted:
        drafts = [self._draft(message) for message in messages]
        first_day = min(draft.day for draft in drafts)
        balance = self.balances.get(account_id) or new_balance(account_id, first_day)
        return post(balance, drafts, rfc3339(self.context.now()))

    def _draft(self, message: Charge) -> Draft:
        event, price = message.payload, self.prices[message.payload.task_id]
        is_fee = isinstance(event, TaskAssigned)
        return Draft(
            entry_id=self._context_of(message).new_id(),
            kind=ASSIGNMENT_FEE if is_fee else COMPLETION_REWARD,
            amount=price.fee if is_fee else price.reward,
            day=business_day(message.occurred_at, self.zone),
            source_occurred_at=rfc3339(message.occurred_at),
            source_event_id=message.event_id,
            task_id=event.task_id,
            title=event.title,
            jira_id=event.jira_id,
        )

    def _actions(self, account_id: str, posted: Posted, messages: Sequence[Charge]) -> list[Action]:
        now = rfc3339(self.context.now())
        return [
            *actions_for(
                self.balances.get(account_id),
                posted,
                [self._context_of(message) for message in messages],
                self.store,
            ),
            *(Insert(ConsumedEvent(_mark(message), now)) for message in messages),
        ]

    def _context_of(self, message: Received[TaskEvent]) -> Context:
        return self.context.within(message.correlation_id, message.event_id)


def _is_charge(message: Received[TaskEvent]) -> TypeGuard[Charge]:
    return isinstance(message.payload, TaskAssigned | TaskCompleted)


def _mark(message: Received[TaskEvent]) -> str:
    return mark_of(CHARGED_MARK, message.event_id)


def _by_assignee(messages: Iterable[Charge]) -> dict[str, list[Charge]]:
    groups: dict[str, list[Charge]] = {}
    for message in messages:
        groups.setdefault(message.payload.assignee_id, []).append(message)
    return groups
