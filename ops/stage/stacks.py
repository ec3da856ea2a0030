"""The deployed stacks: their states and outputs."""

from dataclasses import dataclass

from botocore.exceptions import ClientError

from ops.console.errors import NotUp
from ops.stage.aws import Aws

EVENTS = "events"
SERVICES = ("auth", "tracking", "accounting", "notifications", "analytics")
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


def names(stage: str) -> tuple[str, ...]:
    return tuple(name_of(stage, part) for part in (EVENTS, *SERVICES, WEB))


def name_of(stage: str, part: str) -> str:
    return f"Ates-{stage}-{part}"


def found(aws: Aws) -> tuple[Stack, ...]:
    """Those of the product's stacks that exist, in their order."""
    return tuple(stack for name in names(aws.target.stage) if (stack := find(aws, name)))


def find(aws: Aws, name: str) -> Stack | None:
    """None, too, for a stack that was deleted."""
    try:
        described = aws.cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as refused:
        if refused.response["Error"]["Code"] == "ValidationError":
            return None
        raise
    if described["StackStatus"] == "DELETE_COMPLETE":
        return None
    outputs = {one["OutputKey"]: one["OutputValue"] for one in described.get("Outputs", [])}
    return Stack(name, described["StackStatus"], outputs)


def output(aws: Aws, part: str, key: str) -> str:
    """Raises NotUp when the stack or its output is not there."""
    name = name_of(aws.target.stage, part)
    stack = find(aws, name)
    if stack is None or key not in stack.outputs:
        deploys = "`make up`" if aws.target.endpoint else "`npx cdk deploy`"
        raise NotUp(f"stack {name} has no output {key}; {deploys} deploys it")
    return stack.outputs[key]
