"""`ates destroy`, under moto: nothing is left of a disposable stage, and a durable one is refused."""

from typing import Any

import pytest
from moto import mock_aws

from ops.__main__ import main
from ops.deploying import destroy, stage_file
from ops.stage import connection, stage_settings
from ops.stage.aws import Aws
from ops.stage.installation_files import InstallationFiles
from tests.ops import deployable
from tests.ops.conftest import Answer
from tests.ops.deployable import ACCOUNT, SETTINGS, FakeCdk, settings_file

DESTROY = ["destroy", "--stage", "dev", "--yes"]


@pytest.fixture
def cdk(aws: Aws, installed: InstallationFiles, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A deployed stage."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        folder = installed.folder / "cdk.out-dev"
        deployable.assemble(folder, {})
        found = FakeCdk(aws, folder)
        assembly = found.synthesise()
        for stack in assembly.stacks():
            found.deploy(assembly, stack)
        monkeypatch.setattr(
            stage_settings, "CDK_JSON", settings_file(installed.folder, {"dev": SETTINGS, "dev-2": SETTINGS})
        )
        monkeypatch.setattr(connection, "aws", lambda _stage: aws)
        monkeypatch.setattr(connection, "installation_files", lambda: installed)
        monkeypatch.setattr(destroy, "Cdk", lambda *_: found)
        yield found


def test_nothing_is_left(cdk: FakeCdk, aws: Aws, installed: InstallationFiles) -> None:
    """Neither what was made beside the stacks, nor the logs of the CDK's own functions."""
    aws.parameters.put_parameter(Name="/ates/dev/published-web", Value="x", Type="String")
    aws.logs.create_log_group(logGroupName="/aws/lambda/Ates-dev-web-CustomS3AutoDelete-1")
    aws.logs.create_log_group(logGroupName="/aws/lambda/ates-dev-tracking-create-task")
    stage_file.write(installed, "dev", {})
    assert main(DESTROY) == 0
    assert cdk.destroyed
    assert aws.cloudformation.list_stacks(StackStatusFilter=["CREATE_COMPLETE"])["StackSummaries"] == []
    assert aws.parameters.describe_parameters()["Parameters"] == []
    assert aws.logs.describe_log_groups()["logGroups"] == []
    assert aws.dynamodb.list_tables()["TableNames"] == []
    assert not stage_file.path(installed, "dev").exists()


@pytest.mark.usefixtures("cdk")
def test_another_stage_whose_name_begins_alike_is_left_alone(aws: Aws) -> None:
    aws.parameters.put_parameter(Name="/ates/dev-2/published-web", Value="x", Type="String")
    groups = ["/aws/lambda/Ates-dev-2-web-x", "/aws/lambda/ates-dev-2-tracking-create-task"]
    for group in groups:
        aws.logs.create_log_group(logGroupName=group)
    aws.queues.create_queue(QueueName="ates-dev-2-tracking-shuffles")
    assert main(DESTROY) == 0
    assert [each["logGroupName"] for each in aws.logs.describe_log_groups()["logGroups"]] == groups
    assert len(aws.parameters.describe_parameters()["Parameters"]) == 1


@pytest.mark.usefixtures("cdk")
def test_what_is_still_there_is_named(aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    aws.objects.create_bucket(Bucket=f"ates-dev-backups-{ACCOUNT}")
    aws.queues.create_queue(QueueName="ates-dev-tracking-shuffles")
    aws.events.create_event_bus(Name="ates-dev")
    assert main(DESTROY) == 1
    said = capsys.readouterr().err.splitlines()[-1]
    assert f"EventBus ates-dev, Bucket ates-dev-backups-{ACCOUNT}, queue ates-dev-tracking-shuffles" in said


def test_a_stack_that_stayed_fails_it(cdk: FakeCdk, capsys: pytest.CaptureFixture[str]) -> None:
    cdk.keeps = ("Ates-dev-tracking",)
    assert main(DESTROY) == 1
    assert "these stacks are still there: Ates-dev-tracking" in capsys.readouterr().err


def test_it_can_be_repeated_when_the_stacks_are_gone(cdk: FakeCdk, aws: Aws) -> None:
    assert main(DESTROY) == 0
    cdk.destroyed = False
    aws.parameters.put_parameter(Name="/ates/dev/before/x", Value="x", Type="String")
    assert main(DESTROY) == 0
    assert not cdk.destroyed
    assert aws.parameters.describe_parameters()["Parameters"] == []


def test_a_durable_stage_is_refused(
    cdk: FakeCdk, installed: InstallationFiles, capsys: pytest.CaptureFixture[str]
) -> None:
    settings_file(installed.folder, {"dev": SETTINGS | {"durable": True}})
    assert main(DESTROY) == 2
    assert "stage dev is durable, and keeps its data" in capsys.readouterr().err
    assert not cdk.destroyed


def test_a_stage_that_was_deployed_as_durable_is_refused(
    cdk: FakeCdk, aws: Aws, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    describe = aws.cloudformation.describe_stacks

    def protected(**named: str) -> Any:
        found: Any = describe(**named)
        for each in found["Stacks"]:
            each["EnableTerminationProtection"] = each["StackName"] == "Ates-dev-tracking"
        return found

    monkeypatch.setattr(aws.cloudformation, "describe_stacks", protected)
    assert main(DESTROY) == 2
    assert "Ates-dev-tracking has termination protection" in capsys.readouterr().err
    assert not cdk.destroyed


def test_it_asks_first(cdk: FakeCdk, answer: Answer) -> None:
    assert main(DESTROY[:-1]) == 1
    assert answer.questions == [f"Delete stage dev in account {ACCOUNT}, us-east-1, with all its data?"]
    assert not cdk.destroyed


def test_the_local_aws_has_another_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["destroy"]) == 2
    assert "`make clean`" in capsys.readouterr().err


def test_an_unknown_stage_is_refused(cdk: FakeCdk) -> None:
    assert main(["destroy", "--stage", "prod", "--yes"]) == 2
    assert not cdk.destroyed
