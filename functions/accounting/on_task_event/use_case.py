"""Charges assignments and credits completions, once per event, repeated or late as it may be."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeGuard, TypeVar

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
from functions.accounting.on_task_event.prices import prices_of
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
MAX_EVENTS = (MAX_ACTIONS - 1) // EVENT_ACTIONS
"""Of one account in a transaction."""

Charge = Received[TaskAssigned | TaskCompleted]
ByAccount = Mapping[str, Sequence[Charge]]
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
        for together in _together(groups):
            failed |= self._post_together(together)
        return failed

    def _post_together(self, groups: ByAccount) -> dict[str, Exception]:
        """One transaction for all accounts, which saves writes; if it fails, one for each.

        So an account that fails, or that others write too, doesn't hold up the others for longer.
        """
        if len(groups) > 1:
            try:
                return self._write(groups)
            except (StoreError, AccountingError):
                pass
            try:
                groups = self._read_again(groups)
            except StoreError as error:
                return {message.event_id: error for group in groups.values() for message in group}
        failed: dict[str, Exception] = {}
        for account_id, group in groups.items():
            try:
                self._post(account_id, group)
            except (StoreError, AccountingError) as error:
                failed.update({message.event_id: error for message in group})
        return failed

    def _read_again(self, groups: ByAccount) -> ByAccount:
        """What is still to be posted, to balances as they are now. Raises RowsLost."""
        for account_id in groups:
            self.balances.pop(account_id, None)
        self._read_balances(groups)
        return _by_assignee(self.new([message for group in groups.values() for message in group]))

    def _read_balances(self, account_ids: Iterable[str]) -> None:
        """Raises RowsLost: an account whose balance was lost would start again at zero."""
        keys = [{"account_id": account_id} for account_id in account_ids]
        self.balances |= {row.account_id: row for row in get_guarded(self.store, Balance, keys)}

    def _post(self, account_id: str, messages: Sequence[Charge]) -> None:
        """Raises ConditionFailed if the account kept changing."""
        pending = messages
        for attempt in range(MAX_TRIES):
            try:
                self._write({account_id: pending})
                return
            except ConditionFailed as refusal:
                trouble = refusal
            back_off(self.store, self.context.randomness, attempt)
            if not (pending := self._read_again({account_id: pending}).get(account_id, ())):
                return
        raise trouble

    def _write(self, groups: ByAccount) -> dict[str, Exception]:
        """Nothing failed, or it raises StoreError or AccountingError and nothing is posted."""
        postings = [self._posting(account_id, messages) for account_id, messages in groups.items()]
        self.store.transact(self._actions(postings, groups))
        for posting in postings:
            self.balances[posting.account_id] = posting.posted.balance
            count_posted(posting.posted.entries, self.context)
        return {}

    def _posting(self, account_id: str, messages: Sequence[Charge]) -> Posting:
        drafts = [self._draft(message) for message in messages]
        before = self.balances.get(account_id)
        balance = before or new_balance(account_id, min(draft.day for draft in drafts))
        balance = begun(balance, self.store, self.context.form)
        posted = post(balance, drafts, rfc3339(self.context.now()))
        return Posting(before, posted, [self._context_of(message) for message in messages])

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

    def _actions(self, postings: Sequence[Posting], groups: ByAccount) -> list[Action]:
        now = rfc3339(self.context.now())
        messages = [message for group in groups.values() for message in group]
        marks = [Insert(ConsumedEvent(_mark(message), now)) for message in messages]
        return [*joint_actions(postings, self.store), *marks]

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


def _together(groups: ByAccount) -> Iterator[ByAccount]:
    """Groups that fit into one transaction; a large group is split, and its parts are apart."""
    together: dict[str, Sequence[Charge]] = {}
    actions = 0
    for account_id, own in groups.items():
        for group in chunks(own, MAX_EVENTS):
            more = 1 + EVENT_ACTIONS * len(group)
            if together and (account_id in together or actions + more > MAX_ACTIONS):
                yield together
                together, actions = {}, 0
            together[account_id] = group
            actions += more
    if together:
        yield together
