"""Events are delivered twice, late and in the wrong order; a poison message is among good ones."""

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pytest

from ops.recovery import dead_letters
from ops.stage import consumers, in_flight
from ops.stage.consumers import Consumer
from shared.store import chunks
from tests.system.failures.conftest import Begin
from tests.system.failures.effects import journaled
from tests.system.failures.installation import Installation
from tests.system.product import wait_for

BATCH = 10
AT_ONCE_SECONDS = 30
JOURNALS = ("accounting", "auth", "tracking")
COMPARED = {
    "accounting": ("accounts", "account_days", "balances", "day_totals", "entries", "prices"),
    "analytics": ("accounts", "day_totals", "minus_counts", "top_tasks"),
    "notifications": ("entries", "reports"),
    "tracking": ("accounts", "roster", "shuffle_progress", "tasks"),
}
UNREADABLE = '{"detail": '


def test_everything_comes_twice_late_and_reversed(failing: Installation, scenario: Begin) -> None:
    injects = (
        "queues are reversed and doubled under load; then every event is delivered again, in reverse order"
    )
    holds = "balances, prices, ledger, analytics, replicas are the same"
    with scenario("delivered-again", injects=injects, holds=holds) as run:
        known = {each["event_id"] for each in journal(failing)}
        with failing.cut_off("accounting/on_task_event", "tracking/count_shuffle"):
            run.load(8, shuffles=1).finish()
            wait_for(lambda: not failing.unpublished(), AT_ONCE_SECONDS, "not published")
            for name in ("accounting.on_task_event", "tracking.count_shuffle"):
                run.inject(double_and_reverse(failing, failing.queue(name)))
        run.load(2).finish()
        failing.settle()
        before = snapshot(failing)
        events = [each for each in journal(failing) if is_new(each, known)]
        for consumer in consumers.of(failing.aws.target.stage).values():
            run.inject(deliver(failing, consumer, reversed(events)))
        failing.settle()
        assert snapshot(failing) == before


@pytest.mark.night
def test_a_poison_message_among_good_ones(failing: Installation, scenario: Begin) -> None:
    injects = "an unreadable message, a v99 event and a malformed event in every consumer's queue, under load"
    holds = "good ones get through; bad ones go to the dead-letter queue at once, with the reason; discarded"
    there = consumers.of(failing.aws.target.stage)
    with scenario("poison", injects=injects, holds=holds) as run:
        load = run.load(4, shuffles=1)
        sent = {name: poison(failing, consumer) for name, consumer in there.items()}
        run.inject(sum(sent.values()))
        wait_for(
            lambda: are_dead_letters(failing, there, sent),
            AT_ONCE_SECONDS,
            "poison messages are still retried",
        )
        load.finish()
        failing.settle()
        listed = json.loads(failing.product.ates("dlq", "list", "--json").stdout)["consumers"]
        assert {each["consumer"]: len(each["causes"]) for each in listed} == sent
        shown = failing.product.ates("dlq", "show", "accounting.on_task_event", "--event").stdout
        assert all(words in shown for words in ("no contract for Task.Created v99", "data", UNREADABLE))
        failing.product.ates("dlq", "discard", "accounting.on_task_event", "--all", "--yes")
        for consumer in there.values():
            discard(failing, consumer)


def journal(failing: Installation) -> list[dict[str, Any]]:
    """Every event that has a consumer, in order."""
    events = [event for service in JOURNALS for event in journaled(failing.product, service)]
    return sorted(events, key=lambda event: str(event["event_id"]))


def is_new(event: dict[str, Any], known: set[str]) -> bool:
    """Whether an event is of this scenario, or of an account: those are few, and every replica has them."""
    return event["event_id"] not in known or event["producer"] == "auth"


def snapshot(failing: Installation) -> dict[str, list[str]]:
    """The rows that must not change."""
    rows = {
        (service, table): failing.product.rows(service, table)
        for service, tables in COMPARED.items()
        for table in tables
    }
    return {
        "/".join(key): sorted(json.dumps(row, sort_keys=True) for row in found) for key, found in rows.items()
    }


def deliver(failing: Installation, consumer: Consumer, events: Iterable[dict[str, Any]]) -> int:
    """Deliver the events that a consumer's rule matches; returns their number."""
    wanted = {event.event_name for event in consumer.trigger.events} if consumer.trigger else set()
    bodies = [as_delivered(event) for event in events if event["event_name"] in wanted]
    send(failing, consumers.url(failing.aws, consumer.queue), bodies)
    return len(bodies)


def as_delivered(event: dict[str, Any]) -> str:
    about = {"detail-type": event["event_name"], "source": f"ates.{event['producer']}"}
    return json.dumps({"version": "0", "id": str(uuid.uuid4()), **about, "detail": event})


def send(failing: Installation, url: str, bodies: Sequence[str]) -> None:
    for group in chunks(bodies, BATCH):
        entries: Any = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(group)]
        assert not failing.aws.queues.send_message_batch(QueueUrl=url, Entries=entries).get("Failed")


def double_and_reverse(failing: Installation, url: str) -> int:
    """Send the messages of an unread queue twice, in reverse order; returns their number."""
    bodies: list[str] = []
    while found := failing.aws.queues.receive_message(QueueUrl=url, MaxNumberOfMessages=BATCH).get(
        "Messages"
    ):
        for message in found:
            bodies.append(message["Body"])
            failing.aws.queues.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    twice = [body for body in reversed(bodies) for _ in range(2)]
    send(failing, url, twice)
    return len(twice)


def poison(failing: Installation, consumer: Consumer) -> int:
    """Send messages that the consumer can't read; returns their number."""
    bodies = [UNREADABLE, json.dumps({"job": {}})]
    if consumer.trigger:
        name = consumer.trigger.events[0].event_name
        event = {"event_id": "poison", "event_name": name, "event_version": 1, "producer": "tests"}
        envelope = {**event, "occurred_at": "2026-01-01T00:00:00Z", "correlation_id": "poison", "data": {}}
        bodies = [UNREADABLE, as_delivered(envelope), as_delivered({**envelope, "event_version": 99})]
    send(failing, consumers.url(failing.aws, consumer.queue), bodies)
    return len(bodies)


def are_dead_letters(failing: Installation, there: Mapping[str, Consumer], sent: Mapping[str, int]) -> bool:
    """Whether all are dead letters; with a slow start one may be there twice."""
    depth = {each.name: each.total for each in in_flight.queues(failing.aws)}
    return all(depth[there[name].dead_letters] >= count for name, count in sent.items())


def discard(failing: Installation, consumer: Consumer) -> None:
    """Discard all, like the command but without a new process."""
    with dead_letters.reserved(failing.aws, consumer) as letters:
        for letter in letters:
            dead_letters.delete(failing.aws, consumer, letter)
