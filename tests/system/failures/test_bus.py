"""The bus refuses all or some entries, or is down longer than a stream keeps records: events wait."""

import pytest

from tests.system.failures import days
from tests.system.failures.conftest import Begin
from tests.system.failures.crash import crashing
from tests.system.failures.installation import Installation
from tests.system.failures.proxy import REFUSED, Rule, fault
from tests.system.failures.refusing_bus import REFUSALS, refusing_bus
from tests.system.product import wait_for

pytestmark = pytest.mark.night


PUT_EVENTS: Rule = {"service": "events", "operation": "PutEvents", **REFUSED}
RELAY = "tracking/publish_events"
SWEEP = "tracking/sweep_journal"
SWEPT_CALLS = 26
"""Without waiting events: 8 queries of the index, 8 of partitions for each look, the watermark twice."""

ENOUGH = 6
SWEPT_SECONDS = 360
"""The sweep publishes events that have waited for two minutes."""


def test_the_bus_refuses_everything(failing: Installation, scenario: Begin) -> None:
    holds = "commands are answered; events wait in journals and are published once it is back"
    with (
        scenario("bus-refuses", injects="every PutEvents answers InternalServerError", holds=holds) as run,
        failing.proxy.faults(fault(failing.name(RELAY), **PUT_EVENTS), fault(**PUT_EVENTS)),
    ):
        load = run.load(8, shuffles=1).finish()
        failing.proxy.await_fired(ENOUGH, failing.name(RELAY))
        assert load.lost_answers == 0
        assert failing.unpublished()


def test_the_bus_refuses_some_entries(failing: Installation, scenario: Begin) -> None:
    holds = "only the refused ones are published again; none is marked that the bus refused"
    injects = "every second one of tracking's first events is refused (FailedEntryCount)"
    with scenario("bus-partly-refuses", injects=injects, holds=holds) as run:
        with (
            refusing_bus(failing.product.local.endpoint) as bus,
            failing.with_environment(RELAY, AWS_ENDPOINT_URL_EVENTBRIDGE=bus.endpoint),
        ):
            run.load(8, shuffles=1).finish()
            failing.settle()
        assert bus.refused == REFUSALS
        run.inject(bus.refused)


def test_the_bus_is_away_longer_than_the_stream_keeps(failing: Installation, scenario: Begin) -> None:
    holds = "commands are answered; the sweep alone publishes everything, although it is killed at each call"
    injects = "PutEvents fails, tracking's relay gets no events, its sweep is killed at each call"
    with scenario("bus-away-for-long", injects=injects, holds=holds) as run, failing.cut_off(RELAY):
        run.inject()
        with failing.proxy.faults(fault(**PUT_EVENTS)):
            assert run.load(8).finish().lost_answers == 0
        with crashing(failing, {SWEEP: SWEPT_CALLS}) as crashes:
            wait_for(lambda: swept(failing), SWEPT_SECONDS, "events wait")
        assert crashes.left() == {}


def swept(failing: Installation) -> bool:
    return days.survived(failing.product, SWEEP) and not failing.unpublished()
