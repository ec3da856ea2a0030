"""What stands still stands still, and goes on as it was: after a failure, and after a kill."""

import json
from collections.abc import Iterator

import pytest
from moto import mock_aws

from ops import __main__ as command_line
from ops.console.errors import TimedOut
from ops.recovery import pause_service, rebuild_bus
from ops.stage import connection, consumers, event_sources, in_flight, operation_log, saved_state
from ops.stage.aws import Aws
from shared.clock import system_clock
from tests.ops.conftest import FakeFunctions, FakeParameters, FakeTime, create_operations_table

Faked = tuple[Aws, FakeFunctions, FakeParameters]
CLOSER = "ates-dev-accounting-close-days"


@pytest.fixture
def faked(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Faked:
    functions = FakeFunctions({"on": "Enabled", "off": "Disabled"}, {CLOSER: 7})
    parameters = FakeParameters()
    aws.__dict__.update(functions=functions, parameters=parameters)
    monkeypatch.setattr(in_flight, "depths", lambda *_: ())
    monkeypatch.setattr(consumers, "url", lambda _aws, queue: queue)
    return aws, functions, parameters


def test_what_was_on_is_switched_on_again_whatever_happens(faked: Faked, fake_time: FakeTime) -> None:
    aws, functions, parameters = faked
    seen: list[str] = []

    def work() -> None:
        with event_sources.paused(aws, ["f"], [], fake_time.timer):
            seen.append(functions.states["on"])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()
    assert seen == ["Disabled"]
    assert functions.changes == [("on", False), ("on", True)]
    assert parameters.values == {}


def test_something_that_never_rests_is_given_up_and_switched_on_again(
    faked: Faked, fake_time: FakeTime
) -> None:
    aws, functions, _ = faked
    functions.stuck = True
    with pytest.raises(TimedOut), event_sources.paused(aws, ["f"], [], fake_time.timer):
        pytest.fail("it is not at rest")
    assert functions.changes[-1] == ("on", True)


def test_what_waits_in_a_queue_may_wait_and_what_is_in_flight_may_not(
    faked: Faked, fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws, _, _ = faked
    looks = iter(
        [in_flight.Queue("q", 3, 2, 0), in_flight.Queue("q", 3, 1, 0), in_flight.Queue("q", 3, 0, 0)]
    )
    monkeypatch.setattr(in_flight, "depths", lambda *_: (next(looks),))
    with event_sources.paused(aws, ["f"], ["q"], fake_time.timer):
        assert list(looks) == []


def test_another_mapping_than_before_is_switched_on_too(faked: Faked, fake_time: FakeTime) -> None:
    aws, functions, _ = faked
    with event_sources.paused(aws, ["f"], [], fake_time.timer):
        del functions.states["on"]
        functions.states |= {"new": "Disabled", "old": "Deleting"}
    assert functions.changes == [("on", False), ("new", True)]


def test_a_service_stands_still_and_goes_on_as_it_was(faked: Faked, fake_time: FakeTime) -> None:
    aws, functions, parameters = faked
    with pause_service.paused(aws, "accounting", fake_time.timer):
        assert set(functions.reserved) == set(pause_service.functions_of_service("dev", "accounting"))
        assert set(functions.reserved.values()) == {0}
        assert functions.states["on"] == "Disabled"
    assert functions.reserved == {CLOSER: 7}
    assert functions.states == {"on": "Enabling", "off": "Disabled"}
    assert parameters.values == {}


def test_all_of_a_services_functions_are_meant_and_no_others() -> None:
    found = pause_service.functions_of_service("dev", "accounting")
    assert {CLOSER, "ates-dev-accounting-get-my-balance", "ates-dev-accounting-publish-events"} <= set(found)
    assert all(each.startswith("ates-dev-accounting-") for each in found)


def test_after_a_kill_the_next_one_puts_back_what_the_first_one_found(
    faked: Faked, fake_time: FakeTime
) -> None:
    """A killed process runs no `finally`: functions are at 0, mappings are off, and both are remembered."""
    aws, functions, parameters = faked
    with pause_service.paused(aws, "accounting", fake_time.timer):
        killed = dict(functions.reserved), dict(functions.states), dict(parameters.values)
    functions.reserved, functions.states, parameters.values = killed
    with pause_service.paused(aws, "accounting", fake_time.timer):
        pass
    assert functions.reserved == {CLOSER: 7}
    assert functions.states == {"on": "Enabling", "off": "Disabled"}
    assert parameters.values == {}


def test_what_is_remembered_is_what_was_seen_first(faked: Faked) -> None:
    aws, _, parameters = faked
    assert saved_state.save_once(aws, "x", lambda: {"a": 1}) == {"a": 1}
    assert saved_state.save_once(aws, "x", lambda: {"a": 2}) == {"a": 1}
    saved_state.delete(aws, "x")
    assert saved_state.save_once(aws, "x", lambda: {"a": 3}) == {"a": 3}
    assert list(parameters.values) == ["/ates/dev/before/x"]


def test_what_is_held_stays_still_and_the_next_one_resumes_it(faked: Faked, fake_time: FakeTime) -> None:
    aws, functions, _ = faked
    with pause_service.paused(aws, "accounting", fake_time.timer) as pause:
        pause.stays_paused = True
    assert set(functions.reserved.values()) == {0}
    assert functions.states["on"] == "Disabled"
    with pause_service.paused(aws, "accounting", fake_time.timer):
        pass
    assert functions.reserved == {CLOSER: 7}
    assert functions.states == {"on": "Enabling", "off": "Disabled"}


@pytest.fixture
def operated(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeParameters]:
    """What a restore keeps, at first nothing; no command here needs more than to be refused."""
    parameters = FakeParameters()
    with mock_aws():
        create_operations_table(aws)
        aws.__dict__["parameters"] = parameters
        monkeypatch.setattr(connection, "aws", lambda _stage: aws)
        monkeypatch.setattr(rebuild_bus, "missing", lambda _aws: [])
        yield parameters


@pytest.mark.parametrize(
    ("service", "command"),
    [
        ("auth", "accounts reconcile --override"),
        ("tracking", "regenerate --service tracking --from 2026-11-20"),
        ("accounting", "regenerate --service tracking --missing"),
        ("accounting", "regenerate --service tracking --since-last-entry"),
        ("auth", "backup"),
        ("notifications", "backup notifications"),
        ("accounting", "rebuild analytics"),
        ("accounting", "rebuild payouts"),
    ],
)
def test_what_needs_whole_tables_is_refused_while_their_service_stands_still(
    operated: FakeParameters, aws: Aws, capsys: pytest.CaptureFixture[str], service: str, command: str
) -> None:
    """Also after a restore that was broken off: it has put nothing back."""
    operated.values[f"/ates/dev/before/concurrency/{service}"] = json.dumps({})
    assert command_line.main(command.split()) == 1
    said = f"{service} is paused for a restore; wait until that ends, or repeat it\n"
    assert capsys.readouterr().err.endswith(said)
    assert operation_log.recent(aws, system_clock) == []


def test_a_service_stands_still_for_as_long_as_something_is_to_be_put_back(
    faked: Faked, fake_time: FakeTime
) -> None:
    aws, _, _ = faked
    with pause_service.paused(aws, "accounting", fake_time.timer):
        assert saved_state.is_saved(aws, "concurrency/accounting")
        pause_service.check_not_paused(aws, "auth", "tracking")
    pause_service.check_not_paused(aws, "accounting")
