"""The deployed stacks: states and outputs."""

import pkgutil
from dataclasses import dataclass

from botocore.exceptions import ClientError

import functions
from infra import names
from ops.console.errors import NotUp
from ops.stage.aws import Aws
from shared.clients import error_code

EVENTS = "events"
# Every package of functions is a service, as infra.discovery has it; its specs need not be loaded for that.
SERVICES = tuple(each.name for each in pkgutil.iter_modules(functions.__path__) if each.ispkg)
WEB = "web"  # the dashboards
DONE = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")


@dataclass(frozen=True, slots=True)
class Stack:
    name: str
    state: str
    outputs: dict[str, str]

    @property
    def usable(self) -> bool:
        return self.state in DONE


def expected(stage: str) -> tuple[str, ...]:
    """The names of all stacks."""
    return tuple(names.stack(stage, part) for part in (EVENTS, *SERVICES, WEB))


def found(aws: Aws) -> tuple[Stack, ...]:
    """The product's stacks that exist."""
    return tuple(stack for name in expected(aws.target.stage) if (stack := find(aws, name)))


def find(aws: Aws, name: str) -> Stack | None:
    """None, too, if the stack was deleted."""
    try:
        described = aws.cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as refused:
        if error_code(refused) == "ValidationError":
            return None
        raise
    if described["StackStatus"] == "DELETE_COMPLETE":
        return None
    outputs = {one["OutputKey"]: one["OutputValue"] for one in described.get("Outputs", [])}
    return Stack(name, described["StackStatus"], outputs)


def output(aws: Aws, part: str, key: str) -> str:
    """Raises NotUp if the stack or the output is missing."""
    name = names.stack(aws.target.stage, part)
    stack = find(aws, name)
    if stack is None or key not in stack.outputs:
        deploys = "`make up`" if aws.target.endpoint else f"`ates deploy --stage {aws.target.stage}`"
        raise NotUp(f"stack {name} has no output {key}; run {deploys}")
    return stack.outputs[key]
