"""A separate queue on the bus that receives what is published meanwhile."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ops.stage.aws import Aws
from tests.system.product import wait_for

ARRIVAL_SECONDS = 30


@dataclass
class Watch:
    aws: Aws
    url: str
    events: list[dict[str, Any]] = field(default_factory=list)

    def await_events(self, count: int) -> list[dict[str, Any]]:
        """All events received, once there are this many."""
        wait_for(lambda: len(self._more()) >= count, ARRIVAL_SECONDS, f"only {self.events} of {count}")
        return self.events

    def _more(self) -> list[dict[str, Any]]:
        answer = self.aws.queues.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10)
        for message in answer.get("Messages", []):
            self.events.append(json.loads(message["Body"])["detail"])
            self.aws.queues.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return self.events


@contextmanager
def watching(aws: Aws, event_name: str) -> Iterator[Watch]:
    bus, name = aws.target.bus, "watch"
    url = aws.queues.create_queue(QueueName=name)["QueueUrl"]
    arn = aws.queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = json.dumps({"detail-type": [event_name]})
    aws.events.put_rule(Name=name, EventBusName=bus, EventPattern=pattern)
    try:
        aws.events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": name, "Arn": arn}])
        yield Watch(aws, url)
    finally:
        aws.events.remove_targets(Rule=name, EventBusName=bus, Ids=[name])
        aws.events.delete_rule(Name=name, EventBusName=bus)
        aws.queues.delete_queue(QueueUrl=url)
