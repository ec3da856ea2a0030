"""What grows with the company costs the same per item; what is read, the same at any size."""

import pytest

from benchmarks import bulk, reads
from benchmarks.bulk import NotVerified, PerItem, check_ledger
from benchmarks.in_memory import running
from functions.accounting.rows import Balance, Entry
from shared.store import changed

FEW, MANY = 100, 400
CHARGES = 40


def assert_flat(few: PerItem, many: PerItem) -> None:
    """Within 10 %; less is welcome, as the parts that don't grow are spread over more."""
    for name in ("calls", "reads", "writes"):
        assert getattr(many, name) * 10 <= getattr(few, name) * 11, name


def test_a_shuffle_costs_the_same_per_task() -> None:
    assert_flat(bulk.shuffled(FEW), bulk.shuffled(MANY))


def test_a_close_costs_the_same_per_account() -> None:
    assert_flat(bulk.closed(FEW), bulk.closed(MANY))


def test_many_charges_of_one_account_share_transactions() -> None:
    """A batch of ten is two transactions, one for prices and one for the account."""
    found = bulk.charged(CHARGES)
    assert found.items == CHARGES
    assert found.busiest_row == CHARGES // 10


def test_a_wrong_balance_is_found() -> None:
    with running() as product:
        store = product.stores["accounting"]
        bulk._tell(product, "accounting.on_task_event", [bulk._completed("ann")])
        check_ledger(product, entries=1)
        with pytest.raises(NotVerified, match="expected 2 entries, found 1"):
            check_ledger(product, entries=2)
        (balance,) = [row for row in store.rows_of(Balance) if row.account_id == "ann"]
        store.plant([changed(balance, balance=balance.balance + 1)])
        with pytest.raises(NotVerified, match="ann"):
            check_ledger(product, entries=1)
        assert len(store.rows_of(Entry)) == 1


def test_reads_and_draws_cost_the_same_with_few_and_many_rows() -> None:
    found = reads.measure(few=100, many=1000)
    assert len(found.figures["reads_by_rows"]) == len(reads.READS) + 1
    assert all(each["same"] for each in found.figures["reads_by_rows"].values())
