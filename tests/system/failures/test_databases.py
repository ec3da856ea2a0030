"""Consumers' databases refuse, throttle or lose answers; dead letters can be redriven."""

import json
from typing import Any

import pytest

from tests.system.failures.conftest import Begin
from tests.system.failures.installation import Installation
from tests.system.failures.proxy import DONE_UNANSWERED, THROTTLED, Rule, fault
from tests.system.failures.watch import watching
from tests.system.product import wait_for

pytestmark = pytest.mark.night


CONSUMERS = (
    "accounting/on_task_event",
    "analytics/on_ledger_event",
    "notifications/on_ledger_event",
    "tracking/reassign_chunk",
)
DYNAMODB = {"service": "dynamodb"}
WRITES = {**DYNAMODB, "operation": "TransactWriteItems"}
LINES = {**DYNAMODB, "operation": "BatchWriteItem"}
"""Lines of reports are written without a transaction, for they may be written again."""
DENIED = {"error": {"code": "AccessDeniedException", "status": 400, "message": "table is read-only"}}
"""No client retries after this error, so the message fails and is received again."""

FAULTS: dict[str, tuple[str, tuple[Rule, ...]]] = {
    "refuses": (
        "the first writes of four consumers are denied",
        ({**WRITES, **DENIED}, {**LINES, **DENIED}),
    ),
    "throttles": ("the first calls of four consumers are throttled", ({**DYNAMODB, **THROTTLED},)),
    "answer-lost": (
        "the first writes of four consumers take effect, their answers are lost",
        ({**WRITES, **DONE_UNANSWERED}, {**LINES, **DONE_UNANSWERED}),
    ),
}
FIRST = 6
LAST_TRY_SECONDS = 60
ACCOUNTING = "accounting.on_task_event"


@pytest.mark.parametrize("kind", FAULTS)
def test_the_database_of_a_consumer(failing: Installation, scenario: Begin, kind: str) -> None:
    injects, rules = FAULTS[kind]
    holds = "no message is acknowledged before its effect is known; each takes effect once"
    with scenario(f"database-{kind}", injects=injects, holds=holds) as run:
        names = [failing.name(each) for each in CONSUMERS]
        with failing.proxy.faults(*(fault(name, **each, times=FIRST) for name in names for each in rules)):
            run.load(8, shuffles=1)
            failing.proxy.await_fired(FIRST, *names)


def test_a_dead_letter_has_its_cause_and_can_be_redriven(failing: Installation, scenario: Begin) -> None:
    holds = "in the dead-letter queue with cause, age and event; Consumer.Failed; redrive brings it back"
    with scenario(
        "dead-letters-redriven", injects="accounting's writes are denied until the last try", holds=holds
    ) as run:
        rule = fault(failing.name("accounting/on_task_event"), **WRITES, **DENIED)
        with watching(failing.aws, "Consumer.Failed") as watch, failing.fast_retries(ACCOUNTING):
            with failing.proxy.faults(rule):
                load = run.load(2).finish()
                wanted = sources(failing, load.subjects("create"))
                wait_for(
                    lambda: dead_event_ids(failing) == wanted, LAST_TRY_SECONDS, f"not given up: {wanted}"
                )
                failed = {each["data"]["event_id"] for each in watch.await_events(len(wanted))}
                assert failed == wanted
            assert_listed_and_shown(failing, wanted)
            failing.product.ates("dlq", "redrive", ACCOUNTING)
        assert letters(failing) == []


def sources(failing: Installation, task_ids: Any) -> set[str]:
    """The ids of the events of these tasks."""
    events = failing.product.events("tracking")
    return {each["event_id"] for each in events if each["data"].get("task_id") in task_ids}


def letters(failing: Installation) -> list[dict[str, Any]]:
    said = failing.product.ates("dlq", "show", ACCOUNTING, "--json").stdout
    return list(json.loads(said)["messages"])


def dead_event_ids(failing: Installation) -> set[str]:
    return {each["event_id"] for each in letters(failing)}


def assert_listed_and_shown(failing: Installation, wanted: set[str]) -> None:
    (listed,) = json.loads(failing.product.ates("dlq", "list", "--json").stdout)["consumers"]
    found = letters(failing)
    assert (listed["consumer"], listed["messages"]) == (ACCOUNTING, len(found))
    assert {each["event_id"] for each in found} == wanted
    assert "table is read-only" in str(listed["causes"])
    for letter in found:
        assert "table is read-only" in letter["reason"]
        assert letter["event"].startswith("Task.")
        assert listed["oldest"] <= letter["first_failed_at"] <= letter["last_failed_at"]
        assert 0 <= letter["age_seconds"] < LAST_TRY_SECONDS
