"""The deployed rules send each event, in every version, to its consumers."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra import names
from infra.documents.__main__ import ROOT, SCHEMAS
from shared import bus
from shared.bus import BusEntry, EventBridge
from tests.infra.templates import Properties, Template
from tests.support.complete import check_complete

ACCOUNTS = {"accounting.on_account_event", "tracking.on_account_event", "auth.sync_identity"}
POSTING = {"accounting.on_task_event"}
LEDGER = {"analytics.on_ledger_event", "notifications.on_ledger_event"}

CONSUMERS: dict[str, set[str]] = {
    "Account.Created": ACCOUNTS,
    "Account.Deactivated": ACCOUNTS,
    "Account.Reactivated": ACCOUNTS,
    "Account.Renamed": ACCOUNTS,
    "Account.RoleChanged": ACCOUNTS,
    "Task.Created": POSTING,
    "Task.Assigned": POSTING,
    "Task.Completed": POSTING,
    "Task.Cancelled": set(),
    "Shuffle.Requested": {"tracking.count_shuffle"},
    "Close.Requested": {"accounting.begin_close"},
    "Task.Priced": set(),
    "Ledger.EntryPosted": LEDGER,
    "Account.DayClosed": LEDGER,
    "Email.Failed": set(),
    "Email.Sent": set(),
    "Consumer.Failed": set(),
}
"""Written by hand; the rules come from the specs."""

EXAMPLES = sorted((ROOT / SCHEMAS).glob("*.example.json"))
every_example = pytest.mark.parametrize(
    "path", EXAMPLES, ids=lambda path: path.name.removesuffix(".example.json")
)


class Client:
    """A fake EventBridge client that keeps its entries."""

    def __init__(self) -> None:
        self.entries: list[dict[str, str]] = []

    def put_events(self, Entries: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803
        self.entries += Entries
        return {"Entries": [{} for _ in Entries]}


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Client:
    made = Client()
    monkeypatch.setattr(bus, "client", lambda _: made)
    return made


def on_the_bus(envelope: dict[str, Any], client: Client) -> dict[str, Any]:
    """An envelope as the relay publishes it and a rule sees it."""
    entry = BusEntry(envelope["producer"], envelope["event_name"], json.dumps(envelope))
    EventBridge("ates-dev").put([entry])
    (put,) = client.entries
    client.entries.clear()
    return {"source": put["Source"], "detail-type": put["DetailType"], "detail": json.loads(put["Detail"])}


def rules(stacks: dict[str, Template]) -> Iterator[tuple[str, Properties]]:
    """Each rule on the bus with the consumer whose queue it fills."""
    for name, stack in stacks.items():
        prefix = f"ates-dev-{name.removeprefix('Ates-dev-')}-"
        for rule in stack.some("AWS::Events::Rule", EventBusName="ates-dev"):
            (target,) = rule["Targets"]
            use_case = target["Arn"].removesuffix(".Arn").removeprefix(prefix).replace("-", "_")
            if name == "Ates-dev-events":
                continue
            yield f"{name.removeprefix('Ates-dev-')}.{use_case}", rule


def receivers(event: dict[str, Any], stacks: dict[str, Template]) -> set[str]:
    return {consumer for consumer, rule in rules(stacks) if matches(rule["EventPattern"], event)}


def matches(pattern: dict[str, Any], event: dict[str, Any]) -> bool:
    """As EventBridge matches, for our patterns: each field has one of the listed values."""
    return all(any(fits(event.get(field), each) for each in listed) for field, listed in pattern.items())


def fits(value: str | None, wanted: str | dict[str, Any]) -> bool:
    match wanted:
        case str():
            return value == wanted
        case {"prefix": str(beginning)}:
            return value is not None and value.startswith(beginning)
        case {"exists": bool(there)}:
            return (value is not None) == there
    raise AssertionError(f"no pattern of ours has {wanted}")


def read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text())
    return document


@every_example
def test_an_event_goes_only_to_its_consumers(path: Path, dev: dict[str, Template], client: Client) -> None:
    envelope = read(path)
    assert receivers(on_the_bus(envelope, client), dev) == CONSUMERS[envelope["event_name"]]


@every_example
def test_a_future_version_has_the_same_consumers(
    path: Path, dev: dict[str, Template], client: Client
) -> None:
    envelope = {**read(path), "event_version": 99}
    assert receivers(on_the_bus(envelope, client), dev) == CONSUMERS[envelope["event_name"]]


@every_example
def test_an_event_of_another_producer_goes_nowhere(
    path: Path, dev: dict[str, Template], client: Client
) -> None:
    envelope = {**read(path), "producer": "somebody"}
    assert receivers(on_the_bus(envelope, client), dev) == set()


@every_example
def test_a_replay_goes_only_to_the_consumer_in_its_name(
    path: Path, dev: dict[str, Template], client: Client
) -> None:
    event = on_the_bus(read(path), client)
    for consumer in CONSUMERS[event["detail-type"]]:
        rule = "ates-dev-" + consumer.replace(".", "-").replace("_", "-")
        assert receivers({**event, "replay-name": names.replay(rule, "20261122")}, dev) == {consumer}
    assert receivers({**event, "replay-name": "another"}, dev) == set()


def test_the_operators_queue_gets_only_replays(dev: dict[str, Template], client: Client) -> None:
    """Every event, whatever its consumers, if its replay has this name."""
    stack = dev["Ates-dev-events"]
    (rule,) = stack.some("AWS::Events::Rule")
    assert [target["Arn"] for target in rule["Targets"]] == ["ates-dev-replayed.Arn"]
    for path in EXAMPLES:
        event = on_the_bus(read(path), client)
        assert not matches(rule["EventPattern"], event)
        assert matches(rule["EventPattern"], {**event, "replay-name": "ates-dev-replayed.restore"})


def test_every_rule_is_enabled_and_has_an_event(dev: dict[str, Template]) -> None:
    """A consumer that no event reaches would wait for ever."""
    reached = {consumer for consumers in CONSUMERS.values() for consumer in consumers}
    enabled = {consumer for consumer, rule in rules(dev) if rule["State"] == "ENABLED"}
    check_complete(reached, enabled, "CONSUMERS in tests/infra/test_rules.py")
