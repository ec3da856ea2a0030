"""The ledger's sums of open days, without tables."""

from dataclasses import replace

import pytest

from functions.accounting.ledger import (
    Draft,
    LedgerBroken,
    close_day,
    closed,
    new_balance,
    next_close,
    open_days,
    post,
    with_open_days,
)
from functions.accounting.rows import AccountDay, Balance

NOW = "2026-11-22T12:00:00.000Z"
FIRST, SECOND, THIRD = "2026-11-22", "2026-11-23", "2026-11-24"
SECOND_DAY = AccountDay("ann", SECOND, 1, 2, 3, 4, 5, 6, 7)
FIRST_DAY = AccountDay("ann", FIRST, fees=1500, entry_count=1, last_entry_number=1)
TEXT = '{"2026-11-22":[1500,0,0,0,0,1,1],"2026-11-23":[1,2,3,4,5,6,7]}'


def new(text: str | None = "{}") -> Balance:
    return replace(new_balance("ann", FIRST), open_days=text)


def draft(number: int, kind: str, amount: int, day: str = FIRST) -> Draft:
    return Draft(f"entry-{number}", kind, amount, day, NOW)


def test_open_days_are_read_as_they_were_written() -> None:
    """The text is stored: it must never change."""
    with_days = with_open_days(new(), [SECOND_DAY, FIRST_DAY])
    assert with_days == new(TEXT)
    assert open_days(with_days) == [FIRST_DAY, SECOND_DAY]
    assert open_days(new(None)) is None


def test_days_are_read_in_order_whatever_the_order_of_the_text() -> None:
    text = '{"2026-11-23": [1,2,3,4,5,6,7], "2026-11-22": [1500,0,0,0,0,1,1]}'
    assert open_days(new(text)) == [FIRST_DAY, SECOND_DAY]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "7",
        "[]",
        '{"2026-11-22":7}',
        '{"2026-11-22":[1,0,0,0,0,1]}',
        '{"2026-11-22":[1,0,0,0,0,1,1,1]}',
        '{"2026-11-22":[1,0,0,0,0,1,1.5]}',
        '{"2026-11-22":[1,0,0,0,0,1,true]}',
        '{"2026-11-22":[1,0,0,0,0,1,"1"]}',
    ],
)
def test_sums_that_cannot_be_read_are_refused(text: str) -> None:
    with pytest.raises(LedgerBroken, match=r"^ann: the sums of its open days cannot be read$"):
        open_days(new(text))


def test_numbers_that_are_none_are_shown() -> None:
    with pytest.raises(LedgerBroken) as refused:
        open_days(new('{"2026-11-22":[1,0,0,0,0,1,"1"]}'))
    assert str(refused.value.__cause__) == "2026-11-22: [1, 0, 0, 0, 0, 1, '1']"


def test_entries_are_added_to_the_sums_of_their_days() -> None:
    drafts = [
        draft(1, "assignment_fee", 1500),
        draft(2, "completion_reward", 3000, SECOND),
        draft(3, "assignment_fee", 1100),
        draft(4, "fee_correction", 1500, SECOND),
        draft(5, "reward_correction", 3000, SECOND),
    ]
    first = post(new(), drafts[:2], NOW)
    assert open_days(first.balance) == [
        AccountDay("ann", FIRST, fees=1500, entry_count=1, last_entry_number=1),
        AccountDay("ann", SECOND, rewards=3000, entry_count=1, last_entry_number=2),
    ]
    assert open_days(post(first.balance, drafts[2:], NOW).balance) == [
        AccountDay("ann", FIRST, fees=2600, entry_count=2, last_entry_number=3),
        AccountDay("ann", SECOND, 0, 3000, 1500, 3000, 0, entry_count=3, last_entry_number=5),
    ]


def test_a_balance_whose_days_have_rows_gets_no_sums() -> None:
    posted = post(new(None), [draft(1, "completion_reward", 3000)], NOW)
    assert posted.balance.open_days is None
    assert closed(posted.balance, FIRST).open_days is None
    close = next_close(posted.balance, [AccountDay("ann", FIRST, 0, 3000, 0, 0, 0, 1, 1)], FIRST)
    assert close is not None
    paid = close_day(posted.balance, close, "payout", NOW)
    assert (paid.closed_day, paid.balance.open_days) == (None, None)


def test_a_closed_day_leaves_the_balance_with_its_payout() -> None:
    drafts = [draft(1, "completion_reward", 3000), draft(2, "assignment_fee", 1000, SECOND)]
    balance = post(new(), drafts, NOW).balance
    close = next_close(balance, open_days(balance) or [], FIRST)
    assert close is not None
    posted = close_day(balance, close, "payout", NOW)
    assert posted.closed_day == AccountDay("ann", FIRST, 0, 3000, 0, 0, 3000, 2, 3)
    assert posted.balance.closed_through == FIRST
    assert open_days(posted.balance) == [
        AccountDay("ann", SECOND, fees=1000, entry_count=1, last_entry_number=2)
    ]


def test_a_debt_without_entries_closes_a_day_without_sums() -> None:
    fee = post(new(), [draft(1, "assignment_fee", 1000)], NOW).balance
    balance = closed(fee, FIRST)
    close = next_close(balance, [], SECOND)
    assert close is not None
    posted = close_day(balance, close, "payout", NOW)
    assert (posted.closed_day, posted.entries) == (None, ())
    assert posted.balance == replace(balance, closed_through=SECOND)


def test_only_days_after_the_closed_one_stay_open() -> None:
    third = replace(SECOND_DAY, business_day=THIRD)
    balance = with_open_days(new(), [FIRST_DAY, SECOND_DAY, third])
    assert closed(balance, SECOND) == replace(with_open_days(balance, [third]), closed_through=SECOND)
