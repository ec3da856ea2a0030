"""SQS: messages come at least once, in any order, until deleted; failing ones become dead letters.

A queue keeps a message for at most 14 days.
"""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from shared.ids import unix_milliseconds
from shared.messages import NotSent
from tests.simulation.clock import SimulatedClock
from tests.simulation.kernel import Kernel
from tests.simulation.weather import Faults

SHORT_DELAY = timedelta(seconds=2)
LONG_DELAY = timedelta(hours=30)
KEPT = timedelta(days=14)


@dataclass(eq=False)
class Message:
    message_id: str
    body: str
    sent_at: datetime
    visible_at: datetime
    receives: int = 0
    first_received_at: datetime | None = None

    def record(self) -> dict[str, Any]:
        """The record that Lambda receives."""
        first = self.first_received_at or self.sent_at
        attributes = {
            "ApproximateReceiveCount": str(self.receives),
            "ApproximateFirstReceiveTimestamp": str(unix_milliseconds(first)),
            "SentTimestamp": str(unix_milliseconds(self.sent_at)),
        }
        return {"messageId": self.message_id, "body": self.body, "attributes": attributes}


@dataclass(eq=False)
class SimulatedQueue:
    """A queue and its dead-letter queue; `visibility` is for how long a received message is hidden."""

    name: str
    visibility: timedelta
    max_receives: int
    clock: SimulatedClock
    faults: Faults
    messages: list[Message] = field(default_factory=list)
    dead: list[Message] = field(default_factory=list)
    sent: int = 0

    def send(self, body: str) -> None:
        """The message may come twice, and late."""
        self._put(body)
        if self.faults.strikes("delivered_twice"):
            self._put(body)

    def receive(self, count: int, randomness: random.Random) -> list[Message]:
        """Some visible messages, which become hidden; one received too often becomes a dead letter."""
        visible = [each for each in self.messages if each.visible_at <= self.clock()]
        taken = randomness.sample(visible, min(count, len(visible)))
        for message in taken:
            message.receives += 1
            message.visible_at = self.clock() + self.visibility
            message.first_received_at = message.first_received_at or self.clock()
        for message in [each for each in taken if each.receives > self.max_receives]:
            self.bury(message)
            taken.remove(message)
        return taken

    def delete(self, message: Message) -> None:
        if message in self.messages:
            self.messages.remove(message)

    def bury(self, message: Message) -> None:
        """Move a message to the dead letters, as SQS does; its age counts on."""
        self.delete(message)
        self.dead.append(message)

    def give_up(self, message: Message) -> None:
        """Move a message to the dead letters, as a consumer does: it is sent again."""
        self.bury(message)
        message.sent_at = self.clock()

    def forget_old(self) -> None:
        oldest = self.clock() - KEPT
        for messages in (self.messages, self.dead):
            for message in [each for each in messages if each.sent_at < oldest]:
                self.faults.note("message expired")
                messages.remove(message)

    def redrive(self) -> None:
        """Send every dead letter as a new message."""
        dead, self.dead = self.dead, []
        for message in dead:
            self.send(message.body)

    def hurry(self) -> None:
        """Make late messages visible soon."""
        for message in self.messages:
            message.visible_at = min(message.visible_at, self.clock() + SHORT_DELAY)

    @property
    def is_ready(self) -> bool:
        now = self.clock()
        return any(message.visible_at <= now for message in self.messages)

    @property
    def depth(self) -> int:
        """Messages waiting, delayed and in flight."""
        return len(self.messages)

    def _put(self, body: str) -> None:
        self.sent += 1
        longest = LONG_DELAY if self.faults.strikes("delayed") else SHORT_DELAY
        visible_at = self.clock() + longest * self.faults.randomness.random() ** 3
        self.messages.append(Message(f"{self.name}-{self.sent}", body, self.clock(), visible_at))


@dataclass
class SimulatedWorkQueue:
    """The port through which use cases send jobs."""

    queue: SimulatedQueue
    kernel: Kernel

    def send(self, jobs: Sequence[dict[str, Any]], correlation_id: str) -> None:
        for job in jobs:
            self.kernel.effect(f"send to {self.queue.name}")
            if self.queue.faults.strikes("queue_call_lost"):
                raise NotSent("injected")
            self.queue.send(json.dumps({"correlation_id": correlation_id, "job": job}))
