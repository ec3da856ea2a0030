"""Closes accounts' business days in order, each exactly once, however often a message is repeated."""

from collections.abc import Sequence
from dataclasses import dataclass

from events.accounting import AccountDayClosed
from functions.accounting.account_days import begun, days_after
from functions.accounting.closing import CloseJob
from functions.accounting.ledger import (
    AccountingError,
    DayClose,
    LedgerBroken,
    Posted,
    close_day,
    closed,
    next_close,
)
from functions.accounting.posting import (
    MAX_TRIES,
    DayClosed,
    actions_for,
    back_off,
    balance_action,
    count_posted,
)
from functions.accounting.rows import AccountDay, Balance
from shared.clock import rfc3339
from shared.context import Context
from shared.frozen import Frozen
from shared.messages import Failed, Received, WorkQueue
from shared.money import CURRENCY
from shared.store import ConditionFailed, Store, StoreError

MAX_STEPS = 300
"""Transactions per message; accounts that are not closed then are queued again."""


class AccountToClose(Frozen):
    """An account as read: its balance, and all of its days after `closed_through` that have entries."""

    balance: Balance
    open_days: Sequence[AccountDay]


def close_account(
    messages: Sequence[Received[CloseJob]],
    store: Store,
    context: Context,
    queue: WorkQueue,
) -> Failed:
    """Close each account through the job's day; an account that fails does not stop the others."""
    failed: dict[str, Exception] = {}
    for message in messages:
        closer = _Closer(store, context.within(message.correlation_id))
        try:
            closer.close_all(message.payload, queue)
        except (StoreError, AccountingError) as error:
            failed[message.message_id] = error
    return failed


@dataclass
class _Closer:
    """The work on one message."""

    store: Store
    context: Context
    steps_left: int = MAX_STEPS

    def close_all(self, job: CloseJob, queue: WorkQueue) -> None:
        """Raise the last error if any account failed, after the others are done."""
        failure: Exception | None = None
        unfinished: list[str] = []
        for account_id, balance in self._balances(job.account_ids).items():
            try:
                if not self.close(balance, job.through):
                    unfinished.append(account_id)
            except (StoreError, AccountingError) as error:
                failure = error
        if unfinished:
            queue.send([CloseJob(unfinished, job.through).document()], self.context.correlation_id)
        if failure is not None:
            raise failure

    def close(self, balance: Balance, through: str) -> bool:
        """Return True if the account is closed through this day, False if no steps are left."""
        account, refusals = self._account(balance), 0
        while account.balance.closed_through < through:
            if self.steps_left == 0:
                return False
            self.steps_left -= 1
            try:
                account = self._step(account, through)
                refusals = 0
            except (ConditionFailed, LedgerBroken):
                # An account that changed between the reads seems to contradict itself.
                refusals += 1
                back_off(self.store, self.context.randomness, refusals)
                found = self._balances([balance.account_id]).get(balance.account_id)
                again = self._account(found) if found else account
                if refusals == MAX_TRIES or again == account:
                    raise
                account = again
        return True

    def _balances(self, account_ids: Sequence[str]) -> dict[str, Balance]:
        """By account_id, in this order; without accounts that have none."""
        keys = [{"account_id": account_id} for account_id in account_ids]
        found = {balance.account_id: balance for balance in self.store.get_many(Balance, keys)}
        return {account_id: found[account_id] for account_id in account_ids if account_id in found}

    def _account(self, balance: Balance) -> AccountToClose:
        """Raises RowsLost, or LedgerBroken for sums that cannot be read."""
        balance = begun(balance, self.store, self.context.form)
        return AccountToClose(balance, days_after(balance, balance.closed_through, self.store))

    def _step(self, account: AccountToClose, through: str) -> AccountToClose:
        """Close the next day with entries or a debt, or else all remaining days, in one transaction."""
        before = account.balance
        close = next_close(before, account.open_days, through)
        if close is None:
            after = closed(before, through)
            self.store.transact([balance_action(before, after, self.store)])
        else:
            after = self._close_day(before, close)
        later = [day for day in account.open_days if day.business_day > after.closed_through]
        return AccountToClose(after, later)

    def _close_day(self, before: Balance, close: DayClose) -> Balance:
        now = self.context.now()
        posted = close_day(before, close, self.context.new_id(), rfc3339(now))
        contexts = [self.context for _ in posted.entries]
        told = DayClosed(day_closed(close, posted), now, self.context)
        self.store.transact(actions_for(before, posted, contexts, self.store, told))
        count_posted(posted.entries, self.context)
        return posted.balance


def day_closed(close: DayClose, posted: Posted) -> AccountDayClosed:
    """The event of a closed day; its figures include the payout."""
    payout = posted.entries[0] if posted.entries else None
    return AccountDayClosed(
        account_id=posted.balance.account_id,
        business_day=close.business_day,
        earned=close.earned,
        paid_out=close.paid_out,
        payout_entry_id=payout.entry_id if payout else None,
        carried_over=close.carried_over,
        currency=CURRENCY,
        entry_count=close.entry_count + len(posted.entries),
        last_entry_number=payout.entry_number if payout else close.last_entry_number,
    )
