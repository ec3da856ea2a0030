"""What is deployed before what: queues' policies before rules, consumers before producers."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infra.discovery import Service, discover
from infra.order import deployed_before
from ops.deploying.assembly import FIXED_NAMES, Assembly
from shared.spec import Events, UseCase
from tests.infra.templates import Template

Stacks = dict[str, Template]


def policies(stack: Template, queue: object) -> list[str]:
    """The logical ids of a queue's policies."""
    return [
        name
        for name, resource in stack.resources.items()
        if resource["Type"] == "AWS::SQS::QueuePolicy"
        and queue
        in [
            stack.resources[each["Ref"]]["Properties"]["QueueName"]
            for each in resource["Properties"]["Queues"]
        ]
    ]


def queues_of(rule: dict[str, Any], stack: Template) -> list[str]:
    targets = stack.render(rule["Properties"]["Targets"])
    arns = [arn for each in targets for arn in (each["Arn"], each.get("DeadLetterConfig", {}).get("Arn"))]
    return [arn.removesuffix(".Arn") for arn in arns if arn]


@pytest.mark.parametrize("stage", ["dev", "prod", "local"])
def test_a_rule_waits_until_its_queues_accept_its_events(stage: str, request: pytest.FixtureRequest) -> None:
    stacks: Stacks = request.getfixturevalue(stage)
    checked = 0
    for stack in stacks.values():
        rules = {
            name: each
            for name, each in stack.resources.items()
            if each["Type"] == "AWS::Events::Rule" and "EventPattern" in each["Properties"]
        }
        for name, rule in rules.items():
            for queue in queues_of(rule, stack):
                (policy,) = policies(stack, queue)
                assert policy in rule["DependsOn"], (name, queue)
                assert name not in json.dumps(stack.resources[policy]), "the policy would wait for the rule"
                checked += 1
    assert checked >= 2 * 8


def test_a_queue_accepts_events_of_its_rule_alone(dev: Stacks) -> None:
    stack = dev["Ates-dev-accounting"]
    (policy,) = policies(stack, "ates-dev-accounting-on-task-event")
    statements = stack.render(stack.resources[policy]["Properties"]["PolicyDocument"]["Statement"])
    (allowed,) = [each for each in statements if each["Effect"] == "Allow"]
    rule = "arn:aws:events:region:account:rule/ates-dev/ates-dev-accounting-on-task-event"
    assert allowed["Condition"] == {"ArnEquals": {"aws:SourceArn": rule}}
    assert allowed["Action"] == "sqs:SendMessage"
    assert allowed["Principal"] == {"Service": "events.amazonaws.com"}


def test_consumers_are_deployed_before_producers() -> None:
    before = deployed_before(discover())
    assert set(before["accounting"]) == {"analytics", "notifications"}
    assert set(before["tracking"]) == {"accounting"}
    assert set(before["auth"]) == {"accounting", "tracking"}
    order = list(before)
    assert all(order.index(each) < order.index(name) for name, early in before.items() for each in early)


def test_services_that_consume_each_other_have_an_order_too() -> None:
    first, second = (event_of(name) for name in ("first", "second"))
    services = [service("first", second), service("second", first)]
    assert deployed_before(services) == {"second": (), "first": ("second",)}


def event_of(producer: str) -> type:
    return type("Happened", (), {"producer": producer, "event_name": "It.Happened"})


def service(name: str, consumed: type) -> Service:
    spec = UseCase(name, "on_it", "", Events((consumed,)))
    return Service(name, f"functions.{name}", (replace(spec),), {})


def test_a_deployment_of_all_stacks_has_this_order(prod_assembly: Path) -> None:
    """The pool is needed by all, and the dashboards need all."""
    artifacts = json.loads((prod_assembly / "manifest.json").read_text())["artifacts"]
    stacks = {
        name.removeprefix("Ates-prod-"): {
            each.removeprefix("Ates-prod-") for each in one["dependencies"] if not each.endswith(".assets")
        }
        for name, one in artifacts.items()
        if one["type"] == "aws:cloudformation:stack"
    }
    for name, consumers in deployed_before(discover()).items():
        assert {"events", *consumers} <= stacks[name]
    assert "identity" in stacks["analytics"]
    assert {"auth", "tracking", "accounting", "analytics"} <= stacks["web"]
    assert not {"auth", "web"} & stacks["identity"]


def test_ates_deploy_takes_this_order(dev_assembly: Path) -> None:
    """It deploys stack by stack, each after all that it depends on."""
    order = [name.removeprefix("Ates-dev-") for name in Assembly(dev_assembly).stacks()]
    assert order[:3] == ["events", "mail", "identity"]
    assert order[-1] == "web"
    for name, consumers in deployed_before(discover()).items():
        assert all(order.index(each) < order.index(name) for each in consumers), name


def test_ates_deploy_finds_the_names_that_a_durable_stage_keeps(prod_assembly: Path) -> None:
    """Whatever would block a new stage of this name: by kind, as many as the templates have."""
    assembly = Assembly(prod_assembly)
    for stack in assembly.stacks():
        named = [each.kind for each in assembly.named(stack, "123456789012")]
        kept = [
            each["Type"]
            for each in assembly.resources(stack).values()
            if each["Type"] in FIXED_NAMES and FIXED_NAMES[each["Type"]] in each.get("Properties", {})
        ]
        assert sorted(named) == sorted(kept), stack
