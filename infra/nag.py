"""cdk-nag: checks the AwsSolutions rules; findings are acknowledged per resource."""

from aws_cdk import Acknowledgment, App, Stack, Token, Validations
from constructs import IConstruct


def check(app: App) -> None:
    """Make synthesis fail on a finding that is not acknowledged; a local one does not import the rules."""
    from cdk_nag import AwsSolutionsChecks

    Validations.of(app).add_plugins(AwsSolutionsChecks(app))


def acknowledge(construct: IConstruct, rule: str, reason: str) -> None:
    """Accept a finding such as `DDB3`, or one of several like `IAM5[Resource::*]`, on this resource."""
    Validations.of(construct).acknowledge(Acknowledgment(id=f"AwsSolutions-{rule}", reason=reason))


def acknowledge_wildcard(construct: IConstruct, resource: str, reason: str) -> None:
    """Accept a role's grant on a resource pattern."""
    stack = Stack.of(construct)
    tokens = {stack.partition: "Partition", stack.region: "Region", stack.account: "AccountId"}
    for token, name in tokens.items():
        if Token.is_unresolved(token):
            resource = resource.replace(token, f"<AWS::{name}>")
    acknowledge(construct, f"IAM5[Resource::{resource}]", reason)
