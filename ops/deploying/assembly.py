"""The synthesised stacks: their order, and the names that they will take."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FIXED_NAMES: Mapping[str, str] = {
    "AWS::DynamoDB::GlobalTable": "TableName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::Events::Archive": "ArchiveName",
    "AWS::Events::EventBus": "Name",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::Cognito::UserPoolDomain": "Domain",
}
"""Resources that outlive their stack on a durable stage, and the property with their name."""


@dataclass(frozen=True, slots=True)
class Named:
    """A resource with a name of its own."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Assembly:
    folder: Path

    def stacks(self) -> list[str]:
        """In the order of deployment, which the app (`infra.order`) has given them."""
        artifacts = json.loads((self.folder / "manifest.json").read_bytes())["artifacts"]
        before = {
            name: list(artifact.get("dependencies", ()))
            for name, artifact in artifacts.items()
            if artifact["type"] == "aws:cloudformation:stack"
        }
        order: list[str] = []
        for name in before:
            _visit(name, before, order)
        return order

    def resources(self, stack: str) -> dict[str, dict[str, Any]]:
        """By logical id."""
        found: dict[str, dict[str, Any]] = self._template(stack)["Resources"]
        return found

    def named(self, stack: str, account: str) -> Iterator[Named]:
        """Resources whose names are fixed, and so may be taken."""
        for resource in self.resources(stack).values():
            if key := FIXED_NAMES.get(resource["Type"]):
                name = _rendered(resource.get("Properties", {}).get(key), account)
                if name:
                    yield Named(resource["Type"], name)

    def _template(self, stack: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / f"{stack}.template.json").read_bytes())
        return found


def _visit(name: str, before: Mapping[str, list[str]], order: list[str]) -> None:
    if name in order or name not in before:
        return
    for each in before[name]:
        _visit(each, before, order)
    order.append(name)


def _rendered(value: Any, account: str) -> str:
    """Empty for a name that AWS gives."""
    match value:
        case str():
            return value
        case {"Ref": "AWS::AccountId"}:
            return account
        case {"Fn::Join": [str(separator), list(parts)]}:
            rendered = [_rendered(part, account) for part in parts]
            return separator.join(rendered) if all(rendered) else ""
    return ""
