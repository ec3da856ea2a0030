"""The network or a whole service is down under load: the others keep working, and it catches up."""

import pytest

from tests.system.failures.conftest import Begin
from tests.system.failures.installation import Installation
from tests.system.failures.proxy import CUT, fault

CONSUMERS = (
    "accounting/on_task_event",
    "analytics/on_ledger_event",
    "notifications/on_ledger_event",
    "tracking/count_shuffle",
)
NIGHTLY = [
    pytest.param(each, marks=pytest.mark.night) for each in ("auth", "tracking", "notifications", "analytics")
]
TASKS = 16
UNDER_WAY = 4


def test_the_network_between_bus_and_consumers_is_cut(failing: Installation, scenario: Begin) -> None:
    holds = "commands are answered; events wait in queues; every consumer catches up"
    with scenario(
        "network-cut", injects="consumers can't be reached and can't reach their tables", holds=holds
    ) as run:
        load = run.load(TASKS, shuffles=1)
        load.await_answers(UNDER_WAY)
        cut = [fault(failing.name(each), **CUT) for each in CONSUMERS]
        with failing.cut_off(*CONSUMERS[:2]), failing.proxy.faults(*cut):
            run.inject(2)
            load.finish()
            assert load.lost_answers == 0


@pytest.mark.parametrize("service", ["accounting", *NIGHTLY])
def test_a_service_is_down(failing: Installation, scenario: Begin, service: str) -> None:
    holds = "the others answer; commands to it are repeated until answered; it catches up"
    injects = f"every invocation of {service}'s functions is refused"
    with scenario(f"service-down-{service}", injects=injects, holds=holds) as run:
        load = run.load(TASKS // 2)
        load.await_answers(UNDER_WAY // 2)
        with failing.down(*failing.functions(service)):
            run.inject(len(failing.functions(service)))
            others_answer(failing, service)
            if service != "tracking":
                load.finish()
                assert load.lost_answers == 0


def others_answer(failing: Installation, down: str) -> None:
    asked = {
        "auth": ("admin", "/accounts"),
        "tracking": ("worker", "/tasks"),
        "accounting": ("worker", "/me/balance"),
        "analytics": ("admin", "/summary"),
    }
    for service, (who, path) in asked.items():
        if service != down:
            failing.product.get(who, service, path)
