"""The deployed stacks: states and outputs."""

import pkgutil
from dataclasses import dataclass

from botocore.exceptions import ClientError

import functions
from infra import names
from ops.console.errors import NotUp
from ops.stage import stage_settings
from ops.stage.aws import Aws
from ops.stage.target import Target
from shared.clients import error_code

EVENTS = "events"
# Every package of functions is a service, as infra.discovery has it; its specs need not be loaded for that.
SERVICES = tuple(each.name for each in pkgutil.iter_modules(functions.__path__) if each.ispkg)
MAIL, IDENTITY = "mail", "identity"  # on AWS, the sender and the user pool
WEB = "web"  # the dashboards
FIREWALL = "firewall"  # of a stage that limits requests to its dashboards
DONE = (
    "CREATE_COMPLETE",
    "IMPORT_COMPLETE",
    "IMPORT_ROLLBACK_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
)


@dataclass(frozen=True, slots=True)
class Stack:
    name: str
    state: str
    outputs: dict[str, str]
    protected: bool = False
    """From being deleted: it was deployed as durable."""

    @property
    def usable(self) -> bool:
        return self.state in DONE


def expected(target: Target) -> tuple[str, ...]:
    """The names of all stacks; on an emulator the sender and the user pool are in the services' stacks."""
    of_aws = () if target.endpoint else (MAIL, IDENTITY)
    firewall = (FIREWALL,) if has_firewall(target) else ()
    return tuple(names.stack(target.stage, part) for part in (EVENTS, *of_aws, *SERVICES, *firewall, WEB))


def has_firewall(target: Target) -> bool:
    return not target.endpoint and stage_settings.limits_dashboards(target.stage)


def found(aws: Aws) -> tuple[Stack, ...]:
    """The product's stacks that exist."""
    return tuple(stack for name in expected(aws.target) if (stack := find(aws, name)))


def where(aws: Aws, name: str) -> Aws:
    """The region of this stack: the firewall is where CloudFront's rules are, wherever the stage is."""
    return aws.of_cloudfront if name == names.stack(aws.target.stage, FIREWALL) else aws


def find(aws: Aws, name: str) -> Stack | None:
    """None, too, if the stack was deleted."""
    aws = where(aws, name)
    try:
        described = aws.cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as refused:
        if error_code(refused) == "ValidationError":
            return None
        raise
    if described["StackStatus"] == "DELETE_COMPLETE":
        return None
    outputs = {one["OutputKey"]: one["OutputValue"] for one in described.get("Outputs", [])}
    protected = bool(described.get("EnableTerminationProtection"))
    return Stack(name, described["StackStatus"], outputs, protected)


def output(aws: Aws, part: str, key: str) -> str:
    """Raises NotUp if the stack or the output is missing."""
    name = names.stack(aws.target.stage, part)
    stack = find(aws, name)
    if stack is None or key not in stack.outputs:
        deploys = "`make up`" if aws.target.endpoint else f"`ates deploy --stage {aws.target.stage}`"
        raise NotUp(f"stack {name} has no output {key}; run {deploys}")
    return stack.outputs[key]
