"""The ledger's decisions to the last field and word; they are kept in rows."""

import hashlib
import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from functions.accounting.ledger import (
    GENESIS,
    ZERO_BALANCE_KEY,
    DayClose,
    Draft,
    LedgerBroken,
    NotCorrectable,
    Posted,
    balance_key,
    chain_faults,
    check_posted,
    close_day,
    closed,
    correction,
    draw_price,
    hash_of,
    listing_shard,
    net,
    new_balance,
    next_close,
    open_day,
    post,
    signed,
    verify_chain,
)
from functions.accounting.rows import AccountDay, Balance, Entry, Price
from shared.ids import shard_of

NOON, ONE = "2026-11-22T12:00:00.000Z", "2026-11-22T13:00:00.000Z"
TODAY = "2026-11-22"
FEE = Draft(
    "entry-1", "assignment_fee", 1500, TODAY, NOON, "event-1", "task-1", "Feed the parrot", "POPUG-42"
)
REWARD = Draft("entry-2", "completion_reward", 3000, TODAY, ONE, "event-2", "task-1", "Feed the parrot")


def begun() -> Balance:
    return new_balance("ann", TODAY)


def fee_and_reward() -> Posted:
    return post(begun(), [FEE, REWARD], ONE)


def test_a_price_is_of_its_task_and_time() -> None:
    price = draw_price("task-1", random.Random(1), NOON)
    assert price == Price("task-1", price.fee, price.reward, NOON)
    assert price.fee in range(1000, 2001, 100)
    assert price.reward in range(2000, 4001, 100)


def test_the_shard_of_a_list_follows_from_the_account() -> None:
    """Rows lie in these shards: with other numbers they would not be found."""
    accounts = [f"account-{number}" for number in range(200)]
    assert [listing_shard(each) for each in accounts] == [shard_of(each, 4) for each in accounts]


def test_a_new_account_has_nothing_and_is_closed_through_the_day_before() -> None:
    assert begun() == Balance(
        account_id="ann",
        balance=0,
        last_entry_number=0,
        last_hash=GENESIS,
        closed_through="2026-11-21",
        close_shard=shard_of("ann", 4),
        balance_key=f"{10**18}#ann",
    )


def test_keys_sort_balances_from_the_deepest_debt() -> None:
    balances = [-(10**17), -1500, -1, 0, 1, 999_999]
    keys = [balance_key(cents, "ann") for cents in balances]
    assert keys == sorted(keys)
    assert balance_key(-1500, "ann") == "0999999999999998500#ann"
    assert balance_key(-1, "ann") < ZERO_BALANCE_KEY <= balance_key(0, "ann")


def test_an_entry_has_every_field_of_its_draft() -> None:
    (first, _) = fee_and_reward().entries
    assert first == Entry(
        account_id="ann",
        entry_number=1,
        entry_id="entry-1",
        kind="assignment_fee",
        debit_account="account:ann",
        credit_account="company:fees",
        amount=1500,
        currency="USD",
        balance_after=-1500,
        business_day=TODAY,
        posted_at=ONE,
        source_occurred_at=NOON,
        prev_hash=GENESIS,
        hash=first.hash,
        source_event_id="event-1",
        task_id="task-1",
        title="Feed the parrot",
        jira_id="POPUG-42",
    )


def test_an_entry_keeps_what_a_correction_says() -> None:
    fixed = Draft(
        "entry-3", "fee_correction", 1500, TODAY, NOON, None, "task-1", "t", "j", "entry-1", "boss", "wrong"
    )
    (entry,) = post(begun(), [fixed], ONE).entries
    assert (entry.corrects_entry_id, entry.corrected_by, entry.reason) == ("entry-1", "boss", "wrong")


def test_a_balance_moves_to_the_last_entry() -> None:
    posted = fee_and_reward()
    assert posted.balance == replace(
        begun(),
        balance=1500,
        last_entry_number=2,
        last_hash=posted.entries[1].hash,
        balance_key=balance_key(1500, "ann"),
    )


def test_posting_goes_on_from_the_balance() -> None:
    first = post(begun(), [FEE], ONE)
    second = post(first.balance, [REWARD], ONE)
    assert (first.entries + second.entries, second.balance) == (
        fee_and_reward().entries,
        fee_and_reward().balance,
    )


def test_letters_are_hashed_as_they_are() -> None:
    """Not as escapes, so that others can compute the hash with any JSON library."""
    entry = replace(fee_and_reward().entries[0], title="Попуг")
    canonical = (
        '{"account_id":"ann","amount":1500,"balance_after":-1500,"business_day":"2026-11-22",'
        '"credit_account":"company:fees","currency":"USD","debit_account":"account:ann",'
        '"entry_id":"entry-1","entry_number":1,"jira_id":"POPUG-42","kind":"assignment_fee",'
        '"posted_at":"2026-11-22T13:00:00.000Z","prev_hash":"' + GENESIS + '",'
        '"source_event_id":"event-1","source_occurred_at":"2026-11-22T12:00:00.000Z",'
        '"task_id":"task-1","title":"Попуг"}'
    )
    assert hash_of(entry) == hashlib.sha256(canonical.encode()).hexdigest()


def test_what_an_entry_adds_has_the_sign_of_its_kind() -> None:
    assert [signed(entry) for entry in fee_and_reward().entries] == [-1500, 3000]


def test_an_open_day_stays_whatever_days_are_open_before_it() -> None:
    assert open_day("2026-11-25", "2026-11-21") == "2026-11-25"


def test_a_cent_is_an_amount() -> None:
    assert post(begun(), [replace(FEE, amount=1)], ONE).balance.balance == -1


def broken_postings() -> Iterator[tuple[Balance, Posted, str]]:
    before, posted = begun(), fee_and_reward()
    first, second = posted.entries
    swapped = Posted((second, first), posted.balance)
    yield (
        before,
        replace(posted, balance=replace(posted.balance, balance=1)),
        "the balance is not the sum of the entries",
    )
    yield (
        before,
        replace(posted, balance=replace(posted.balance, last_entry_number=3)),
        "the last entry number does not match the entries",
    )
    yield replace(before, closed_through=TODAY), posted, "an entry falls on a closed day"
    yield before, swapped, "entry 2: follows 0"


@pytest.mark.parametrize(
    ("before", "posted", "said"), list(broken_postings()), ids=lambda each: str(each)[:30]
)
def test_a_posting_that_contradicts_itself_is_named(before: Balance, posted: Posted, said: str) -> None:
    with pytest.raises(LedgerBroken) as refusal:
        check_posted(before, posted)
    assert str(refusal.value) == f"ann: {said}"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"entry_number": 3}, "follows 1"),
        ({"amount": 0}, "its amount is not positive"),
        ({"amount": True}, "its amount is not positive"),
        ({"debit_account": "company:fees"}, "its debit and credit accounts do not match its kind"),
        ({"balance_after": 1501}, "its balance does not follow from the one before"),
        ({"prev_hash": GENESIS}, "it is not chained to the one before"),
        ({"hash": GENESIS}, "its content is not what was hashed"),
    ],
)
def test_each_fault_is_said_in_words(change: dict[str, object], said: str) -> None:
    first, second = fee_and_reward().entries
    changed = replace(second, **change)  # type: ignore[arg-type]
    assert f"{changed.entry_number}: {said}" in verify_chain("ann", [first, changed])


def test_a_chain_is_checked_from_where_it_starts() -> None:
    _, second = fee_and_reward().entries
    after_first = post(begun(), [FEE], ONE).balance
    assert list(chain_faults([second], after_first)) == []
    assert len(list(chain_faults([second], begun()))) == 3


def test_a_chain_goes_on_from_each_entry_even_a_wrong_one() -> None:
    """One wrong entry is one finding, not one for all that follow."""
    first, second = fee_and_reward().entries
    wrong = replace(first, debit_account="company:fees")
    faults = verify_chain("ann", [wrong, second])
    assert len(faults) == 2
    assert all(fault.startswith("1: ") for fault in faults)


def test_no_entries_have_no_faults() -> None:
    assert verify_chain("ann", []) == []


def test_payouts_lower_what_a_day_adds() -> None:
    assert net(AccountDay("ann", TODAY, fees=10, rewards=100, payouts=30)) == 60


def balance_of(cents: int) -> Balance:
    return replace(begun(), balance=cents)


def test_a_payout_that_was_left_out_is_named() -> None:
    with pytest.raises(LedgerBroken) as refusal:
        next_close(balance_of(7), [], TODAY)
    assert str(refusal.value) == "ann: 7 were not paid out by 2026-11-21"


def test_the_first_open_day_is_closed_even_if_it_is_the_last_due() -> None:
    days = [
        AccountDay("ann", TODAY, fees=500, entry_count=1, last_entry_number=1),
        AccountDay("ann", "2026-11-23", fees=100, entry_count=1, last_entry_number=2),
    ]
    assert next_close(balance_of(-600), days, TODAY) == DayClose(TODAY, -500, -500, 1, 1)
    assert next_close(balance_of(-600), days, "2026-11-21") is None


def test_a_debt_makes_a_day_without_entries_one_to_close() -> None:
    days = [AccountDay("ann", "2026-11-24", rewards=300, entry_count=1, last_entry_number=2)]
    assert next_close(balance_of(-400), days, "2026-11-30") == DayClose(TODAY, 0, -700, 0, None)


def test_a_debt_and_a_days_entries_are_added() -> None:
    days = [AccountDay("ann", TODAY, rewards=300, entry_count=1, last_entry_number=4)]
    close = next_close(balance_of(-400), days, "2026-11-30")
    assert close == DayClose(TODAY, 300, -400, 1, 4)
    assert (close.paid_out, close.carried_over) == (0, -400)


def earned_day() -> DayClose:
    return DayClose(TODAY, 1500, 1500, 2, 2)


def test_a_close_pays_out_and_closes_the_day() -> None:
    before = fee_and_reward().balance
    posted = close_day(before, earned_day(), "payout-1", ONE)
    (payout,) = posted.entries
    assert (payout.entry_id, payout.kind, payout.amount) == ("payout-1", "payout", 1500)
    assert (payout.business_day, payout.posted_at, payout.source_occurred_at) == (TODAY, ONE, ONE)
    assert (payout.entry_number, payout.balance_after) == (3, 0)
    assert posted.balance == replace(
        before,
        balance=0,
        last_entry_number=3,
        last_hash=payout.hash,
        closed_through=TODAY,
        balance_key=balance_key(0, "ann"),
    )


def test_a_close_without_a_payout_only_closes_the_day() -> None:
    before = replace(post(begun(), [FEE], ONE).balance, balance_key=None)
    posted = close_day(before, DayClose(TODAY, -1500, -1500, 1, 1), "payout-1", ONE)
    assert posted == Posted((), replace(before, closed_through=TODAY, balance_key=balance_key(-1500, "ann")))


@pytest.mark.parametrize("day", ["2026-11-21", "2026-11-20"])
def test_a_closed_day_is_named(day: str) -> None:
    with pytest.raises(LedgerBroken) as refusal:
        closed(begun(), day)
    assert str(refusal.value) == f"ann: {day} is closed already"


def test_a_correction_reverses_the_entry_and_keeps_its_task() -> None:
    entry = fee_and_reward().entries[0]
    assert correction(entry, "entry-9", "2026-11-25", ONE, "boss", "wrong") == Draft(
        entry_id="entry-9",
        kind="fee_correction",
        amount=1500,
        day="2026-11-25",
        source_occurred_at=ONE,
        source_event_id=None,
        task_id="task-1",
        title="Feed the parrot",
        jira_id="POPUG-42",
        corrects_entry_id="entry-1",
        corrected_by="boss",
        reason="wrong",
    )


def test_what_can_not_be_corrected_is_named() -> None:
    (payout,) = close_day(fee_and_reward().balance, earned_day(), "payout-1", ONE).entries
    with pytest.raises(NotCorrectable) as refusal:
        correction(payout, "entry-9", TODAY, ONE, "boss", "wrong")
    assert str(refusal.value) == "an entry of kind payout cannot be corrected"
