"""A paused service does nothing, and resumes as it was, also after a failure or a kill."""

import json
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError
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


def test_mappings_that_were_on_are_switched_on_again_after_an_error(
    faked: Faked, fake_time: FakeTime
) -> None:
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


def test_a_mapping_that_does_not_switch_off_is_switched_on_again(faked: Faked, fake_time: FakeTime) -> None:
    aws, functions, _ = faked
    functions.stuck = True
    with pytest.raises(TimedOut), event_sources.paused(aws, ["f"], [], fake_time.timer):
        pytest.fail("it is not paused")
    assert functions.changes[-1] == ("on", True)


def test_pausing_waits_for_messages_in_flight_but_not_for_queued_ones(
    faked: Faked, fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws, _, _ = faked
    looks = iter(
        [in_flight.Queue("q", 3, 2, 0), in_flight.Queue("q", 3, 1, 0), in_flight.Queue("q", 3, 0, 0)]
    )
    monkeypatch.setattr(in_flight, "depths", lambda *_: (next(looks),))
    with event_sources.paused(aws, ["f"], ["q"], fake_time.timer):
        assert list(looks) == []


def test_a_mapping_created_meanwhile_is_switched_on(faked: Faked, fake_time: FakeTime) -> None:
    aws, functions, _ = faked
    with event_sources.paused(aws, ["f"], [], fake_time.timer):
        del functions.states["on"]
        functions.states |= {"new": "Disabled", "old": "Deleting"}
    assert functions.changes == [("on", False), ("new", True)]


def test_a_paused_service_resumes_as_it_was(faked: Faked, fake_time: FakeTime) -> None:
    aws, functions, parameters = faked
    with pause_service.paused(aws, "accounting", fake_time.timer):
        assert set(functions.reserved) == set(pause_service.functions_of_service("dev", "accounting"))
        assert set(functions.reserved.values()) == {0}
        assert functions.states["on"] == "Disabled"
    assert functions.reserved == {CLOSER: 7}
    assert functions.states == {"on": "Enabling", "off": "Disabled"}
    assert parameters.values == {}


def test_pausing_covers_exactly_the_services_functions() -> None:
    found = pause_service.functions_of_service("dev", "accounting")
    assert {CLOSER, "ates-dev-accounting-get-my-balance", "ates-dev-accounting-publish-events"} <= set(found)
    assert all(each.startswith("ates-dev-accounting-") for each in found)


def test_after_a_kill_the_next_pause_restores_the_original_state(faked: Faked, fake_time: FakeTime) -> None:
    """A killed process runs no `finally`: functions are at 0, mappings are off, and both states are saved."""
    aws, functions, parameters = faked
    with pause_service.paused(aws, "accounting", fake_time.timer):
        killed = dict(functions.reserved), dict(functions.states), dict(parameters.values)
    functions.reserved, functions.states, parameters.values = killed
    with pause_service.paused(aws, "accounting", fake_time.timer):
        pass
    assert functions.reserved == {CLOSER: 7}
    assert functions.states == {"on": "Enabling", "off": "Disabled"}
    assert parameters.values == {}


def test_the_state_saved_first_is_kept(faked: Faked) -> None:
    aws, _, parameters = faked
    assert saved_state.save_once(aws, "x", lambda: {"a": 1}) == {"a": 1}
    assert saved_state.save_once(aws, "x", lambda: {"a": 2}) == {"a": 1}
    saved_state.delete(aws, "x")
    assert saved_state.save_once(aws, "x", lambda: {"a": 3}) == {"a": 3}
    assert list(parameters.values) == ["/ates/dev/before/x"]


def test_a_service_left_paused_is_resumed_by_the_next_pause(faked: Faked, fake_time: FakeTime) -> None:
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
    """The saved state of a restore, at first empty; enough for commands that are refused."""
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
def test_commands_that_need_complete_tables_are_refused_during_a_pause(
    operated: FakeParameters, aws: Aws, capsys: pytest.CaptureFixture[str], service: str, command: str
) -> None:
    """Also after an interrupted restore, which resumed nothing."""
    operated.values[f"/ates/dev/before/concurrency/{service}"] = json.dumps({})
    assert command_line.main(command.split()) == 1
    said = f"{service} is paused for a restore; wait until that ends, or repeat it\n"
    assert capsys.readouterr().err.endswith(said)
    assert operation_log.recent(aws, system_clock) == []


def test_a_service_counts_as_paused_while_its_state_is_saved(faked: Faked, fake_time: FakeTime) -> None:
    aws, _, _ = faked
    with pause_service.paused(aws, "accounting", fake_time.timer):
        assert saved_state.is_saved(aws, "concurrency/accounting")
        pause_service.check_not_paused(aws, "auth", "tracking")
    pause_service.check_not_paused(aws, "accounting")


def test_a_mapping_that_feeds_an_alias_is_found_too(faked: Faked, monkeypatch: pytest.MonkeyPatch) -> None:
    """On AWS, where an alias that doesn't exist is no error."""
    aws, functions, _ = faked
    asked: list[str] = []

    def paginate(FunctionName: str) -> list[dict[str, object]]:  # noqa: N803
        asked.append(FunctionName)
        if FunctionName == "quick:live":
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "ListEventSourceMappings")
        fed = {"slow:live": "of-the-alias", "quick": "of-the-function"}.get(FunctionName)
        return [{"EventSourceMappings": [{"UUID": fed, "State": "Enabled"}] if fed else []}]

    monkeypatch.setattr(functions, "paginate", paginate)
    found = [each["UUID"] for each in event_sources.mappings(aws, ["slow", "quick"])]
    assert found == ["of-the-alias", "of-the-function"]
    assert asked == ["slow", "slow:live", "quick", "quick:live"]
