"""The number of shards of the figures changes while ledger events are counted."""

from functions.analytics.get_summary.use_case import get_summary
from functions.analytics.list_days.use_case import list_days
from functions.analytics.on_ledger_event.use_case import on_ledger_event
from functions.analytics.rows import FIGURES, SHARDS_TOGETHER, MinusCount
from shared.days import DayRange
from tests.analytics.ledger import DAY, empty_store, entry, fold, messages
from tests.support.fakes import context
from tests.support.resharding import deployments


def test_figures_are_right_during_every_deployment() -> None:
    store = empty_store()
    facts = []
    for round_number, (writers, readers) in enumerate(deployments(FIGURES)):
        store.sharding = writers
        for number in range(8):
            account_id = f"popug-{round_number}-{number}"
            new = [entry(account_id), entry(account_id, 2, "completion_reward", 100 * (number + 1))]
            facts += new
            assert on_ledger_event(messages(*new), store, context(), "UTC") == {}
        store.sharding = readers
        wanted, found = fold(facts), get_summary(DAY, DAY, store)
        assert found.figures.management_earnings == wanted.earnings[DAY]
        assert found.figures.accounts_in_minus == wanted.in_minus_now
        assert found.as_of == wanted.as_of
        assert list_days(DayRange(DAY, DAY), DAY, store).days == [found.figures]
    assert max(row.shard for row in store.rows(MinusCount)) > SHARDS_TOGETHER
    assert len({row.generation for row in store.rows(MinusCount)}) > SHARDS_TOGETHER
