"""The bus, its rules and its archive are lost for good: all events are regenerated from the journals."""

import json

import pytest

from shared.clock import rfc3339, system_clock
from tests.system.failures import losses
from tests.system.failures.conftest import Begin
from tests.system.failures.effects import journaled
from tests.system.failures.installation import Installation

pytestmark = pytest.mark.night


TASKS = 12
UNDER_WAY = 4


def test_bus_and_archive_are_gone_for_good(failing: Installation, scenario: Begin) -> None:
    ates = failing.product.ates
    injects = "bus, rules and archive are deleted under load; published events are dropped"
    holds = "commands are answered; every consumer gets every event from the journals"
    with scenario("bus-gone", injects=injects, holds=holds) as run:
        begin = rfc3339(system_clock())
        load = run.load(TASKS, shuffles=1)
        load.await_answers(UNDER_WAY)
        run.inject(losses.lose_bus(failing))
        load.finish()
        assert load.lost_answers == 0
        assert ates("status", check=False).returncode == 1
        ates("rebuild", "bus")
        assert uncharged(failing) > 0
        ates("regenerate", "--service", "tracking", "--missing")
        failing.settle()
        assert uncharged(failing) == 0
        ates("regenerate", "--service", "tracking", "--since-last-entry")
        for service in ("tracking", "accounting", "auth"):
            ates("regenerate", "--service", service, "--from", begin)
        failing.settle()
        for shuffle_id in load.subjects("shuffle"):
            assert failing.product.get("manager", "tracking", f"/shuffles/{shuffle_id}")["status"] == "done"
    missing = json.loads(
        ates("regenerate", "--service", "tracking", "--missing", "--dry-run", "--json").stdout
    )
    assert missing["events"] == {}


def uncharged(failing: Installation) -> int:
    """The number of assignments and completions without an entry."""
    charged = {row.get("source_event_id") for row in failing.product.rows("accounting", "entries")}
    events = journaled(failing.product)
    sources = [each for each in events if each["event_name"] in ("Task.Assigned", "Task.Completed")]
    return sum(each["event_id"] not in charged for each in sources)
