"""`ates policy`: the IAM policies of whoever operates a stage and of whoever deploys it.

They are made from the commands: each call that one of them makes is allowed, on the stage's own resources,
and nothing else is. People of Cognito (admins, managers, …) need none of this.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Annotated, Any

import typer

from infra import names
from ops.console.output import Output
from ops.stage import aws_calls, stacks, stage_settings, target
from ops.stage.aws_calls import Call

DEPLOYERS = ("deploy", "destroy", "guard", "publish_dashboards")
"""Modules of commands that belong to a deployment; all others are an operator's."""
LOCAL = "ops.local."
INVOKE = "lambda:InvokeFunction"
PREFIXES = {"sesv2": "ses", "service-quotas": "servicequotas"}
"""Of the actions of services that IAM calls otherwise."""
CDK_ROLES = ("deploy", "file-publishing", "image-publishing", "lookup")
QUALIFIER = "hnb659fds"
"""Of the resources that `cdk bootstrap` makes, unless it is told another one."""


class Who(StrEnum):
    operator = "operator"
    deployer = "deployer"


WhoseCommands = Annotated[Who, typer.Argument(metavar="operator|deployer")]
StageName = Annotated[str, typer.Option("--stage", metavar="STAGE", help="A stage in cdk.json.")]

ACTIONS = {
    ("lambda", "Invoke"): "lambda:InvokeFunction",
    ("s3", "HeadBucket"): "s3:ListBucket",
    ("s3", "ListObjectsV2"): "s3:ListBucket",
    ("s3", "HeadObject"): "s3:GetObject",
    ("sqs", "DeleteMessageBatch"): "sqs:DeleteMessage",
    ("sqs", "SendMessageBatch"): "sqs:SendMessage",
}
"""Operations whose action has another name."""
OF_A_RESTORE = ("BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem")
"""What DynamoDB asks for besides, on the new table."""
UNNAMED = {
    "dynamodb:ListBackups",
    "dynamodb:ListTables",
    "events:ListReplays",
    "events:ListRules",
    "cognito-idp:DescribeUserPoolDomain",
    "cognito-idp:ListUserPools",
    "lambda:GetAccountSettings",
    "lambda:ListEventSourceMappings",
    "logs:DescribeLogGroups",
    "servicequotas:GetAWSDefaultServiceQuota",
    "servicequotas:GetServiceQuota",
    "ses:GetAccount",
    "sqs:ListQueues",
}
"""Actions that AWS grants on everything or not at all."""
UNRESTRICTED = {"sts:GetCallerIdentity"}
"""Actions that everybody has."""


def command(who: WhoseCommands, stage: StageName) -> None:
    """Print an IAM policy: what the commands of an operator or a deployer need, and no more."""
    account, region = stage_settings.place(stage)
    Output(as_json=True).result(policy(who, stage, account or "*", region or "*"))


def policy(who: Who, stage: str, account: str, region: str) -> dict[str, Any]:
    invoked = names.physical(stage, "auth", "bootstrap_account") if who is Who.deployer else ""
    statements = list(_statements(calls(who), Arns(stage, account, region, invoked)))
    if who is Who.deployer:
        statements += _cdk(account, region)
        if _has_firewall(stage) and region != names.CLOUDFRONT_REGION:
            statements += _cdk(account, names.CLOUDFRONT_REGION)
    return {"Version": "2012-10-17", "Statement": statements}


def calls(who: Who) -> set[Call]:
    return aws_calls.of_modules(commands(who))


def commands(who: Who) -> list[str]:
    """The modules of the commands that work on AWS."""
    found = []
    for module in aws_calls.stage_commands():
        is_deployers = module.rpartition(".")[2] in DEPLOYERS
        if is_deployers == (who is Who.deployer) and (is_deployers or not module.startswith(LOCAL)):
            found.append(module)
    return found


class Arns:
    """The stage's resources, by service; with `invoked`, only this function may be invoked."""

    def __init__(self, stage: str, account: str, region: str, invoked: str = "") -> None:
        prefix, bus = names.prefix(stage), names.bus(stage)

        def of(service: str, *resources: str) -> list[str]:
            return [f"arn:aws:{service}:{region}:{account}:{each}" for each in resources]

        self.functions = of("lambda", f"function:{prefix}*")
        self.invoked = of("lambda", f"function:{invoked}") if invoked else self.functions
        self.of_service = {
            "cloudformation": [
                *of("cloudformation", f"stack/{names.stack(stage, '*')}/*"),
                *_firewall(stage, account, region),
            ],
            "cloudfront": [f"arn:aws:cloudfront::{account}:distribution/*"],
            "cognito-idp": of("cognito-idp", "userpool/*"),
            "dynamodb": of("dynamodb", f"table/{prefix}*"),
            "events": of(
                "events",
                f"event-bus/{bus}",
                f"archive/{bus}",
                f"replay/{prefix}*",
                f"rule/{bus}/*",
                f"rule/{prefix}*",
            ),
            "lambda": self.functions,
            "logs": of("logs", f"log-group:*{bus}-*", f"log-group:*{names.stack(stage, '*')}"),
            "s3": [f"arn:aws:s3:::{prefix}*"],
            "ses": of("ses", "identity/*"),
            "sns": of("sns", names.alarms(stage)),
            "sqs": of("sqs", f"{prefix}*"),
            "ssm": of("ssm", f"parameter/ates/{stage}", f"parameter/ates/{stage}/*"),
        }


def _has_firewall(stage: str) -> bool:
    return stacks.has_firewall(target.deployed(stage))


def _firewall(stage: str, account: str, region: str) -> Iterator[str]:
    """Its stack, which is in CloudFront's region."""
    if _has_firewall(stage) and region != names.CLOUDFRONT_REGION:
        stack = names.stack(stage, stacks.FIREWALL)
        yield f"arn:aws:cloudformation:{names.CLOUDFRONT_REGION}:{account}:stack/{stack}/*"


def _statements(called: Iterable[Call], arns: Arns) -> Iterator[dict[str, Any]]:
    actions = {action for call in called for action in _actions(call)} - UNRESTRICTED
    for service, resources in arns.of_service.items():
        own = {each for each in actions if each.partition(":")[0] == service} - UNNAMED
        mappings = {each for each in own if each.endswith("EventSourceMapping")}
        yield from _allowed(own - mappings - {INVOKE}, resources)
        yield from _allowed(own & {INVOKE}, arns.invoked)
        yield from _allowed(mappings, "*", {"ArnLike": {"lambda:FunctionArn": arns.functions}})
    yield from _allowed(actions & UNNAMED, "*")


def _actions(call: Call) -> Iterator[str]:
    service, operation = call
    yield ACTIONS.get(call, f"{PREFIXES.get(service, service)}:{operation}")
    if operation.startswith("RestoreTable"):
        yield from (f"dynamodb:{each}" for each in OF_A_RESTORE)


def _allowed(
    actions: Iterable[str], resource: str | list[str], condition: dict[str, Any] | None = None
) -> Iterator[dict[str, Any]]:
    listed = sorted(actions)
    if listed:
        more = {"Condition": condition} if condition else {}
        yield {"Effect": "Allow", "Action": listed, "Resource": resource, **more}


def _cdk(account: str, region: str) -> list[dict[str, Any]]:
    """`cdk` assumes the roles of its bootstrap, which have the rights to deploy."""
    roles = [
        f"arn:aws:iam::{account}:role/cdk-{QUALIFIER}-{each}-role-{account}-{region}" for each in CDK_ROLES
    ]
    version = f"arn:aws:ssm:{region}:{account}:parameter/cdk-bootstrap/{QUALIFIER}/version"
    return [
        {"Effect": "Allow", "Action": ["sts:AssumeRole"], "Resource": roles},
        {"Effect": "Allow", "Action": ["ssm:GetParameter"], "Resource": [version]},
    ]
