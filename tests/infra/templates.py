"""Synthesised templates with references replaced by names."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PSEUDO = {"AWS::Partition": "aws", "AWS::Region": "region", "AWS::AccountId": "account"}
NAME_PROPERTIES = ("TableName", "QueueName", "FunctionName", "UserPoolName")
Properties = dict[str, Any]


@dataclass(frozen=True)
class Template:
    """`outputs` are the values of its outputs; `stacks` are all templates, for references to other stacks."""

    resources: dict[str, dict[str, Any]]
    outputs: dict[str, Any] = field(default_factory=dict)
    stacks: dict[str, "Template"] = field(default_factory=dict)

    def all(self, kind: str) -> Iterator[Properties]:
        """The rendered properties of the resources of a type such as `AWS::SQS::Queue`."""
        for resource in self.resources.values():
            if resource["Type"] == kind:
                yield self.render(resource.get("Properties", {}))

    def one(self, kind: str, **properties: object) -> Properties:
        """The only resource of a type that has these properties."""
        (found,) = self.some(kind, **properties)
        return found

    def some(self, kind: str, **properties: object) -> list[Properties]:
        return [each for each in self.all(kind) if properties.items() <= each.items()]

    def referred(self, reference: dict[str, str]) -> Properties:
        """The unrendered properties of what a `Ref` refers to."""
        properties: Properties = self.resources[reference["Ref"]]["Properties"]
        return properties

    def whole(self, kind: str) -> list[dict[str, Any]]:
        """Whole resources, with their policies."""
        return [resource for resource in self.resources.values() if resource["Type"] == kind]

    def render(self, value: Any) -> Any:
        """A value with its intrinsic functions replaced by their results."""
        match value:
            case {"Ref": str(name)}:
                return PSEUDO.get(name) or self._name(name)
            case {"Fn::GetAtt": [str(name), str(attribute)]}:
                return f"{self._name(name)}.{attribute}"
            case {"Fn::Join": [str(separator), list(parts)]}:
                return separator.join(self.render(part) for part in parts)
            case {"Fn::GetStackOutput": {"StackName": str(stack), "OutputName": str(output)}}:
                return self.stacks[stack].render(self.stacks[stack].outputs[output]["Value"])
            case {"Fn::ImportValue": str(name)}:
                return name
            case dict():
                return {key: self.render(each) for key, each in value.items()}
            case list():
                return [self.render(each) for each in value]
        return value

    def _name(self, logical_id: str) -> str:
        """A resource's physical name, or its logical id where AWS names it."""
        properties = self.resources[logical_id].get("Properties", {})
        names = (properties[key] for key in NAME_PROPERTIES if isinstance(properties.get(key), str))
        return next(names, logical_id)


def read(directory: str) -> dict[str, Template]:
    """A cloud assembly's templates by stack."""
    suffix = ".template.json"
    stacks: dict[str, Template] = {}
    for path in Path(directory).glob(f"*{suffix}"):
        whole = json.loads(path.read_text())
        stacks[path.name.removesuffix(suffix)] = Template(
            whole["Resources"], whole.get("Outputs", {}), stacks
        )
    return stacks
