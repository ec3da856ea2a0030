"""Charges assignments and credits completions, once per event, repeated or late as it may be."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeGuard

from events.tracking import TaskAssigned, TaskCompleted, TaskEvent
from functions.accounting.account_days import begun
from functions.accounting.ledger import (
    ASSIGNMENT_FEE,
    CHARGED_MARK,
    COMPLETION_REWARD,
    AccountingError,
    Draft,
    new_balance,
    post,
)
from functions.accounting.on_task_event.prices import (
    DRAW_ACTIONS,
    Draw,
    Task,
    draw,
    draw_alone,
    known_prices,
)
from functions.accounting.posting import MAX_TRIES, Posting, back_off, count_posted, joint_actions
from functions.accounting.rows import Balance, Price
from shared.clock import business_day, rfc3339
from shared.context import Context
from shared.guards import get_guarded
from shared.messages import Failed, Received, distinct
from shared.records import ConsumedEvent, mark_of
from shared.store import MAX_ACTIONS, Action, ConditionFailed, Insert, Store, StoreError, chunks

EVENT_ACTIONS = 5
"""Each event takes an entry, its record, its mark, and at most two sums of a day."""
MAX_EVENTS = (MAX_ACTIONS - 1) // (EVENT_ACTIONS + DRAW_ACTIONS)
"""Of one account in a transaction, even if each draws a price."""

Charge = Received[TaskAssigned | TaskCompleted]
ByAccount = Mapping[str, Sequence[Charge]]


def on_task_event(
    messages: Sequence[Received[TaskEvent]], store: Store, context: Context, zone: str
) -> Failed:
    """Post new events; a failure of one account does not affect the others."""
    unique = sorted(distinct(messages), key=lambda message: (message.occurred_at, message.event_id))
    failed = _Poster(store, context, zone, unique).post_new()
    return {
        message.message_id: failed[message.event_id] for message in messages if message.event_id in failed
    }


@dataclass
class _Poster:
    """The work on one batch, in order; `prices` and `balances` are those last read or written."""

    store: Store
    context: Context
    zone: str
    messages: Sequence[Received[TaskEvent]]
    prices: dict[str, Price] = field(default_factory=dict)
    balances: dict[str, Balance] = field(default_factory=dict)

    @cached_property
    def tasks(self) -> Mapping[str, Received[TaskEvent]]:
        """By task_id, its first event."""
        return {message.payload.task_id: message for message in reversed(self.messages)}

    def post_new(self) -> dict[str, Exception]:
        """By event_id, why an event could not be posted; raises StoreError if nothing was posted."""
        failed: dict[str, Exception] = {}
        new = self._new([message for message in self.messages if _is_charge(message)])
        for together in _together(new, self._actions_of):
            failed |= self._post_together(together)
        return {**self._draw_others(), **failed}

    def _new(self, charges: Sequence[Charge]) -> ByAccount:
        """Those that were not booked before, to balances as they are now. Raises RowsLost.

        What was booked has a mark, or its task's price names it. Balances are read before both: if another
        invocation posts one of these events later, the balance changes and the posting here is refused, even
        if the marks or the prices are lost after they were read.
        """
        self._read_balances(_by_assignee(charges))
        keys = [{"mark": _mark(message)} for message in charges]
        marked = {row.mark for row in get_guarded(self.store, ConsumedEvent, keys)}
        self.prices |= known_prices(self._unpriced(), self.store)
        named = {price.booked_event_id for price in self.prices.values()}
        return _by_assignee(
            message for message in charges if _mark(message) not in marked and message.event_id not in named
        )

    def _read_balances(self, account_ids: Collection[str]) -> None:
        """Raises RowsLost: an account whose balance was lost would start again at zero."""
        for account_id in account_ids:
            self.balances.pop(account_id, None)
        keys = [{"account_id": account_id} for account_id in account_ids]
        self.balances |= {row.account_id: row for row in get_guarded(self.store, Balance, keys)}

    def _unpriced(self) -> list[str]:
        """The tasks whose prices are not known. A price that is known never changes."""
        return [task_id for task_id in self.tasks if task_id not in self.prices]

    def _actions_of(self, message: Charge) -> int:
        """At most so many actions; any event of a task may be the one that draws its price."""
        return EVENT_ACTIONS + (0 if message.payload.task_id in self.prices else DRAW_ACTIONS)

    def _post_together(self, groups: ByAccount) -> dict[str, Exception]:
        """One transaction for all accounts, which saves writes; if it fails, one for each.

        So an account that fails, or that others write too, doesn't hold up the others for longer.
        """
        if len(groups) > 1:
            try:
                return self._write(groups)
            except (StoreError, AccountingError):
                pass
            messages = [message for group in groups.values() for message in group]
            try:
                groups = self._new(messages)
            except StoreError as error:
                return {message.event_id: error for message in messages}
        failed: dict[str, Exception] = {}
        for account_id, group in groups.items():
            try:
                self._post(account_id, group)
            except (StoreError, AccountingError) as error:
                failed.update({message.event_id: error for message in group})
        return failed

    def _post(self, account_id: str, messages: Sequence[Charge]) -> None:
        """Raises ConditionFailed if the account, or the prices, kept changing."""
        pending = messages
        for attempt in range(MAX_TRIES):
            try:
                self._write({account_id: pending})
                return
            except ConditionFailed as refusal:
                trouble = refusal
            back_off(self.store, self.context.randomness, attempt)
            if not (pending := self._new(pending).get(account_id, ())):
                return
        raise trouble

    def _write(self, groups: ByAccount) -> dict[str, Exception]:
        """Nothing failed, or it raises StoreError or AccountingError and nothing is posted."""
        messages = [message for group in groups.values() for message in group]
        draws = self._draws(messages)
        prices = self.prices | {each.price.task_id: each.price for each in draws}
        postings = [self._posting(account_id, own, prices) for account_id, own in groups.items()]
        self.store.transact(self._actions(postings, messages, draws))
        self.prices = prices
        for posting in postings:
            self.balances[posting.account_id] = posting.posted.balance
            count_posted(posting.posted.entries, self.context)
        return {}

    def _draws(self, messages: Sequence[Charge]) -> list[Draw]:
        """The prices that are missing; each names an event, unless the release before is to find its mark."""
        charged = {message.payload.task_id: message.event_id for message in reversed(messages)}
        as_released = self.context.form.as_released
        return [
            draw(self._task(task_id), None if as_released else charged[task_id])
            for task_id in self._unpriced()
            if task_id in charged
        ]

    def _draw_others(self) -> dict[str, Exception]:
        """The prices of tasks of which no event was posted; by event_id, why they could not be drawn."""
        unpriced = self._unpriced()
        try:
            self.prices |= draw_alone([self._task(task_id) for task_id in unpriced], self.store)
        except StoreError as error:
            return {each.event_id: error for each in self.messages if each.payload.task_id in unpriced}
        return {}

    def _task(self, task_id: str) -> Task:
        message = self.tasks[task_id]
        return message.payload, self._context_of(message)

    def _posting(self, account_id: str, messages: Sequence[Charge], prices: Mapping[str, Price]) -> Posting:
        drafts = [self._draft(message, prices[message.payload.task_id]) for message in messages]
        before = self.balances.get(account_id)
        balance = before or new_balance(account_id, min(draft.day for draft in drafts))
        balance = begun(balance, self.store, self.context.form)
        posted = post(balance, drafts, rfc3339(self.context.now()))
        return Posting(before, posted, [self._context_of(message) for message in messages])

    def _draft(self, message: Charge, price: Price) -> Draft:
        event = message.payload
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

    def _actions(
        self, postings: Sequence[Posting], messages: Sequence[Charge], draws: Sequence[Draw]
    ) -> list[Action]:
        """An event that a new price names has no mark: the price can be inserted only once."""
        now = rfc3339(self.context.now())
        named = {each.price.booked_event_id for each in draws}
        marked = [message for message in messages if message.event_id not in named]
        return [
            *joint_actions(postings, self.store, first_told=[each.envelope for each in draws]),
            *(Insert(ConsumedEvent(_mark(message), now)) for message in marked),
            *(action for each in draws for action in each.actions),
        ]

    def _context_of(self, message: Received[TaskEvent]) -> Context:
        return self.context.within(message.correlation_id, message.event_id)


def _is_charge(message: Received[TaskEvent]) -> TypeGuard[Charge]:
    return isinstance(message.payload, TaskAssigned | TaskCompleted)


def _mark(message: Charge) -> str:
    return mark_of(CHARGED_MARK, message.event_id)


def _by_assignee(messages: Iterable[Charge]) -> dict[str, list[Charge]]:
    groups: dict[str, list[Charge]] = {}
    for message in messages:
        groups.setdefault(message.payload.assignee_id, []).append(message)
    return groups


def _together(groups: ByAccount, actions_of: Callable[[Charge], int]) -> Iterator[ByAccount]:
    """Groups that fit into one transaction; a large group is split, and its parts are apart."""
    together: dict[str, Sequence[Charge]] = {}
    actions = 0
    for account_id, own in groups.items():
        for group in chunks(own, MAX_EVENTS):
            more = 1 + sum(map(actions_of, group))
            if together and (account_id in together or actions + more > MAX_ACTIONS):
                yield together
                together, actions = {}, 0
            together[account_id] = group
            actions += more
    if together:
        yield together
