"""The sums of an account's days: those of open days are in its balance, those of closed days are rows.

Until the first posting or close that may write them so, an account has a row for each day, as the release of
2026-11-26 writes them. Rows of days that are open then stay, unread, until their day is closed.

Every reader reads the balance first. It has all open days as of one instant, and the rows of the days that
are closed by then change no more. So no day is counted twice or missed, whatever is posted or closed
meanwhile.
"""

from collections.abc import Sequence

from functions.accounting.ledger import open_days, with_open_days
from functions.accounting.rows import AccountDay, Balance
from shared.guards import check_rows
from shared.journal import JournalForm
from shared.store import Store

PAGE = 400


def begun(balance: Balance, store: Store, form: JournalForm) -> Balance:
    """The balance with the sums of its open days, which are taken over from their rows if it lacks them.

    What is posted to it must be conditional on the balance as it was read. Raises RowsLost.
    """
    if balance.open_days is not None or form.as_released:
        return balance
    return with_open_days(balance, days_after(balance, balance.closed_through, store))


def days_after(balance: Balance, day: str, store: Store) -> list[AccountDay]:
    """The sums of all days after this one that have entries, in order.

    Raises RowsLost: the sentinel is read after the rows, because a lost row must not look like a day without
    entries.
    """
    if balance.open_days is not None and day >= balance.closed_through:
        return [each for each in joined(balance, ()) if each.business_day > day]
    rows: list[AccountDay] = []
    above = day
    while True:
        page = store.query(AccountDay, balance.account_id, above=above, limit=PAGE)
        rows += page
        if len(page) < PAGE:
            break
        above = page[-1].business_day
    check_rows(store, AccountDay, "account_id", "business_day")
    return joined(balance, rows)


def day_of(account_id: str, balance: Balance | None, day: str, store: Store) -> AccountDay | None:
    """The sums of one day, given the account's balance; None if it has no entries."""
    if balance is None or balance.open_days is None or day <= balance.closed_through:
        return store.get(AccountDay, account_id=account_id, business_day=day)
    return next((each for each in joined(balance, ()) if each.business_day == day), None)


def joined(balance: Balance | None, rows: Sequence[AccountDay]) -> list[AccountDay]:
    """Each day once: its row, or, if it was open when the balance was read, what the balance says of it."""
    days = open_days(balance) if balance else None
    if balance is None or days is None:
        return list(rows)
    return [*(row for row in rows if row.business_day <= balance.closed_through), *days]
