"""After a deployment, a new consumer gets the archive's events, and no other does."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from moto import mock_aws

from ops.console.errors import TimedOut
from ops.console.output import Output
from ops.recovery import catch_up, replay
from ops.stage import consumers, event_versions, lambdas
from ops.stage.aws import Aws
from ops.stage.consumers import Consumer
from tests.ops.conftest import FakeParameters, FakeTime, create_operations_table

NEW, WORK_QUEUE = "analytics.on_ledger_event", "accounting.close_account"
BEFORE_ANY_EVENT = datetime(2026, 11, 22, tzinfo=UTC)
"""The day of the project's first commit."""
OF_EVENTS = {name for name, each in consumers.of("dev").items() if each.trigger}


@dataclass
class Emulator:
    """An emulator by its API, with its parameters; replays are only noted."""

    aws: Aws
    time: FakeTime
    parameters: FakeParameters = field(default_factory=FakeParameters)
    functions: set[str] = field(default_factory=set)
    replayed: list[str] = field(default_factory=list)
    fails: Exception | None = None

    def has(self, *names: str) -> None:
        there = consumers.of("dev")
        self.functions = {there[name].function for name in names}

    def replay(self, _aws: Aws, consumer: Consumer, begin: datetime, end: datetime, *_: Any) -> str:
        assert begin < BEFORE_ANY_EVENT
        assert end == self.time.clock()
        if self.fails:
            raise self.fails
        self.replayed.append(consumer.name)
        return "replay-1"

    def deploy(self) -> list[str]:
        """All consumers are there afterwards."""
        catch_up.before_deployment(self.aws)
        return catch_up.after_deployment(self.aws, Output(as_json=True), self.time.clock, self.time.timer)


@pytest.fixture
def emulator(aws: Aws, fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    found = Emulator(aws, fake_time)
    monkeypatch.setitem(aws.__dict__, "parameters", found.parameters)
    monkeypatch.setattr(lambdas, "existing", lambda _: found.functions)
    monkeypatch.setattr(event_versions, "check_sources", lambda *_: 7)
    monkeypatch.setattr(replay, "replay", found.replay)
    with mock_aws():
        create_operations_table(aws)
        yield found


def test_nothing_is_replayed_after_a_first_deployment(emulator: Emulator) -> None:
    assert emulator.deploy() == []
    assert emulator.deploy() == []
    assert not emulator.replayed


def test_only_a_consumer_that_was_not_there_before_catches_up(emulator: Emulator) -> None:
    """Deployed by a release that noted nobody; a work queue's consumer has nothing in the archive."""
    emulator.has(*OF_EVENTS - {NEW})
    assert emulator.deploy() == [NEW]
    assert emulator.replayed == [NEW]
    (operation,) = emulator.aws.dynamodb.scan(TableName=emulator.aws.target.operations)["Items"]
    assert NEW in str(operation)


def test_it_catches_up_once(emulator: Emulator) -> None:
    emulator.has(*OF_EVENTS - {NEW})
    emulator.deploy()
    assert emulator.deploy() == []
    assert emulator.replayed == [NEW]


def test_what_failed_is_repeated_by_the_next_deployment(emulator: Emulator) -> None:
    emulator.has(*OF_EVENTS - {NEW})
    emulator.fails = TimedOut("the replay is still running")
    with pytest.raises(TimedOut):
        emulator.deploy()
    emulator.fails = None
    emulator.has(*OF_EVENTS)
    assert emulator.deploy() == [NEW]


def test_a_consumer_that_was_gone_for_a_while_catches_up_again(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = dict(consumers.of("dev"))
    emulator.has(*OF_EVENTS)
    emulator.deploy()
    monkeypatch.setattr(
        consumers, "of", lambda _: {name: each for name, each in there.items() if name != NEW}
    )
    assert emulator.deploy() == []
    monkeypatch.setattr(consumers, "of", lambda _: there)
    assert emulator.deploy() == [NEW]


def test_consumers_of_work_queues_are_not_noted(emulator: Emulator) -> None:
    emulator.deploy()
    (noted,) = emulator.parameters.values.values()
    assert WORK_QUEUE not in noted
    assert NEW in noted
