"""cdk-nag: the AwsSolutions rules, and how a finding is acknowledged, one resource at a time."""

from aws_cdk import Acknowledgment, App, Stack, Token, Validations
from constructs import IConstruct


def check(app: App) -> None:
    """A synthesis with a finding that nobody acknowledged fails; a local one needn't load the rules."""
    from cdk_nag import AwsSolutionsChecks

    Validations.of(app).add_plugins(AwsSolutionsChecks(app))


def acknowledge(construct: IConstruct, rule: str, reason: str) -> None:
    """Accept a finding such as `DDB3`, or one of several like `IAM5[Resource::*]`, on this resource."""
    Validations.of(construct).acknowledge(Acknowledgment(id=f"AwsSolutions-{rule}", reason=reason))


def acknowledge_wildcard(construct: IConstruct, resource: str, reason: str) -> None:
    """Accept that a role is granted something on a resource whose name isn't known beforehand."""
    stack = Stack.of(construct)
    tokens = {stack.partition: "Partition", stack.region: "Region", stack.account: "AccountId"}
    for token, name in tokens.items():
        if Token.is_unresolved(token):
            resource = resource.replace(token, f"<AWS::{name}>")
    acknowledge(construct, f"IAM5[Resource::{resource}]", reason)
