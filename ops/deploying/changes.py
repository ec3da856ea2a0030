"""What a deployment would change, from CloudFormation's change sets, and which data it would lose."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from rich.table import Table

from ops.deploying.assembly import Assembly
from ops.deploying.cdk import CHANGE_SET, Cdk
from ops.stage import stacks
from ops.stage.aws import Aws
from shared.clients import error_code

HOLDS_DATA = frozenset(
    {
        "AWS::Backup::BackupVault",
        "AWS::Cognito::UserPool",
        "AWS::DynamoDB::GlobalTable",
        "AWS::DynamoDB::Table",
        "AWS::Events::Archive",
        "AWS::Logs::LogGroup",
        "AWS::S3::Bucket",
        "AWS::SQS::Queue",
    }
)
REPLACED = {"True": "replaced", "Conditional": "perhaps replaced"}
KEPT = ("Retain", "Snapshot")


@dataclass(frozen=True, slots=True)
class Change:
    """`how`: `added`, `changed`, `replaced`, `perhaps replaced` or `deleted`; `name` is the physical one."""

    stack: str
    how: str
    kind: str
    name: str
    stays: bool = False
    """Whether the old one outlives its place in the stack; nothing uses it then."""

    @property
    def loses_data(self) -> bool:
        """The dashboards' bucket is filled again by each deployment."""
        is_files = self.stack.endswith(f"-{stacks.WEB}") and self.kind == "AWS::S3::Bucket"
        return self.kind in HOLDS_DATA and self.how not in ("added", "changed") and not is_files


def planned(cdk: Cdk, aws: Aws, assembly: Assembly, existing: Sequence[str]) -> list[Change]:
    """Of stacks that exist; their change sets are deleted again, after those of an interrupted run."""
    if not existing:
        return []
    for stack in existing:
        with suppress(aws.cloudformation.exceptions.ChangeSetNotFoundException):
            _delete(aws, stack)
    cdk.prepare(assembly, existing)
    return [change for stack in existing for change in _of_stack(aws, stack)]


def table(new: Sequence[str], changes: Sequence[Change]) -> Table:
    """New stacks are named, replaced and deleted resources too; what is only changed is counted."""
    shown = Table("stack", "change", "resource", "name", box=None, pad_edge=False)
    for stack in new:
        shown.add_row(stack, "new", "", "")
    for how in ("added", "changed"):
        for stack in dict.fromkeys(each.stack for each in changes):
            found = sum(each.stack == stack and each.how == how for each in changes)
            if found:
                shown.add_row(stack, how, f"{found} resources", "")
    for each in changes:
        if each.how not in ("added", "changed"):
            how = f"{each.how}, the old one stays unused" if each.stays else each.how
            shown.add_row(each.stack, how, each.kind, each.name, style="red" if each.loses_data else None)
    return shown


def _of_stack(aws: Aws, stack: str) -> Iterator[Change]:
    """None if the CDK found no difference: it then leaves no change set."""
    pages = aws.cloudformation.get_paginator("describe_change_set").paginate(
        StackName=stack, ChangeSetName=CHANGE_SET
    )
    try:
        found: list[Any] = [each for page in pages for each in page.get("Changes", ())]
    except ClientError as refused:
        if error_code(refused) != "ChangeSetNotFound":
            raise
        return
    _delete(aws, stack)
    yield from (_change(stack, each["ResourceChange"]) for each in found if "ResourceChange" in each)


def _delete(aws: Aws, stack: str) -> None:
    aws.cloudformation.delete_change_set(StackName=stack, ChangeSetName=CHANGE_SET)


def _change(stack: str, found: Any) -> Change:
    action = found["Action"]
    how = {"Add": "added", "Remove": "deleted"}.get(action) or REPLACED.get(
        found.get("Replacement", ""), "changed"
    )
    name = found.get("PhysicalResourceId") or found["LogicalResourceId"]
    return Change(stack, how, found["ResourceType"], name, found.get("PolicyAction", "").endswith(KEPT))
