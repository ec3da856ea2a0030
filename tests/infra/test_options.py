"""What a setting adds to a stage: copies of tables, a limit before the dashboards, a domain of the APIs."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk.aws_apigatewayv2 import HttpApi

from infra import api_domain, stages
from infra.app import build
from infra.copies import copies
from infra.firewall import FirewallStack
from infra.package import ROOT
from tests.infra.stages_of import stage_of
from tests.infra.templates import Template, read

VAULT = "arn:aws:backup:eu-west-1:123456789012:backup-vault:ates"
PINNED = {"durable": True, "account": "123456789012", "region": "eu-central-1"}


def synthesised(folder: Path, build: Callable[[Stack], object]) -> Template:
    app = App(outdir=str(folder))
    build(Stack(app, "stack"))
    return read(app.synth().directory)["stack"]


def test_all_tables_are_copied_to_the_other_vault_daily(tmp_path: Path) -> None:
    stack = synthesised(tmp_path, lambda scope: copies(scope, stage_of({"durable": True}), VAULT))
    (plan,) = stack.all("AWS::Backup::BackupPlan")
    (rule,) = plan["BackupPlan"]["BackupPlanRule"]
    (copy,) = rule["CopyActions"]
    assert copy == {"DestinationBackupVaultArn": VAULT, "Lifecycle": {"DeleteAfterDays": 35}}
    assert rule["ScheduleExpression"] == "cron(30 2 * * ? *)"
    (selection,) = stack.all("AWS::Backup::BackupSelection")
    assert selection["BackupSelection"]["Resources"] == ["arn:aws:dynamodb:region:account:table/ates-prod-*"]
    (vault,) = stack.whole("AWS::Backup::BackupVault")
    assert vault["DeletionPolicy"] == "RetainExceptOnCreate"


def test_an_address_may_ask_so_often(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path))
    firewall = FirewallStack(app, stage_of({**PINNED, "web_requests_per_5_minutes": 2000}))
    assert firewall.region == "us-east-1", "CloudFront takes no other"
    (acl,) = read(app.synth().directory)["Ates-prod-firewall"].all("AWS::WAFv2::WebACL")
    assert acl["Scope"] == "CLOUDFRONT"
    (rule,) = acl["Rules"]
    limit = rule["Statement"]["RateBasedStatement"]
    assert (limit["Limit"], limit["AggregateKeyType"], limit["EvaluationWindowSec"]) == (2000, "IP", 300)
    assert rule["Action"] == {"Block": {}}


def test_each_service_is_a_path_of_the_apis_domain(tmp_path: Path) -> None:
    stage = stage_of({"api_domain": "api.ates.example", "api_certificate": "arn:aws:acm:certificate"})

    def build(scope: Stack) -> None:
        api_domain.domain(scope, stage)
        url = api_domain.path(scope, stage, "tracking", HttpApi(scope, "api"))
        assert url == "https://api.ates.example/tracking"

    stack = synthesised(tmp_path, build)
    (domain,) = stack.all("AWS::ApiGatewayV2::DomainName")
    (mapping,) = stack.all("AWS::ApiGatewayV2::ApiMapping")
    assert domain["DomainName"] == mapping["DomainName"] == "api.ates.example"
    assert domain["DomainNameConfigurations"][0]["SecurityPolicy"] == "TLS_1_2"
    assert (mapping["ApiMappingKey"], mapping["Stage"]) == ("tracking", "$default")
    assert "ApiDomainTarget" in stack.outputs


ALL = {
    **PINNED,
    "api_domain": "api.ates.example",
    "api_certificate": "arn:aws:acm:eu-central-1:123456789012:certificate/api",
    "backup_copies": VAULT,
    "canary": True,
    "login_version": 2,
    "web_certificate": "arn:aws:acm:us-east-1:123456789012:certificate/web",
    "web_requests_per_5_minutes": 2000,
}


def test_all_options_together_are_deployed_without_a_finding(tmp_path: Path) -> None:
    """The order, too: no stack waits for one that waits for it, or the synthesis would stop."""
    context: Any = json.loads((ROOT / "cdk.json").read_text())["context"]
    context["stages"]["prod"].update(ALL)
    app = build(layer=tmp_path, context={**context, "stage": "prod", "target": "aws"})
    directory = Path(app.synth().directory)
    assert json.loads((directory / "validation-report.json").read_text())["pluginReports"] == []
    stacks = read(str(directory))
    assert stacks["Ates-prod-firewall"].whole("AWS::WAFv2::WebACL")
    assert stacks["Ates-prod-events"].whole("AWS::Backup::BackupPlan")
    functions = [each for stack in stacks.values() for each in stack.all("AWS::Lambda::Function")]
    ours = [each for each in functions if each.get("FunctionName", "").startswith("ates-prod-")]
    groups = [each for stack in stacks.values() for each in stack.all("AWS::CodeDeploy::DeploymentGroup")]
    assert len(groups) == len(ours) > 60
    largest = max(len(stack.resources) for stack in stacks.values())
    assert largest < 450, "CloudFormation takes 500 resources a stack"


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"api_domain": "api.ates.example"}, "api_domain and api_certificate need each other"),
        ({"web_requests_per_5_minutes": 2000}, "needs account and region"),
        ({**PINNED, "web_requests_per_5_minutes": 5}, "web_requests_per_5_minutes can't be"),
        ({"backup_copies": "ates"}, "backup_copies can't be 'ates'"),
    ],
)
def test_what_cannot_be_deployed_is_named(settings: dict[str, Any], problem: str) -> None:
    with pytest.raises(stages.BadSettings, match=problem):
        stage_of(settings)
