"""The ledger's decisions, without tables."""

import hashlib
import random
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest

from functions.accounting.ledger import (
    GENESIS,
    KINDS,
    Draft,
    LedgerBroken,
    NotCorrectable,
    Posted,
    check_posted,
    close_day,
    correction,
    draw_price,
    earned,
    hash_of,
    management_earnings,
    new_balance,
    next_close,
    open_day,
    post,
    verify_chain,
)
from functions.accounting.rows import AccountDay, Balance, Entry

NOW = "2026-11-22T12:00:00.000Z"
DRAWS = 22_000
CHI_SQUARE_BOUND = {10: 29.6, 20: 45.3}
"""By degrees of freedom; one fair draw in a thousand exceeds it."""


def draft(number: int, kind: str = "assignment_fee", amount: int = 1000, day: str = "2026-11-22") -> Draft:
    return Draft(f"entry-{number}", kind, amount, day, NOW, source_event_id=f"event-{number}")


def posted(*kinds: str) -> Posted:
    drafts = [draft(number, kind) for number, kind in enumerate(kinds)]
    return post(new_balance("ann", "2026-11-22"), drafts, NOW)


@pytest.mark.parametrize(("name", "low", "high"), [("fee", 10, 20), ("reward", 20, 40)])
def test_prices_are_uniform_over_whole_dollars_both_ends_included(name: str, low: int, high: int) -> None:
    randomness = random.Random(20261122)
    drawn = Counter(getattr(draw_price("task", randomness, NOW), name) for _ in range(DRAWS))
    assert set(drawn) == {dollars * 100 for dollars in range(low, high + 1)}
    expected = DRAWS / len(drawn)
    assert sum((count - expected) ** 2 / expected for count in drawn.values()) < CHI_SQUARE_BOUND[high - low]


def test_fee_and_reward_are_independent() -> None:
    randomness = random.Random(7)
    prices = [draw_price("task", randomness, NOW) for _ in range(DRAWS)]
    high_fee = [price.reward for price in prices if price.fee > 1500]
    low_fee = [price.reward for price in prices if price.fee < 1500]
    assert abs(sum(high_fee) / len(high_fee) - sum(low_fee) / len(low_fee)) < 40


def test_entries_are_numbered_added_up_and_chained() -> None:
    result = posted("assignment_fee", "completion_reward", "fee_correction", "reward_correction", "payout")
    assert [entry.entry_number for entry in result.entries] == [1, 2, 3, 4, 5]
    assert [entry.balance_after for entry in result.entries] == [-1000, 0, 1000, 0, -1000]
    assert result.entries[0].prev_hash == GENESIS
    assert all(after.prev_hash == before.hash for before, after in pairwise(result.entries))
    assert (result.balance.balance, result.balance.last_entry_number) == (-1000, 5)
    assert result.balance.last_hash == result.entries[-1].hash
    assert verify_chain("ann", result.entries) == []


@pytest.mark.parametrize(
    ("kind", "debit", "credit"),
    [
        ("assignment_fee", "account:ann", "company:fees"),
        ("completion_reward", "company:rewards", "account:ann"),
        ("payout", "account:ann", "company:payouts"),
        ("fee_correction", "company:fees", "account:ann"),
        ("reward_correction", "account:ann", "company:rewards"),
    ],
)
def test_each_kind_debits_and_credits_the_right_accounts(kind: str, debit: str, credit: str) -> None:
    (entry,) = posted(kind).entries
    assert (entry.debit_account, entry.credit_account) == (debit, credit)


def test_the_hash_covers_every_field_but_itself() -> None:
    (entry,) = posted("assignment_fee").entries
    whole = replace(
        entry, title="t", jira_id="j", task_id="i", reason="r", corrected_by="c", corrects_entry_id="e"
    )
    changes = {
        name: replace(whole, **{name: value + (1 if isinstance(value, int) else "x")})
        for name in Entry.__match_args__
        if name not in ("hash", "kind")
        for value in [getattr(whole, name)]
    }
    assert len({hash_of(changed) for changed in changes.values()} | {hash_of(whole)}) == len(changes) + 1
    assert hash_of(replace(whole, kind="payout")) != hash_of(whole)


def test_the_hash_of_an_entry_never_changes() -> None:
    """Anyone who keeps an entry must be able to recompute it: never change its format."""
    (entry,) = posted("assignment_fee").entries
    canonical = (
        '{"account_id":"ann","amount":1000,"balance_after":-1000,"business_day":"2026-11-22",'
        '"credit_account":"company:fees","currency":"USD","debit_account":"account:ann",'
        '"entry_id":"entry-0","entry_number":1,"kind":"assignment_fee",'
        '"posted_at":"2026-11-22T12:00:00.000Z","prev_hash":"' + "0" * 64 + '",'
        '"source_event_id":"event-0","source_occurred_at":"2026-11-22T12:00:00.000Z"}'
    )
    assert entry.hash == hashlib.sha256(canonical.encode()).hexdigest()


@pytest.mark.parametrize(
    ("number", "change", "said"),
    [
        (2, {"amount": 999}, "2: its balance does not follow"),
        (2, {"title": "another"}, "2: its content is not what was hashed"),
        (2, {"prev_hash": "f" * 64}, "2: it is not chained"),
        (1, {"debit_account": "company:fees"}, "1: its debit and credit accounts do not match"),
        (3, {"amount": -1000}, "3: its amount is not positive"),
    ],
)
def test_a_changed_entry_is_found_by_its_number(number: int, change: dict[str, object], said: str) -> None:
    entries = list(posted("assignment_fee", "completion_reward", "assignment_fee").entries)
    entries[number - 1] = replace(entries[number - 1], **change)  # type: ignore[arg-type]
    assert any(fault.startswith(said) for fault in verify_chain("ann", entries))


def test_an_entry_hashed_again_breaks_the_chain_after_it() -> None:
    entries = list(posted("assignment_fee", "completion_reward").entries)
    changed = replace(entries[0], title="another")
    entries[0] = replace(changed, hash=hash_of(changed))
    assert verify_chain("ann", entries) == ["2: it is not chained to the one before"]


def test_a_missing_entry_is_a_gap() -> None:
    entries = posted("assignment_fee", "completion_reward", "assignment_fee").entries
    assert "3: follows 1" in verify_chain("ann", [entries[0], entries[2]])


@pytest.mark.parametrize("amount", [0, -5])
def test_an_amount_is_positive(amount: int) -> None:
    with pytest.raises(LedgerBroken, match="not positive"):
        post(new_balance("ann", "2026-11-22"), [draft(1, amount=amount)], NOW)


def test_entries_that_do_not_fit_the_balance_are_not_posted() -> None:
    before, result = new_balance("ann", "2026-11-22"), posted("assignment_fee")
    for wrong, said in (
        (Posted(result.entries, replace(result.balance, balance=0)), "not the sum"),
        (Posted(result.entries, replace(result.balance, last_entry_number=7)), "last entry number"),
    ):
        with pytest.raises(LedgerBroken, match=said):
            check_posted(before, wrong)
    with pytest.raises(LedgerBroken, match="closed day"):
        check_posted(replace(before, closed_through="2026-11-22"), result)


def test_a_source_of_a_closed_day_counts_on_the_first_open_day() -> None:
    assert open_day("2026-11-22", "2026-11-21") == "2026-11-22"
    assert open_day("2026-11-22", "2026-11-22") == "2026-11-23"
    assert open_day("2026-11-01", "2026-11-30") == "2026-12-01"


def balance_of(cents: int, closed_through: str = "2026-11-20") -> Balance:
    return replace(new_balance("ann", "2026-11-21"), balance=cents, closed_through=closed_through)


def test_a_day_without_entries_or_debt_needs_no_close() -> None:
    assert next_close(balance_of(0), [], "2026-11-25") is None
    later = AccountDay("ann", "2026-11-26", rewards=500, entry_count=1, last_entry_number=1)
    assert next_close(balance_of(500), [later], "2026-11-25") is None


def test_the_end_balance_of_a_day_leaves_out_later_days() -> None:
    days = [
        AccountDay("ann", "2026-11-21", rewards=3000, fees=1000, entry_count=2, last_entry_number=2),
        AccountDay("ann", "2026-11-24", fees=5000, entry_count=1, last_entry_number=3),
    ]
    close = next_close(balance_of(-3000), days, "2026-11-22")
    assert close is not None
    assert (close.business_day, close.earned, close.paid_out, close.carried_over) == (
        "2026-11-21",
        2000,
        2000,
        0,
    )
    assert (close.entry_count, close.last_entry_number) == (2, 2)


def test_a_debt_is_carried_over_on_every_day() -> None:
    close = next_close(balance_of(-700), [], "2026-11-30")
    assert close is not None
    assert (close.business_day, close.earned, close.paid_out, close.carried_over) == (
        "2026-11-21",
        0,
        0,
        -700,
    )
    assert (close.entry_count, close.last_entry_number) == (0, None)


def test_a_balance_that_should_have_been_paid_out_stops_the_close() -> None:
    with pytest.raises(LedgerBroken, match="not paid out"):
        next_close(balance_of(1), [], "2026-11-25")


def test_a_day_is_not_closed_twice() -> None:
    days = [AccountDay("ann", "2026-11-21", rewards=3000, entry_count=1, last_entry_number=1)]
    close = next_close(balance_of(3000), days, "2026-11-22")
    assert close is not None
    with pytest.raises(LedgerBroken):
        close_day(balance_of(3000, closed_through="2026-11-21"), close, "payout-1", NOW)


def test_corrections_count_as_earned_and_payouts_do_not() -> None:
    day = AccountDay(
        "ann", "2026-11-21", fees=10, rewards=200, fee_corrections=3, reward_corrections=40, payouts=99
    )
    assert earned(day) == 200 - 40 - (10 - 3)
    assert management_earnings(day) == -earned(day)


def test_only_a_fee_or_a_reward_can_be_corrected() -> None:
    for kind in KINDS:
        (entry,) = posted(kind).entries
        if kind in ("assignment_fee", "completion_reward"):
            fixed = correction(entry, "new", "2026-11-22", NOW, "boss", "wrong")
            assert KINDS[fixed.kind].sign == -KINDS[kind].sign
            assert (fixed.amount, fixed.corrects_entry_id) == (entry.amount, entry.entry_id)
        else:
            with pytest.raises(NotCorrectable):
                correction(entry, "new", "2026-11-22", NOW, "boss", "wrong")
