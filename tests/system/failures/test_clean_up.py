"""A failed scenario leaves no dead letters that would make the next one fail."""

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from moto import mock_aws

from ops.stage import consumers
from ops.stage.aws import Aws
from ops.stage.target import Target
from tests.system.failures import scenario as scenarios
from tests.system.failures.installation import Installation
from tests.system.failures.scenario import Scenario, dead_letters, running

CONSUMER = consumers.named("dev", "accounting.on_task_event")
READABLE = json.dumps({"detail": {"event_id": "e1"}})
POISON = "not JSON"


class Queues(Installation):
    """Queues with a consumer that rejects unreadable messages, or all of them if `rejects_all`."""

    rejects_all = False
    consumed: list[str]

    def settle(self) -> None:
        url = consumers.url(self.aws, CONSUMER.queue)
        while messages := self.aws.queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for each in messages:
                self.aws.queues.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
                if each["Body"] == POISON or self.rejects_all:
                    given_up = consumers.url(self.aws, CONSUMER.dead_letters)
                    self.aws.queues.send_message(QueueUrl=given_up, MessageBody=each["Body"])
                else:
                    self.consumed.append(each["Body"])


@pytest.fixture
def queues(monkeypatch: pytest.MonkeyPatch) -> Iterator[Queues]:
    with mock_aws():
        aws = Aws(Target("dev", "us-east-1", None))
        for each in consumers.of("dev").values():
            aws.queues.create_queue(QueueName=each.queue)
            aws.queues.create_queue(QueueName=each.dead_letters)
        proxy = SimpleNamespace(heal=lambda: None)
        found = Queues(cast(Any, SimpleNamespace(aws=aws, ates=lambda *_: None)), cast(Any, proxy))
        found.consumed = []
        monkeypatch.setattr(Scenario, "begin", lambda _self: None)
        monkeypatch.setattr(Scenario, "_count", lambda _self: scenarios.Figures(1, 1, 0, 0))
        monkeypatch.setattr(Scenario, "_keep", lambda _self, _figures: None)
        yield found


def fail(queues: Queues, *, within: bool) -> None:
    """Run a scenario with dead letters; it fails within, or at its end because of them."""
    queues.rejects_all = True
    with running(Scenario("s", "", "", "", queues)):
        url = consumers.url(queues.aws, CONSUMER.queue)
        for body in (READABLE, POISON):
            queues.aws.queues.send_message(QueueUrl=url, MessageBody=body)
        queues.settle()
        queues.rejects_all = False
        assert not within, "the scenario fails"


@pytest.mark.parametrize(("within", "said"), [(True, "the scenario fails"), (False, "dead letters are left")])
def test_after_a_failure_dead_letters_are_consumed_or_deleted(
    queues: Queues, within: bool, said: str
) -> None:
    with pytest.raises(AssertionError, match=said):
        fail(queues, within=within)
    assert (queues.consumed, dead_letters(queues)) == ([READABLE], 0)
