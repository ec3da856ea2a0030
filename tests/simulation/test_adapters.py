"""The simulated bus, queue and address book pass the same tests as the real ones.

Tests of the store are in tests/shared, the mailer's in tests/notifications, the user pool's in tests/auth.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from io import BytesIO
from typing import Any, Protocol

import boto3
import pytest
from moto import mock_aws

from functions.notifications.address_book import LambdaAddressBook
from functions.notifications.domain import AddressUnavailable, AddressUnknown, Recipient
from functions.notifications.ports import AddressBook
from shared.bus import Bus, BusDown, BusEntry, EventBridge
from shared.clients import client
from shared.work_queue import SqsWorkQueue
from tests.auth.people import account, store_with
from tests.simulation.acting import Stage
from tests.simulation.bus import SimulatedBus
from tests.simulation.outside import SimulatedAddressBook
from tests.simulation.queues import SimulatedQueue, SimulatedWorkQueue
from tests.simulation.weather import Weather

MAX_RECEIVES = 2
MINUTE = timedelta(minutes=1)
EVENTS = [BusEntry("tracking", "Task.Completed", json.dumps({"event_id": f"event-{n}"})) for n in range(3)]
FOREIGN = BusEntry("auth", "Account.Created", '{"event_id":"foreign"}')


@pytest.fixture
def aws() -> Iterator[None]:
    client.cache_clear()
    with mock_aws():
        yield
    client.cache_clear()


class Queue(Protocol):
    """A queue with a dead-letter queue, like SQS."""

    def send(self, *jobs: dict[str, Any]) -> None: ...

    def receive(self) -> Sequence[tuple[str, int, Any]]:
        """Body, number of receives, and a handle."""
        ...

    def delete(self, handle: Any) -> None: ...

    def let_time_pass(self, handles: Sequence[Any]) -> None:
        """Advance until these messages are visible again."""
        ...

    def dead(self) -> int: ...


class RealQueue:
    def __init__(self) -> None:
        self.sqs = boto3.client("sqs")
        dead = self.sqs.create_queue(QueueName="dead")["QueueUrl"]
        attributes = self.sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]
        redrive = {"deadLetterTargetArn": attributes["QueueArn"], "maxReceiveCount": MAX_RECEIVES}
        given: Any = {"VisibilityTimeout": "60", "RedrivePolicy": json.dumps(redrive)}
        self.dead_url = dead
        self.url = self.sqs.create_queue(QueueName="jobs", Attributes=given)["QueueUrl"]

    def send(self, *jobs: dict[str, Any]) -> None:
        SqsWorkQueue(self.url).send(jobs, "request-1")

    def receive(self) -> Sequence[tuple[str, int, Any]]:
        found = self.sqs.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=10, AttributeNames=["ApproximateReceiveCount"]
        )
        return [
            (each["Body"], int(each["Attributes"]["ApproximateReceiveCount"]), each["ReceiptHandle"])
            for each in found.get("Messages", [])
        ]

    def delete(self, handle: Any) -> None:
        self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=handle)

    def let_time_pass(self, handles: Sequence[Any]) -> None:
        for handle in handles:
            self.sqs.change_message_visibility(QueueUrl=self.url, ReceiptHandle=handle, VisibilityTimeout=0)

    def dead(self) -> int:
        return len(
            self.sqs.receive_message(QueueUrl=self.dead_url, MaxNumberOfMessages=10).get("Messages", [])
        )


class SimulatedQueueAdapter:
    def __init__(self) -> None:
        self.stage = Stage()
        self.queue = SimulatedQueue("jobs", MINUTE, MAX_RECEIVES, self.stage.clock, self.stage.faults)

    def send(self, *jobs: dict[str, Any]) -> None:
        self.stage.acting(SimulatedWorkQueue(self.queue, self.stage.kernel)).send(jobs, "request-1")
        self.stage.clock.advance(timedelta(seconds=5))

    def receive(self) -> Sequence[tuple[str, int, Any]]:
        found = self.queue.receive(10, self.stage.faults.randomness)
        return [
            (each.body, int(each.record()["attributes"]["ApproximateReceiveCount"]), each) for each in found
        ]

    def delete(self, handle: Any) -> None:
        self.queue.delete(handle)

    def let_time_pass(self, handles: Sequence[Any]) -> None:
        self.stage.clock.advance(MINUTE)

    def dead(self) -> int:
        return len(self.queue.dead)


@pytest.fixture(params=[RealQueue, SimulatedQueueAdapter])
def queue(request: pytest.FixtureRequest, aws: None) -> Queue:
    return request.param()  # type: ignore[no-any-return]


def test_a_job_arrives_with_its_correlation_id(queue: Queue) -> None:
    queue.send({"n": 1}, {"n": 2})
    found = sorted(json.loads(body)["job"]["n"] for body, _, _ in queue.receive())
    assert found == [1, 2]


def test_a_received_message_is_hidden_and_comes_again(queue: Queue) -> None:
    queue.send({"n": 1})
    ((body, receives, handle),) = queue.receive()
    assert receives == 1
    assert queue.receive() == []
    queue.let_time_pass([handle])
    ((again, receives, _),) = queue.receive()
    assert (again, receives) == (body, 2)


def test_a_deleted_message_does_not_come_again(queue: Queue) -> None:
    queue.send({"n": 1})
    ((_, _, handle),) = queue.receive()
    queue.delete(handle)
    queue.let_time_pass([])
    assert queue.receive() == []
    assert queue.dead() == 0


def test_a_message_received_too_often_is_a_dead_letter(queue: Queue) -> None:
    queue.send({"n": 1})
    for _ in range(MAX_RECEIVES):
        ((_, _, handle),) = queue.receive()
        queue.let_time_pass([handle])
    assert queue.receive() == []
    assert queue.dead() == 1


class Wired(Protocol):
    """A bus with one rule, for tracking's completions; `trouble` is empty, "refusal" or "silence"."""

    def bus(self, trouble: str) -> Bus: ...

    def delivered(self) -> list[str]: ...


class RealBus:
    def __init__(self) -> None:
        self.sqs, events = boto3.client("sqs"), boto3.client("events")
        self.url = self.sqs.create_queue(QueueName="consumer")["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])["Attributes"]
        pattern = {"source": ["ates.tracking"], "detail-type": ["Task.Completed"]}
        events.create_event_bus(Name="ates")
        events.put_rule(Name="consumer", EventBusName="ates", EventPattern=json.dumps(pattern))
        events.put_targets(
            Rule="consumer", EventBusName="ates", Targets=[{"Id": "1", "Arn": arn["QueueArn"]}]
        )

    def bus(self, trouble: str) -> Bus:
        answers: dict[str, Callable[..., Any]] = {
            "refusal": lambda **given: {"Entries": [{"ErrorCode": "Throttled"} for _ in given["Entries"]]},
            "silence": _silent,
        }
        if trouble in answers:
            stub = type("Stub", (), {"put_events": staticmethod(answers[trouble])})
            return EventBridge("ates", lambda: stub)
        return EventBridge("ates")

    def delivered(self) -> list[str]:
        found = self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages", [])
        return [each["Body"] for each in found]


class SimulatedBusAdapter:
    def __init__(self) -> None:
        self.stage = Stage()
        self.queue = SimulatedQueue("consumer", MINUTE, MAX_RECEIVES, self.stage.clock, self.stage.faults)

    def bus(self, trouble: str) -> Bus:
        weathers = {"refusal": Weather(entry_refused=1), "silence": Weather(bus_call_lost=1)}
        self.stage.faults.weather = weathers.get(trouble, Weather())
        routes = {("tracking", "Task.Completed"): [self.queue]}
        made = SimulatedBus(self.stage.kernel, self.stage.faults, lambda _entry: None, routes)
        return self.stage.acting(made)  # type: ignore[no-any-return]

    def delivered(self) -> list[str]:
        return [message.body for message in self.queue.messages]


def _silent(**_entries: Any) -> Any:
    from botocore.exceptions import EndpointConnectionError

    raise EndpointConnectionError(endpoint_url="https://events")


@pytest.fixture(params=[RealBus, SimulatedBusAdapter])
def wired(request: pytest.FixtureRequest, aws: None) -> Wired:
    return request.param()  # type: ignore[no-any-return]


def test_accepted_events_are_delivered_to_the_matching_queue(wired: Wired) -> None:
    assert wired.bus("").put([*EVENTS, FOREIGN]) == [True] * 4
    found = sorted(json.loads(body)["detail"]["event_id"] for body in wired.delivered())
    assert found == ["event-0", "event-1", "event-2"]


def test_refused_events_are_reported_and_not_delivered(wired: Wired) -> None:
    assert wired.bus("refusal").put(EVENTS) == [False] * 3
    assert wired.delivered() == []


def test_a_bus_that_gives_no_answer_is_down(wired: Wired) -> None:
    with pytest.raises(BusDown):
        wired.bus("silence").put(EVENTS)


class Books(Protocol):
    def book(self, is_down: bool) -> AddressBook: ...


class RealBooks:
    """The real handler behind a client of Lambda."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from functions.auth.get_email import handler

        self.monkeypatch = monkeypatch
        monkeypatch.setattr(handler, "store", lambda _tables: store_with(account()))
        self.handler = handler.handler

    def book(self, is_down: bool) -> AddressBook:
        def invoke(FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
            if is_down:
                return {"FunctionError": "Unhandled", "Payload": BytesIO(b"{}")}
            return {"Payload": BytesIO(json.dumps(self.handler(json.loads(Payload), None)).encode())}

        stub = type("Stub", (), {"invoke": staticmethod(invoke)})
        self.monkeypatch.setattr("functions.notifications.address_book.client", lambda *_: stub)
        return LambdaAddressBook("get-email")


class SimulatedBooks:
    def __init__(self, _monkeypatch: pytest.MonkeyPatch) -> None:
        self.stage = Stage()

    def book(self, is_down: bool) -> AddressBook:
        if is_down:
            self.stage.faults.spells["service auth"] = self.stage.clock() + MINUTE
        book = SimulatedAddressBook(store_with(account()), self.stage.faults)
        return self.stage.acting(book)  # type: ignore[no-any-return]


@pytest.fixture(params=[RealBooks, SimulatedBooks])
def books(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Books:
    return request.param(monkeypatch)  # type: ignore[no-any-return]


def test_the_address_of_an_account_is_found(books: Books) -> None:
    assert books.book(False).recipient("sub-1", "c") == Recipient("daria@ates.example", "Daria Sokolova")


def test_an_account_unknown_to_auth_has_no_address(books: Books) -> None:
    with pytest.raises(AddressUnknown):
        books.book(False).recipient("sub-9", "c")


def test_no_address_is_available_while_auth_is_down(books: Books) -> None:
    with pytest.raises(AddressUnavailable):
        books.book(True).recipient("sub-1", "c")
