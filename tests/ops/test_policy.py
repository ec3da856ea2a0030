"""The IAM policies of an operator and a deployer: what their commands call, and no more."""

import ast
import fnmatch
import inspect
import json
from typing import Any

import pytest

from ops import __main__ as command_line
from ops.daily import policy
from ops.daily.policy import Who
from ops.stage import aws_calls
from ops.stage.aws import Aws

PLACE = ("prod", "123456789012", "eu-central-1")
LONGEST = 6144
"""Characters of a managed policy, without white space."""


def allowed(who: Who) -> dict[str, list[str]]:
    """Resources by action."""
    found: dict[str, list[str]] = {}
    for statement in policy.policy(who, *PLACE)["Statement"]:
        resources = statement["Resource"]
        for action in statement["Action"]:
            found.setdefault(action, []).extend([resources] if isinstance(resources, str) else resources)
    return found


def may(who: Who, action: str, resource: str) -> bool:
    return any(fnmatch.fnmatchcase(resource, each) for each in allowed(who).get(action, ()))


def test_every_command_for_a_stage_belongs_to_one_of_the_two() -> None:
    asked = {
        function.__module__
        for function in command_line.COMMANDS.values()
        if "stage" in inspect.signature(function).parameters and function is not policy.command
    }
    covered = [module for who in Who for module in policy.commands(who)]
    assert len(covered) == len(set(covered))
    assert {each for each in asked if each not in covered} == {"ops.local.demo.command"}, "it never uses AWS"


def test_each_client_is_known() -> None:
    """One that is added must be found in the sources too."""
    clients = {
        name
        for name, made in inspect.getmembers(Aws)
        if not name.startswith("_") and "client" in inspect.getsource(getattr(made, "func", made))
    }
    assert clients == {*aws_calls.CLIENTS, "apis"}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("aws.queues.send_message(QueueUrl=url)", ("sqs", "SendMessage")),
        ("self._aws.queues.send_message(QueueUrl=url)", ("sqs", "SendMessage")),
        ("events, bus = aws.events, 1\nevents.put_rule(Name=bus)", ("events", "PutRule")),
        ("self._client: Any = aws.dynamodb\nself._client.get_paginator('scan')", ("dynamodb", "Scan")),
        ("aws.dynamodb.get_waiter('table_exists')", ("dynamodb", "DescribeTable")),
        ("def depth(client: 'SQSClient'):\n    client.get_queue_attributes()", ("sqs", "GetQueueAttributes")),
        ("from shared.bus import EventBridge", ("events", "PutEvents")),
    ],
)
def test_a_call_is_found_however_it_is_written(source: str, found: aws_calls.Call) -> None:
    assert set(aws_calls.calls_in(ast.parse(source))) == {found}


def test_no_client_is_used_in_a_way_that_is_not_found() -> None:
    """Each name of an operation that stands after a dot in these modules is among the calls."""
    operations = {
        name: (service, operation)
        for service in aws_calls.CLIENTS.values()
        for name, operation in aws_calls.operations(service).items()
    }
    for who in Who:
        called = {operation for _, operation in policy.calls(who)}
        for module in aws_calls.reached(policy.commands(who)):
            tree = ast.parse(aws_calls.path_of(module).read_text())
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    name = node.func.attr
                    if name in operations and name not in NOT_AWS:
                        assert operations[name][1] in called, f"{module}: {name}"


NOT_AWS = {"create_connection", "publish", "query", "scan"}
"""Methods of our own, and of sockets, that are called like operations."""


def test_an_operator_may_do_what_repairs_need_on_the_stage_alone() -> None:
    table = "arn:aws:dynamodb:eu-central-1:123456789012:table/"
    assert may(Who.operator, "dynamodb:PutItem", f"{table}ates-prod-accounting-entries")
    assert may(Who.operator, "dynamodb:Query", f"{table}ates-prod-tracking-tasks/index/by_assignee")
    assert not may(Who.operator, "dynamodb:PutItem", f"{table}ates-dev-accounting-entries")
    queue = "arn:aws:sqs:eu-central-1:123456789012:"
    assert may(Who.operator, "sqs:DeleteMessage", f"{queue}ates-prod-accounting-on-task-event-dlq")
    assert not may(Who.operator, "sqs:DeleteMessage", f"{queue}another")
    function = "arn:aws:lambda:eu-central-1:123456789012:function:ates-prod-accounting-book-payout"
    assert may(Who.operator, "lambda:InvokeFunction", function)
    bus = "arn:aws:events:eu-central-1:123456789012:event-bus/ates-prod"
    assert may(Who.operator, "events:PutEvents", bus)
    logs = "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/ates-"
    assert may(Who.operator, "logs:FilterLogEvents", f"{logs}prod-tracking-create-task:*")
    assert not may(Who.operator, "logs:FilterLogEvents", f"{logs}dev-tracking-create-task:*")
    assert may(Who.operator, "s3:GetObject", "arn:aws:s3:::ates-prod-backups-123456789012/auth/x/manifest")


def test_a_deployer_assumes_the_roles_of_the_cdk_and_touches_no_data_but_the_guards() -> None:
    role = "arn:aws:iam::123456789012:role/cdk-hnb659fds-deploy-role-123456789012-eu-central-1"
    assert allowed(Who.deployer)["sts:AssumeRole"][0] == role
    assert may(Who.deployer, "s3:PutObject", "arn:aws:s3:::ates-prod-web-bucket/index.html")
    operators = {"dynamodb:DeleteTable", "events:PutEvents"}
    assert operators <= allowed(Who.operator).keys()
    function = "arn:aws:lambda:eu-central-1:123456789012:function:ates-prod-"
    assert allowed(Who.deployer)["lambda:InvokeFunction"] == [f"{function}auth-bootstrap-account"]
    assert not operators & allowed(Who.deployer).keys()
    assert "sts:AssumeRole" not in allowed(Who.operator)


@pytest.mark.parametrize("who", Who)
def test_nobody_gives_rights_to_oneself_or_gets_all_of_a_service(who: Who) -> None:
    for action, resources in allowed(who).items():
        service = action.partition(":")[0]
        assert "*" not in action
        assert service not in ("iam", "kms", "organizations"), action
        if "*" in resources and not action.endswith("EventSourceMapping"):
            assert action in policy.UNNAMED, action


@pytest.mark.parametrize("who", Who)
def test_event_sources_are_changed_for_functions_of_the_stage_alone(who: Who) -> None:
    for statement in policy.policy(who, *PLACE)["Statement"]:
        if any(each.endswith("EventSourceMapping") for each in statement["Action"]):
            functions = ["arn:aws:lambda:eu-central-1:123456789012:function:ates-prod-*"]
            assert statement["Condition"] == {"ArnLike": {"lambda:FunctionArn": functions}}


@pytest.mark.parametrize("who", Who)
def test_it_fits_into_a_managed_policy(who: Who) -> None:
    assert len(json.dumps(policy.policy(who, *PLACE), separators=(",", ":"))) < LONGEST


def test_the_command_prints_the_stages_policy(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["policy", "operator", "--stage", "prod"]) == 0
    printed: Any = json.loads(capsys.readouterr().out)
    assert printed == policy.policy(Who.operator, "prod", "*", "*")
    assert command_line.main(["policy", "operator", "--stage", "nowhere"]) == 2
    assert capsys.readouterr().err == "ates policy: cdk.json has no stage 'nowhere'\n"
