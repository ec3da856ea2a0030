"""Resources with data that a new template lacks, or would make again: what a change set says too.

CloudFormation deletes what the new template doesn't have under the same logical id, and makes again what has
another name, type or key.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ops.deploying.assembly import FIXED_NAMES

HOLDS_DATA = frozenset(
    {
        "AWS::Backup::BackupVault",
        "AWS::Cognito::UserPool",
        "AWS::Cognito::UserPoolGroup",
        "AWS::DynamoDB::GlobalTable",
        "AWS::DynamoDB::Table",
        "AWS::Events::Archive",
        "AWS::KMS::Key",
        "AWS::Logs::LogGroup",
        "AWS::S3::Bucket",
        "AWS::SES::EmailIdentity",
        "AWS::SQS::Queue",
    }
)
"""A group has its members, an identity its verification; what a key encrypted is lost with it."""
UNCHANGEABLE = ("KeySchema", "FifoQueue", "EmailIdentity", "BackupVaultName", "QueueName", "GroupName")
"""Properties, besides names, that no update can change."""
KEPT = frozenset({"Retain", "RetainExceptOnCreate", "Snapshot"})

Resources = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Loss:
    """`how`: `deleted` or `replaced`; `stays`: whether the old one is kept, unused."""

    logical: str
    how: str
    kind: str
    name: str
    stays: bool


def between(deployed: Resources, new: Resources) -> Iterator[Loss]:
    for logical, old in deployed.items():
        kind = old.get("Type", "")
        if kind not in HOLDS_DATA:
            continue
        made = new.get(logical)
        if made is None or made.get("Type") != kind:
            yield Loss(logical, "deleted", kind, _name(logical, old), old.get("DeletionPolicy") in KEPT)
        elif any(_of(old, each) != _of(made, each) for each in _fixed(kind)):
            stays = {old.get("UpdateReplacePolicy"), made.get("UpdateReplacePolicy")} <= KEPT
            yield Loss(logical, "replaced", kind, _name(logical, old), stays)


def _fixed(kind: str) -> tuple[str, ...]:
    name = FIXED_NAMES.get(kind)
    return (*UNCHANGEABLE, name) if name else UNCHANGEABLE


def _of(resource: Mapping[str, Any], key: str) -> Any:
    return resource.get("Properties", {}).get(key)


def _name(logical: str, resource: Mapping[str, Any]) -> str:
    """The fixed name, or what the template calls it."""
    for each in (FIXED_NAMES.get(resource["Type"], ""), *UNCHANGEABLE):
        if isinstance(name := _of(resource, each), str):
            return name
    return logical
