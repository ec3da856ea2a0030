"""Rules that send events to a queue, and never exist before the queue accepts them.

EventBridge doesn't retry what a queue's policy refuses, so a rule waits for the policies of its queue and of
its dead-letter queue. They name the rule by its ARN, made from its name: a reference would turn the order
around.
"""

from collections.abc import Mapping
from typing import Any

from aws_cdk import ArnFormat, Stack
from aws_cdk.aws_events import CfnRule
from aws_cdk.aws_iam import PolicyStatement, ServicePrincipal
from aws_cdk.aws_sqs import Queue
from constructs import Construct

TARGET_ID = "Target0"
DEFAULT_BUS = "default"


def to_queue(
    scope: Construct,
    construct_id: str,
    name: str,
    bus: str,
    pattern: Mapping[str, Any],
    queue: Queue,
    dead_letters: Queue | None = None,
    transformer: CfnRule.InputTransformerProperty | None = None,
) -> CfnRule:
    """A rule on a bus, both given by name; `dead_letters` gets what can't be delivered to the queue."""
    rule = CfnRule(
        Construct(scope, construct_id),
        "Resource",
        name=name,
        event_bus_name=bus,
        event_pattern=pattern,
        state="ENABLED",
        targets=[
            CfnRule.TargetProperty(
                id=TARGET_ID,
                arn=queue.queue_arn,
                dead_letter_config=_dead_letters(dead_letters),
                input_transformer=transformer,
            )
        ],
    )
    for each in filter(None, (queue, dead_letters)):
        each.add_to_resource_policy(_may_send(_arn(scope, bus, name), each))
        rule.node.add_dependency(each.node.find_child("Policy"))
    return rule


def _dead_letters(queue: Queue | None) -> CfnRule.DeadLetterConfigProperty | None:
    return CfnRule.DeadLetterConfigProperty(arn=queue.queue_arn) if queue else None


def _arn(scope: Construct, bus: str, name: str) -> str:
    """Rules of the default bus don't name it."""
    path = name if bus == DEFAULT_BUS else f"{bus}/{name}"
    return Stack.of(scope).format_arn(
        service="events", resource="rule", resource_name=path, arn_format=ArnFormat.SLASH_RESOURCE_NAME
    )


def _may_send(rule: str, queue: Queue) -> PolicyStatement:
    from_the_rule: Mapping[str, Any] = {"ArnEquals": {"aws:SourceArn": rule}}
    return PolicyStatement(
        principals=[ServicePrincipal("events.amazonaws.com")],
        actions=["sqs:SendMessage"],
        resources=[queue.queue_arn],
        conditions=from_the_rule,
    )
