"""New code on a stage with a canary: a tenth of the calls first, and back on an alarm."""

from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack

from functions.notifications.send_report.handler import SPEC as CONSUMER
from functions.tracking.create_task.handler import SPEC as ROUTE
from infra.function import Program, UseCaseFunction
from infra.grants import Grant
from shared.spec import UseCase
from tests.infra.stages_of import stage_of
from tests.infra.templates import Template, read


def synthesised(folder: Path, settings: dict[str, Any], *specs: UseCase) -> Template:
    (folder / "code").mkdir()
    (folder / "code" / "handler.py").touch()
    app = App(outdir=str(folder / "out"))
    stack = Stack(app, "stack")
    program = Program(str(folder / "code"), "handler.handler", {}, None)
    for spec in specs:
        made = UseCaseFunction(stack, stage_of(settings), spec, program, [Grant(("sqs:SendMessage",), "arn")])
        assert made.target is not made.function or not settings.get("canary")
    return read(app.synth().directory)["stack"]


def test_consumers_and_routes_shift_slowly_and_back_on_errors(tmp_path: Path) -> None:
    stack = synthesised(tmp_path, {"durable": True, "canary": True}, CONSUMER, ROUTE)
    assert [alias["Name"] for alias in stack.all("AWS::Lambda::Alias")] == ["live", "live"]
    groups = list(stack.all("AWS::CodeDeploy::DeploymentGroup"))
    assert len(groups) == 2
    for group in groups:
        assert group["DeploymentConfigName"] == "CodeDeployDefault.LambdaCanary10Percent5Minutes"
        assert group["AutoRollbackConfiguration"]["Enabled"] is True
        assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]
        assert len(group["AlarmConfiguration"]["Alarms"]) == 1
    assert len(stack.whole("AWS::CodeDeploy::Application")) == 1
    for alias in stack.whole("AWS::Lambda::Alias"):
        assert "CodeDeployLambdaAliasUpdate" in alias["UpdatePolicy"]


def test_the_role_may_shift_functions_of_the_stage_alone(tmp_path: Path) -> None:
    stack = synthesised(tmp_path, {"durable": True, "canary": True}, CONSUMER, ROUTE)
    (role,) = [
        each for each in stack.all("AWS::IAM::Role") if "codedeploy" in str(each["AssumeRolePolicyDocument"])
    ]
    assert "ManagedPolicyArns" not in role
    shift, alarms = role["Policies"][0]["PolicyDocument"]["Statement"]
    assert shift["Resource"] == "arn:aws:lambda:region:account:function:ates-prod-*"
    assert set(shift["Action"]) == {
        "lambda:GetAlias",
        "lambda:GetProvisionedConcurrencyConfig",
        "lambda:UpdateAlias",
    }
    assert alarms["Action"] == "cloudwatch:DescribeAlarms"


@pytest.mark.parametrize("settings", [{"durable": True}, {}])
def test_without_the_setting_nothing_shifts(settings: dict[str, Any], tmp_path: Path) -> None:
    stack = synthesised(tmp_path, settings, CONSUMER)
    assert not stack.whole("AWS::CodeDeploy::DeploymentGroup")
    assert not stack.whole("AWS::Lambda::Alias")
