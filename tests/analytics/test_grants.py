"""A use case calls exactly what its spec names; the calls are recorded in botocore."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from botocore.client import BaseClient
from moto import mock_aws

from functions.analytics.fill_generation.handler import SPEC as FILL_GENERATION
from functions.analytics.fill_generation.use_case import Fill, fill_generation
from functions.analytics.get_summary.handler import SPEC as GET_SUMMARY
from functions.analytics.get_summary.use_case import get_summary
from functions.analytics.list_days.handler import SPEC as LIST_DAYS
from functions.analytics.list_days.use_case import list_days
from functions.analytics.list_top_tasks.handler import SPEC as LIST_TOP_TASKS
from functions.analytics.list_top_tasks.use_case import list_top_tasks
from functions.analytics.on_ledger_event.handler import SPEC as ON_LEDGER_EVENT
from functions.analytics.on_ledger_event.use_case import on_ledger_event
from functions.analytics.rows import TABLES
from shared.days import DayRange
from shared.journal import JournalForm
from shared.spec import CHECK, DELETE, PUT, UPDATE, UseCase
from shared.store import Store
from tests.analytics.ledger import DAY, day_closed, entry, messages
from tests.support.fakes import context, received
from tests.support.moto_store import moto_store

PREFIX = "test-"
PARTS = {"Put": PUT, "Update": UPDATE, "Delete": DELETE, "ConditionCheck": CHECK}
MARKING = replace(context(), form=JournalForm(as_released=True))
ASKED = DayRange("2026-11-20", DAY)


@dataclass
class Recorder:
    """Tables and DynamoDB actions; a transaction counts as its parts."""

    seen: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def note(self, operation: str, call: dict[str, Any]) -> None:
        if operation == "TransactWriteItems":
            for item in call["TransactItems"]:
                ((part, request),) = item.items()
                self._add(request["TableName"], PARTS[part])
        elif operation == "BatchGetItem":
            for table in call["RequestItems"]:
                self._add(table, operation)
        elif operation != "DescribeTable":
            self._add(call["TableName"], operation)

    def _add(self, table: str, action: str) -> None:
        self.seen[table.removeprefix(PREFIX).replace("-", "_")].add(action)


@pytest.fixture
def store() -> Iterator[Store]:
    with mock_aws():
        yield moto_store(TABLES, PREFIX)


def consume(store: Store) -> None:
    """Also a repeated event with a new one, so that marks are read, and an account of the first form."""
    first = messages(entry("ann", 1, "completion_reward", balance_after=-5), day_closed("ann", -5))
    on_ledger_event(first, store, MARKING, "UTC")
    on_ledger_event([*first, *messages(entry("ann", 2))], store, context(), "UTC")


def fill(store: Store) -> None:
    first = messages(entry("ann", 1, "completion_reward", balance_after=-5), day_closed("ann", -5))
    for events, work in ((first, MARKING), ([*first, *messages(entry("ann", 2))], context())):
        job = received(Fill(2, events), event_id="job")
        fill_generation([job], store, work, "UTC")


@pytest.mark.parametrize(
    ("spec", "run"),
    [
        (FILL_GENERATION, fill),
        (ON_LEDGER_EVENT, consume),
        (GET_SUMMARY, lambda store: get_summary(DAY, DAY, store)),
        (LIST_DAYS, lambda store: list_days(ASKED, DAY, store)),
        (LIST_TOP_TASKS, lambda store: list_top_tasks(ASKED, store)),
    ],
    ids=lambda each: each.name if isinstance(each, UseCase) else "",
)
def test_a_use_case_calls_exactly_what_its_spec_names(
    spec: UseCase, run: Callable[[Store], Any], store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder, real = Recorder(), BaseClient._make_api_call  # type: ignore[attr-defined]

    def recorded(client: Any, operation: str, call: dict[str, Any]) -> Any:
        recorder.note(operation, call)
        return real(client, operation, call)

    monkeypatch.setattr(BaseClient, "_make_api_call", recorded)
    run(store)
    assert recorder.seen == {table: set(actions) for table, actions in spec.access.items()}
