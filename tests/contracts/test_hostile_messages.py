"""Whatever lies in a consumer's queue: it goes to the dead letters with its reason, and touches no table."""

import contextlib
import json
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pytest

from events.consumers import ConsumerFailed
from events.envelope import read_envelope
from infra.discovery import discover
from infra.package import ROOT
from shared import bus, queue, wiring
from shared.queue import MAX_REASON
from shared.settings import settings
from shared.spec import Events, Jobs, UseCase
from tests.support.invocations import LambdaContext, batch, environment, sqs_message

SERVICES = {service.name: service for service in discover()}
SPECS = [spec for service in SERVICES.values() for spec in service.use_cases]
OF_EVENTS = [spec for spec in SPECS if isinstance(spec.trigger, Events)]
OF_JOBS = [spec for spec in SPECS if isinstance(spec.trigger, Jobs)]
HUGE = "x" * 250_000
Document = dict[str, Any]


class Aws:
    """Where a consumer sends what it gives up."""

    def __init__(self) -> None:
        self.dead: list[Document] = []
        self.published: list[Document] = []

    def send_message(self, **call: Any) -> None:
        self.dead.append(call)

    def put_events(self, **call: Any) -> Document:
        self.published += call["Entries"]
        return {"Entries": [{"EventId": "1"} for _ in call["Entries"]]}


class Touched(BaseException):
    """A table was used; not an `Exception`, which a consumer would take for a failed message."""


class Silent:
    def error(self, *_: Any, **__: Any) -> None:
        pass

    exception = warning = info = error


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    fake = Aws()

    def untouched(*_: Any) -> Any:
        raise Touched

    for module in (queue, bus):
        monkeypatch.setattr(module, "client", lambda _name: fake)
    monkeypatch.setattr(wiring, "DynamoStore", untouched)
    monkeypatch.setattr(queue, "logger", Silent)
    wiring.store.cache_clear()
    yield fake
    settings.cache_clear()


def given(spec: UseCase, body: str, monkeypatch: pytest.MonkeyPatch) -> Document:
    """What the consumer's handler answers to a batch of this message."""
    for name, value in environment(spec.service, ATES_USE_CASE=spec.name).items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    handler = import_module(SERVICES[spec.service].handler_module(spec)).handler
    answer: Document = handler(batch(sqs_message(body)), LambdaContext())
    return answer


def is_given_up(spec: UseCase, what: str, body: str, aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    aws.dead.clear()
    aws.published.clear()
    assert given(spec, body, monkeypatch) == {"batchItemFailures": []}, what
    assert [dead["MessageBody"] for dead in aws.dead] == [body], what
    reason = aws.dead[0]["MessageAttributes"]["reason"]["StringValue"]
    assert 0 < len(reason) <= MAX_REASON, what
    assert reason.isprintable(), what
    (entry,) = aws.published
    _, failed = read_envelope(json.loads(entry["Detail"]))
    assert isinstance(failed, ConsumerFailed)
    assert (failed.consumer, failed.reason) == (spec.consumer, reason), what


NO_MESSAGES = {
    "empty": "",
    "no JSON": "{",
    "null": "null",
    "a number": "1e999",
    "a list": "[]",
    "deep": "[" * 100_000,
    "huge": json.dumps(HUGE),
    "surrogates": '"\\ud800"',
    "no detail": "{}",
    "detail null": '{"detail": null, "job": null, "correlation_id": null}',
    "detail a list": '{"detail": [], "job": [], "correlation_id": []}',
    "detail a text": '{"detail": "drop table", "job": "drop table", "correlation_id": "x"}',
    "detail huge": json.dumps({"detail": {"event_id": HUGE}, "job": {"x": HUGE}, "correlation_id": "x"}),
    "nothing in it": '{"detail": {}, "job": {}, "correlation_id": "x"}',
}


@pytest.mark.parametrize("spec", [*OF_EVENTS, *OF_JOBS], ids=lambda spec: spec.consumer)
def test_what_is_no_message_is_given_up(spec: UseCase, aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    for what, body in NO_MESSAGES.items():
        is_given_up(spec, what, body, aws, monkeypatch)


def changed(**fields: Any) -> Callable[[Document], None]:
    return lambda event: event.update(fields)


def without(name: str) -> Callable[[Document], None]:
    return lambda event: event.pop(name)


HOSTILE: dict[str, Callable[[Document], Any]] = {
    "version 99": changed(event_version=99),
    "version 0": changed(event_version=0),
    "version a text": changed(event_version="1; --"),
    "another name": changed(event_name="Task.Paid"),
    "foreign producer": changed(producer="mallory"),
    "no producer": without("producer"),
    "no id": without("event_id"),
    "id huge": changed(event_id=HUGE),
    "no time": changed(occurred_at="yesterday"),
    "no time zone": changed(occurred_at="2026-11-22T12:00:00"),
    "no data": without("data"),
    "data a list": changed(data=[]),
    "data empty": changed(data={}),
    "correlation huge": changed(correlation_id=HUGE),
    "values are objects": lambda event: event.update(data={key: {"$ne": 1} for key in event["data"]}),
    "values are huge": lambda event: event.update(data=dict.fromkeys(event["data"], HUGE)),
    "values are null": lambda event: event.update(data=dict.fromkeys(event["data"])),
}
HEARD = [
    pytest.param(spec, event, id=f"{spec.consumer} {event.event_name}")
    for spec in OF_EVENTS
    if isinstance(spec.trigger, Events)
    for event in spec.trigger.events
]


def example(event: Any) -> Document:
    """The event as its producer would send it."""
    name = f"{event.event_name}.v{event.event_version}.example.json"
    document: Document = json.loads((ROOT / "events" / "schemas" / name).read_text(encoding="utf-8"))
    return document


@pytest.mark.parametrize(("spec", "event"), HEARD)
def test_a_hostile_event_is_given_up(
    spec: UseCase, event: Any, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    for what, hostile in HOSTILE.items():
        document = example(event)
        hostile(document)
        body = json.dumps({"source": f"ates.{event.producer}", "detail": document})
        is_given_up(spec, what, body, aws, monkeypatch)


@pytest.mark.parametrize(("spec", "event"), HEARD)
def test_the_same_event_unchanged_is_read(
    spec: UseCase, event: Any, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that what is refused above is refused for what was changed."""
    body = json.dumps({"source": f"ates.{event.producer}", "detail": example(event)})
    with contextlib.suppress(Touched):
        assert given(spec, body, monkeypatch)["batchItemFailures"], "done without tables"
    assert not aws.dead


def test_every_service_with_consumers_is_here() -> None:
    assert {spec.service for spec in OF_EVENTS} == SERVICES.keys()
