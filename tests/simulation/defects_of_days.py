"""More planted defects: in the sums of accounts' days, which move from a balance to rows."""

from dataclasses import replace
from typing import Any

from functions.accounting import account_days, ledger, posting, views
from functions.accounting.ledger import SUMS, open_days
from functions.accounting.rows import AccountDay, Balance
from tests.simulation.planting import defect, instead

COLUMNS = (*SUMS, "entry_count")


def added(balance: Balance | None, rows: list[AccountDay]) -> list[AccountDay]:
    """A day that is in both places counts twice."""
    found = {row.business_day: row for row in rows}
    for day in (open_days(balance) if balance else None) or ():
        row = found.get(day.business_day, AccountDay(day.account_id, day.business_day))
        both = {name: getattr(row, name) + getattr(day, name) for name in COLUMNS}
        found[day.business_day] = replace(day, **both)
    return list(found.values())


def only_the_payout(sound: Any) -> Any:
    """A close adds its payout to the row, as if the day's other entries were there."""
    return lambda posted: sound(replace(posted, closed_day=None))


DEFECTS_OF_DAYS = (
    defect(
        "a closed day stays in the balance",
        ledger,
        "closed",
        lambda sound: lambda balance, day: replace(sound(balance, day), open_days=balance.open_days),
    ),
    defect("a closed day's row has only the payout", posting, "_account_days", only_the_payout),
    defect("sums from before are not taken over", account_days, "days_after", instead(lambda *_given: [])),
    defect("a day in both places counts twice", views, "joined", instead(added)),
)
