"""What a stage changes, what is left out on a local emulator, and that no finding is open."""

import json
import re
from collections.abc import Iterator
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk.aws_sqs import Queue

from functions.auth.domain import INVITATION_GOOD_FOR
from infra import nag, names, stages
from infra.discovery import discover
from infra.package import ROOT
from infra.tables import table as table_of
from ops.stage import target
from ops.stage.stacks import expected
from shared.spec import Http
from shared.tables import key_names
from tests.infra.stages_of import stage_of
from tests.infra.templates import Template, read

Stacks = dict[str, Template]
TABLES = {f"{service.name}/{name}": table for service in discover() for name, table in service.tables.items()}


def tables(stacks: Stacks) -> dict[str, dict[str, Any]]:
    return {
        resource["Properties"]["TableName"]: resource
        for stack in stacks.values()
        for resource in stack.whole("AWS::DynamoDB::Table")
    }


def test_production_keeps_its_data(prod: Stacks) -> None:
    for name, table in tables(prod).items():
        properties = table["Properties"]
        assert is_kept(table), name
        assert properties["DeletionProtectionEnabled"] is True, name
        assert properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True, name
        assert properties["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS"}, name


KEPT = (
    "AWS::Cognito::UserPool",
    "AWS::Cognito::UserPoolClient",
    "AWS::Cognito::UserPoolDomain",
    "AWS::Cognito::UserPoolGroup",
    "AWS::DynamoDB::Table",
    "AWS::Events::Archive",
    "AWS::Events::EventBus",
    "AWS::Logs::LogGroup",
    "AWS::SES::EmailIdentity",
)


def is_kept(resource: dict[str, Any]) -> bool:
    """But not after a failed creation, whose fixed name would block the next try."""
    policies = (resource["DeletionPolicy"], resource["UpdateReplacePolicy"])
    return policies == ("RetainExceptOnCreate", "Retain")


@pytest.mark.parametrize("kind", KEPT)
def test_production_keeps_what_cannot_be_made_again(kind: str, prod: Stacks, dev: Stacks) -> None:
    kept = [each for stack in prod.values() for each in stack.whole(kind)]
    assert kept
    assert all(map(is_kept, kept))
    disposable = [
        each.get("DeletionPolicy", "Delete") for stack in dev.values() for each in stack.whole(kind)
    ]
    assert set(disposable) == {"Delete"}


@pytest.mark.parametrize("stage", ["dev", "prod", "local"])
def test_a_failed_first_deployment_can_be_repeated(stage: str, request: pytest.FixtureRequest) -> None:
    stacks: Stacks = request.getfixturevalue(stage)
    for stack in stacks.values():
        for name, resource in stack.resources.items():
            assert resource.get("DeletionPolicy") != "Retain", name


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_only_stacks_that_hold_data_for_good_are_protected(
    stage: str, request: pytest.FixtureRequest
) -> None:
    directory: Path = request.getfixturevalue(f"{stage}_assembly")
    artifacts = json.loads((directory / "manifest.json").read_text())["artifacts"].values()
    stacks = [each["properties"] for each in artifacts if each["type"] == "aws:cloudformation:stack"]
    assert {each.get("terminationProtection", False) for each in stacks} == {stage == "prod"}


def test_a_disposable_stage_empties_its_buckets_to_delete_them(
    dev: Stacks, prod: Stacks, local: Stacks
) -> None:
    emptied = "Custom::S3AutoDeleteObjects"
    assert sorted(name for name, stack in dev.items() if stack.whole(emptied)) == [
        "Ates-dev-events",
        "Ates-dev-web",
    ]
    assert not any(stack.whole(emptied) for stack in (*prod.values(), *local.values()))


def test_a_stage_may_name_its_account_and_region() -> None:
    pinned = stage_of({"account": "123456789012", "region": "eu-central-1"}).of_stacks["env"]
    assert (pinned.account, pinned.region) == ("123456789012", "eu-central-1")
    free = stage_of({}).of_stacks["env"]
    assert (free.account, free.region) == (None, None)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"acount": "123456789012"}, "stage dev in cdk.json has an unknown setting 'acount'"),
        ({"local": True}, "stage dev in cdk.json has an unknown setting 'local'"),
        ({"account": "12345678901"}, "stage dev in cdk.json: account can't be '12345678901'"),
        ({"region": "Frankfurt"}, "stage dev in cdk.json: region can't be 'Frankfurt'"),
        ({"durable": "no"}, "stage prod in cdk.json: durable can't be 'no'"),
        ({"traced": 1}, "stage dev in cdk.json: traced can't be 1"),
        ({"archive_days": "30"}, "stage dev in cdk.json: archive_days can't be '30'"),
        ({"mail_per_second": -1}, "stage dev in cdk.json: mail_per_second can't be -1"),
        ({"shards": 4}, "stage dev in cdk.json: shards can't be 4"),
        ({"log_retention": "A_YEAR"}, "stage dev in cdk.json: log_retention can't be 'A_YEAR'"),
        ({"business_timezone": "Mars"}, "stage dev in cdk.json: business_timezone can't be 'Mars'"),
        ({"sender": 1}, "stage dev in cdk.json: sender can't be 1"),
        ({"requests_per_second": 0}, "stage dev in cdk.json: requests_per_second can't be 0"),
        ({"tables_at": "x"}, "stage dev in cdk.json: tables_at can't be 'x'"),
        ({"tables_at": {"auth": "x"}}, "stage dev in cdk.json: tables_at of auth can't be 'x'"),
        ({"tables_at": {"auth": 4566}}, "stage dev in cdk.json: tables_at of auth can't be 4566"),
    ],
)
def test_bad_settings_are_named(settings: dict[str, Any], problem: str) -> None:
    with pytest.raises(stages.BadSettings) as raised:
        stage_of(settings)
    assert str(raised.value) == problem


@pytest.mark.parametrize("setting", ["durable", "sender", "log_retention", "archive_days", "traced"])
def test_a_missing_setting_is_named(setting: str) -> None:
    known = json.loads((ROOT / "cdk.json").read_text())["context"]["stages"]["dev"]
    given = {name: value for name, value in known.items() if name != setting}
    with pytest.raises(stages.BadSettings, match=f"^stage dev in cdk.json has no {setting}$"):
        stages.from_context(App(context={"stages": {"dev": given}, "target": "aws"}).node)


def test_the_page_on_aws_lists_every_setting() -> None:
    section = (ROOT / "docs/aws.md").read_text().partition("\n## Settings\n")[2].partition("\n## ")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    listed = [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]
    assert sorted(listed) == sorted({each.name for each in fields(stages.Stage)} - stages.COMPUTED)


def test_production_keeps_its_accounts_and_its_bus(prod: Stacks) -> None:
    (pool,) = prod["Ates-prod-identity"].whole("AWS::Cognito::UserPool")
    (bus,) = prod["Ates-prod-events"].whole("AWS::Events::EventBus")
    assert is_kept(pool)
    assert is_kept(bus)
    assert pool["Properties"]["DeletionProtection"] == "ACTIVE"


def test_production_keeps_its_backups_private(prod: Stacks) -> None:
    (bucket,) = prod["Ates-prod-events"].whole("AWS::S3::Bucket")
    assert is_kept(bucket)
    assert bucket["Properties"]["VersioningConfiguration"] == {"Status": "Enabled"}
    assert set(bucket["Properties"]["PublicAccessBlockConfiguration"].values()) == {True}


def test_development_is_disposable(dev: Stacks) -> None:
    for name, table in tables(dev).items():
        assert table["DeletionPolicy"] == "Delete", name
        assert "DeletionProtectionEnabled" not in table["Properties"], name


def test_production_archives_and_logs_for_longer(dev: Stacks, prod: Stacks) -> None:
    days = [
        stacks[f"Ates-{stage}-events"].one("AWS::Events::Archive")["RetentionDays"]
        for stage, stacks in (("dev", dev), ("prod", prod))
    ]
    logs = [
        {group["RetentionInDays"] for stack in stacks.values() for group in stack.all("AWS::Logs::LogGroup")}
        for stacks in (dev, prod)
    ]
    assert days == [30, 3650]
    assert logs == [{7}, {365}]


@pytest.mark.parametrize("durable", [False, True])
def test_apis_and_sign_in_accept_the_dashboards_domain(durable: bool) -> None:
    stage = stage_of({"durable": durable, "web_domain": "d1.cloudfront.net"})
    assert stage.web_origins == ("https://d1.cloudfront.net",)
    assert stage.callback_urls == ["https://d1.cloudfront.net/callback"]
    assert stage.web_alias is None


def test_an_own_domain_has_its_certificate() -> None:
    stage = stage_of({"web_domain": "tasks.example", "web_certificate": "arn:aws:acm:certificate"})
    assert stage.web_alias == stages.Alias("tasks.example", "arn:aws:acm:certificate")


def test_a_stage_that_keeps_its_data_needs_a_domain() -> None:
    with pytest.raises(stages.NoDomain, match="prod has no web_domain"):
        stage_of({"durable": True, "web_domain": ""})


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"journal_shards": 65}, "journal_shards is a number from 1 to 64, not 65"),
        ({"journal_shards": 0}, "journal_shards is a number from 1 to 64, not 0"),
        ({"journal_shards": "8"}, "journal_shards is a number from 1 to 64, not '8'"),
        (
            {"journal_form": "per-event"},
            "journal_form is 'per_event', '2026-11-26' or left out, not 'per-event'",
        ),
    ],
)
def test_a_journal_setting_that_the_product_does_not_know_is_refused(
    settings: dict[str, Any], said: str
) -> None:
    with pytest.raises(stages.WrongJournal, match=said):
        stage_of(settings)


def test_a_retired_index_stays_until_the_stage_writes_the_newest_form(tmp_path: Path) -> None:
    """The release before reads it, and DynamoDB removes one index of a table at a time."""
    declared = TABLES["accounting/entries"]
    found = {}
    for form in ("2026-11-26", ""):
        app = App(outdir=str(tmp_path / f"form{form}"))
        stage = stage_of({"journal_form": form})
        table_of(Stack(app, "stack"), stage, "entries", declared)
        (made,) = read(app.synth().directory)["stack"].all("AWS::DynamoDB::Table")
        found[form] = [index["IndexName"] for index in made["GlobalSecondaryIndexes"]]
    assert found == {"2026-11-26": ["by_corrected", "by_entry_id"], "": ["by_corrected"]}


def test_a_disposable_stage_accepts_localhost_until_it_has_a_domain() -> None:
    hosts = ("http://localhost:8080", "http://127.0.0.1:8080")
    assert stage_of({}).web_origins == hosts


def test_installations_on_different_ports_run_side_by_side() -> None:
    first = stage_of({}, "local", web_port="8101")
    second = stage_of({"web_domain": "d1.cloudfront.net"}, "local", web_port="8102")
    assert first.callback_urls == ["http://localhost:8101/callback", "http://127.0.0.1:8101/callback"]
    assert second.web_origins == ("http://localhost:8102", "http://127.0.0.1:8102")


def test_the_archive_keeps_every_event(dev: Stacks) -> None:
    archive = dev["Ates-dev-events"].one("AWS::Events::Archive")
    assert archive["ArchiveName"] == "ates-dev"
    assert archive["EventPattern"] == {"source": [{"prefix": "ates."}]}


@pytest.mark.parametrize("path", TABLES)
def test_a_table_matches_its_declaration(path: str, dev: Stacks) -> None:
    service, name = path.split("/")
    declared = TABLES[path]
    table = dev[f"Ates-dev-{service}"].one(
        "AWS::DynamoDB::Table", TableName=f"ates-dev-{service}-{name}".replace("_", "-")
    )
    indexes = [index["IndexName"] for index in table.get("GlobalSecondaryIndexes", [])]
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert [key["AttributeName"] for key in table["KeySchema"]] == list(key_names(declared))
    assert indexes == [index.name for index in declared.indexes]
    assert table.get("StreamSpecification", {}).get("StreamViewType") == declared.stream
    assert table.get("TimeToLiveSpecification", {}).get("AttributeName") == declared.expires


def test_tokens_are_short_lived_and_there_is_no_self_registration(prod: Stacks) -> None:
    stack = prod["Ates-prod-identity"]
    (pool,) = stack.all("AWS::Cognito::UserPool")
    assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
    validity = pool["Policies"]["PasswordPolicy"]["TemporaryPasswordValidityDays"]
    assert timedelta(days=validity) == INVITATION_GOOD_FOR
    for client in stack.all("AWS::Cognito::UserPoolClient"):
        assert (client["AccessTokenValidity"], client["TokenValidityUnits"]["AccessToken"]) == (15, "minutes")
        assert client["AllowedOAuthFlows"] == ["code"]
        assert client["GenerateSecret"] is False
        assert client["EnableTokenRevocation"] is True


@pytest.mark.parametrize("stage", ["dev", "prod", "local"])
def test_people_cannot_change_their_own_user(stage: str, request: pytest.FixtureRequest) -> None:
    """On any stage: no sign-in gives the scope for it, and no writable attribute matters."""
    stacks: Stacks = request.getfixturevalue(stage)
    stack = stacks["Ates-dev-auth" if stage == "local" else f"Ates-{stage}-identity"]
    (pool,) = stack.all("AWS::Cognito::UserPool")
    flow = "ALLOW_REFRESH_TOKEN_AUTH" if stage == "local" else "ALLOW_CUSTOM_AUTH"
    for client in stack.all("AWS::Cognito::UserPoolClient"):
        assert client["ExplicitAuthFlows"] == [flow]
        assert set(client["AllowedOAuthScopes"]) == {"openid", "profile"}
        assert client["WriteAttributes"] == ["locale"]
    assert not [each for each in pool.get("Schema", []) if each.get("Required")]
    assert pool["UserAttributeUpdateSettings"] == {"AttributesRequireVerificationBeforeUpdate": ["email"]}
    assert pool["AutoVerifiedAttributes"] == pool["UsernameAttributes"] == ["email"]


def test_functions_of_production_log_no_start_and_end(dev: Stacks, prod: Stacks, local: Stacks) -> None:
    """Lambda's own lines are two of three of a short invocation, and cost as much as ours.

    There is no level for our lines: those of metrics have none, and one above INFO would drop them.
    """
    for stacks, wanted in (
        (dev, {"LogFormat": "JSON"}),
        (prod, {"LogFormat": "JSON", "SystemLogLevel": "WARN"}),
        (local, {}),
    ):
        for function in stacks[next(name for name in stacks if name.endswith("tracking"))].all(
            "AWS::Lambda::Function"
        ):
            found = dict(function.get("LoggingConfig", {}))
            found.pop("LogGroup", None)
            assert found == wanted


def test_there_is_a_group_for_each_role(dev: Stacks) -> None:
    groups = {group["GroupName"] for group in dev["Ates-dev-identity"].all("AWS::Cognito::UserPoolGroup")}
    assert groups == {"worker", "accountant", "manager", "admin"}


def test_what_is_left_out_on_an_emulator(local: Stacks) -> None:
    """The whole list of local differences; a new one goes into infra/stages.py and here."""
    absent = (
        "AWS::Events::Archive",
        "AWS::Lambda::LayerVersion",
        "AWS::Lambda::Version",
        "AWS::Lambda::Alias",
    )
    for name, stack in local.items():
        kinds = {resource["Type"] for resource in stack.resources.values()}
        assert not kinds & set(absent), name
        for function in stack.all("AWS::Lambda::Function"):
            assert "TracingConfig" not in function
            assert function["Environment"]["Variables"]["POWERTOOLS_TRACE_DISABLED"] == "true"


TRACE = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}


def test_a_traced_stage_has_each_route_traced_and_allowed_to_send_its_traces(
    dev: Stacks, prod: Stacks
) -> None:
    specs = {names.function("prod", spec): spec for service in discover() for spec in service.use_cases}
    for stack in prod.values():
        for function in stack.all("AWS::Lambda::Function"):
            if (spec := specs.pop(function.get("FunctionName", ""), None)) is not None:
                role = stack.resources[function["Role"].removesuffix(".Arn")]["Properties"]
                is_route = isinstance(spec.trigger, Http)
                assert function.get("TracingConfig") == ({"Mode": "Active"} if is_route else None), spec.name
                assert actions_of(role) & TRACE == (TRACE if is_route else set()), spec.name
    assert not specs
    for name, stack in dev.items():
        assert not any("TracingConfig" in each for each in stack.all("AWS::Lambda::Function")), name
        assert not any(TRACE & actions_of(role) for role in stack.all("AWS::IAM::Role")), name


def actions_of(role: dict[str, Any]) -> set[str]:
    """What its own policies allow."""
    policies = role.get("Policies", ())
    statements = [each for policy in policies for each in policy["PolicyDocument"]["Statement"]]
    return {action for each in statements for action in listed(each["Action"])}


NAMELESS = {*TRACE, "cloudwatch:DescribeAlarms"}
"""Actions that AWS grants on everything or not at all."""


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_no_role_of_ours_has_a_wildcard_of_actions_or_of_everything(
    stage: str, request: pytest.FixtureRequest
) -> None:
    stacks: Stacks = request.getfixturevalue(stage)
    checked = 0
    for name, stack in stacks.items():
        for statement in statements_of(stack):
            checked += 1
            actions, resources = listed(statement["Action"]), listed(statement["Resource"])
            assert not any("*" in action for action in actions), name
            assert "*" not in resources or NAMELESS.issuperset(actions), (name, statement)
    assert checked > 100


def statements_of(stack: Template) -> Iterator[dict[str, Any]]:
    for role in stack.all("AWS::IAM::Role"):
        for policy in role.get("Policies", ()):
            yield from policy["PolicyDocument"]["Statement"]
    for kind in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
        for policy in stack.all(kind):
            yield from policy["PolicyDocument"]["Statement"]


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def test_the_command_line_knows_every_stack(dev: Stacks, prod: Stacks, local: Stacks) -> None:
    assert set(dev) == set(expected(target.deployed("dev")))
    assert set(prod) == set(expected(target.deployed("prod")))
    assert set(local) == set(expected(target.local("http://127.0.0.1:4566")))


def test_stacks_share_only_the_user_pool(dev: Stacks) -> None:
    """Everything else is found by name, so a stack is deployed without touching another.

    The dashboards' stack reads the APIs' addresses; no stack reads its own.
    """
    for name, stack in dev.items():
        read = set(read_from(stack.resources))
        services = {f"Ates-dev-{service.name}" for service in discover() if service.name != "notifications"}
        assert read <= ({"Ates-dev-identity", *services} if name == "Ates-dev-web" else {"Ates-dev-identity"})


def test_no_stack_blocks_a_change_of_another(dev: Stacks) -> None:
    """An import of an exported value would."""
    for stack in dev.values():
        assert not any("Export" in output for output in stack.outputs.values())
        assert "Fn::ImportValue" not in json.dumps(stack.resources)


def read_from(value: object) -> list[str]:
    """The stacks whose outputs a template reads."""
    match value:
        case {"Fn::GetStackOutput": {"StackName": str(name)}}:
            return [name]
        case dict():
            return [name for each in value.values() for name in read_from(each)]
        case list():
            return [name for each in value for name in read_from(each)]
    return []


@pytest.mark.parametrize("assembly", ["dev_assembly", "prod_assembly"])
def test_no_security_finding_is_left_open(assembly: str, request: pytest.FixtureRequest) -> None:
    directory: Path = request.getfixturevalue(assembly)
    assert json.loads((directory / "validation-report.json").read_text())["pluginReports"] == []


def test_a_finding_stops_the_synthesis() -> None:
    app = App()
    nag.check(app)
    Queue(Stack(app, "stack"), "open_to_plain_http")
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()


@pytest.mark.parametrize("service", ["auth", "tracking", "accounting", "analytics"])
@pytest.mark.parametrize(
    ("stage", "origins"),
    [
        ("dev", {"http://localhost:8080", "http://127.0.0.1:8080"}),
        ("prod", {"https://ates.example"}),
    ],
)
def test_only_pages_of_the_dashboards_may_call(
    service: str, stage: str, origins: set[str], request: pytest.FixtureRequest
) -> None:
    """With the methods and headers they need, and without credentials that a browser adds by itself."""
    stack = request.getfixturevalue(stage)[f"Ates-{stage}-{service}"]
    cors = stack.one("AWS::ApiGatewayV2::Api")["CorsConfiguration"]
    assert set(cors["AllowOrigins"]) == origins
    assert set(cors["AllowMethods"]) == {"GET", "POST", "PATCH"}
    asked = {"authorization", "content-type", "idempotency-key", "x-correlation-id"}
    assert set(cors["AllowHeaders"]) == asked
    assert set(cors["ExposeHeaders"]) == {"retry-after", "x-correlation-id"}
    assert not cors.get("AllowCredentials")


def test_notifications_has_no_api(dev: Stacks) -> None:
    assert not list(dev["Ates-dev-notifications"].all("AWS::ApiGatewayV2::Api"))
