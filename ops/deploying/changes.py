"""What a deployment would change, and which data it would lose.

It is found in two ways: from CloudFormation's change sets, and by comparing the deployed templates with the
new ones. What either of them says is lost counts. What can't be read is never deployed.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from rich.table import Table

from ops.console.errors import CommandFailed
from ops.deploying import template_losses
from ops.deploying.assembly import Assembly
from ops.deploying.cdk import CHANGE_SET, Cdk
from ops.deploying.template_losses import HOLDS_DATA
from ops.stage import stacks
from ops.stage.aws import Aws
from shared.clients import error_code

NESTED = "AWS::CloudFormation::Stack"
NO_CHANGES = ("The submitted information didn't contain changes", "No updates are to be performed")
"""How AWS's reason begins where a change set failed because nothing would change."""
HOW = {
    "Add": "added",
    "Dynamic": "perhaps replaced",
    "Import": "added",
    "Remove": "deleted",
    "SyncWithActual": "changed",
}
"""By the action; what a `Modify` is, the replacement says."""
REPLACED = {"True": "replaced", "Conditional": "perhaps replaced", "False": "changed"}
MIGHT_BE = "perhaps replaced"
KEPT = ("Retain", "Snapshot")
HARMLESS = ("added", "changed")


class Unseen(CommandFailed):
    """Nobody can know what a deployment would change, so nothing is deployed."""


@dataclass(frozen=True, slots=True)
class Change:
    """`how`: `added`, `changed`, `replaced`, `perhaps replaced` or `deleted`; `name` is the physical one."""

    stack: str
    how: str
    kind: str
    name: str
    stays: bool = False
    """Whether the old one outlives its place in the stack; nothing uses it then."""
    logical: str = ""
    """The name in the template."""

    @property
    def loses_data(self) -> bool:
        """The dashboards' bucket is filled again by each deployment."""
        is_files = self.stack.endswith(f"-{stacks.WEB}") and self.kind == "AWS::S3::Bucket"
        return (self.kind in HOLDS_DATA or self.kind == NESTED) and self.how not in HARMLESS and not is_files

    @property
    def said(self) -> str:
        """How, with what becomes of the old one."""
        return f"{self.how}; the old one stays, unused" if self.stays else self.how


def planned(cdk: Cdk, aws: Aws, assembly: Assembly, existing: Sequence[str]) -> list[Change]:
    """Of stacks that exist; raises Unseen. Their change sets are deleted, those of an interrupted run too."""
    if not existing:
        return []
    for stack in existing:
        _delete_old(aws, stack)
    try:
        cdk.prepare(assembly, existing)
        return [change for stack in existing for change in _both_ways(aws, assembly, stack)]
    finally:
        for stack in existing:
            with suppress(ClientError, BotoCoreError):
                _delete(aws, stack)


def table(new: Sequence[str], changes: Sequence[Change]) -> Table:
    """New stacks are named, replaced and deleted resources too; what is only changed is counted."""
    shown = Table("stack", "change", "resource", "name", box=None, pad_edge=False)
    for stack in new:
        shown.add_row(stack, "new", "", "")
    for how in HARMLESS:
        for stack in dict.fromkeys(each.stack for each in changes):
            found = sum(each.stack == stack and each.how == how for each in changes)
            if found:
                shown.add_row(stack, how, f"{found} resources", "")
    for each in changes:
        if each.how not in HARMLESS:
            shown.add_row(
                each.stack, each.said, each.kind, each.name, style="red" if each.loses_data else None
            )
    return shown


def _both_ways(aws: Aws, assembly: Assembly, stack: str) -> Iterator[Change]:
    """The change set's changes, and losses that only the templates show."""
    found = list(_of_change_set(aws, stack, stack, CHANGE_SET))
    yield from found
    seen = {each.logical for each in found if each.how not in HARMLESS}
    for each in template_losses.between(_deployed(aws, stack), assembly.resources(stack)):
        if each.logical not in seen:
            yield Change(stack, each.how, each.kind, each.name, each.stays, each.logical)


def _deployed(aws: Aws, stack: str) -> dict[str, dict[str, Any]]:
    """The deployed resources, by logical id."""
    aws = stacks.where(aws, stack)
    body: Any = aws.cloudformation.get_template(StackName=stack).get("TemplateBody")
    found = body.get("Resources") if isinstance(body, dict) else None
    if not isinstance(found, dict):
        raise Unseen(f"{stack}: its deployed template can't be read, so nobody can say what would be lost")
    return found


def _of_change_set(aws: Aws, stack: str, owner: str, change_set: str) -> Iterator[Change]:
    """`owner` is the stack that has the change set; a nested one's name is its ARN."""
    for found in _described(aws, stack, owner, change_set):
        change = _change(stack, found)
        yield change
        if change.kind == NESTED and change.how != "added":
            if nested := found.get("ChangeSetId"):
                yield from _of_change_set(aws, stack, found.get("PhysicalResourceId") or stack, nested)
            elif change.how == "changed":
                raise Unseen(f"{stack}: CloudFormation doesn't say what would change within {change.name}")


def _described(aws: Aws, stack: str, owner: str, change_set: str) -> Iterator[dict[str, Any]]:
    """All pages of the change set's changes; the CDK leaves one for each stack that exists."""
    aws = stacks.where(aws, stack)
    pages = aws.cloudformation.get_paginator("describe_change_set").paginate(
        StackName=owner, ChangeSetName=change_set
    )
    try:
        read: list[Any] = list(pages)
    except ClientError as refused:
        if error_code(refused) != "ChangeSetNotFound":
            raise
        raise Unseen(f"{stack}: there is no change set, so nobody can say what would change") from None
    status, reason = read[0].get("Status"), read[0].get("StatusReason") or ""
    if status == "FAILED" and reason.startswith(NO_CHANGES):
        return
    if status != "CREATE_COMPLETE":
        raise Unseen(f"{stack}: its change set is {status or 'without a status'} ({reason or 'no reason'})")
    for each in (each for page in read for each in page.get("Changes", ())):
        if "ResourceChange" not in each:
            raise Unseen(f"{stack}: its change set has a change of kind {each.get('Type')!r}, not known here")
        yield each["ResourceChange"]


def _delete_old(aws: Aws, stack: str) -> None:
    """One that is still being made belongs to somebody who deploys now."""
    try:
        _delete(aws, stack)
    except ClientError as refused:
        if error_code(refused) == "InvalidChangeSetStatus":
            raise Unseen(f"{stack}: a change set is just being made; repeat this in a minute") from None
        if error_code(refused) != "ChangeSetNotFound":
            raise


def _delete(aws: Aws, stack: str) -> None:
    aws = stacks.where(aws, stack)
    aws.cloudformation.delete_change_set(StackName=stack, ChangeSetName=CHANGE_SET)


def _change(stack: str, found: dict[str, Any]) -> Change:
    logical = found.get("LogicalResourceId", "")
    name = found.get("PhysicalResourceId") or logical
    policy = found.get("PolicyAction", "")
    return Change(stack, _how(stack, found), found["ResourceType"], name, policy.endswith(KEPT), logical)


def _how(stack: str, found: dict[str, Any]) -> str:
    """What isn't said to be no replacement might be one."""
    action = found.get("Action", "")
    if action == "Modify":
        how = REPLACED.get(found.get("Replacement", ""), MIGHT_BE)
        might = found.get("PolicyAction", "").startswith("Replace")
        return MIGHT_BE if how == "changed" and might else how
    if action not in HOW:
        raise Unseen(f"{stack}: its change set has an action {action!r}, not known here")
    return HOW[action]
