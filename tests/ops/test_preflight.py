"""What is found before a deployment, each with what to do; and the plan made of change sets."""

import json
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from infra.stages import Stage
from ops.console.errors import BadInput, ToolMissing
from ops.deploying import alarm_mail, preflight, quotas, refusals
from ops.deploying import settings as settings_of
from ops.deploying.assembly import FIXED_NAMES, Assembly, Named
from ops.deploying.findings import Finding, Weight
from ops.deploying.settings import Settings
from ops.stage import stacks, stage_settings
from ops.stage.aws import Aws
from ops.stage.installation_files import InstallationFiles
from ops.stage.stacks import Stack
from shared.settings import FORMS
from tests.ops import deployable
from tests.ops.deployable import ACCOUNT, DOMAIN, Functions, Quotas, Senders

PLAIN = Settings("dev", durable=False, sender=f"reports@{DOMAIN}")


def by_subject(found: Any) -> dict[str, Finding]:
    return {each.about: each for each in found}


@pytest.fixture
def account(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Aws:
    vars(aws).update(senders=Senders(), quotas=Quotas(), functions=Functions(aws, "pool"))
    monkeypatch.setattr(stacks, "find", lambda *_: None)
    return aws


def test_defaults_are_those_of_the_stacks() -> None:
    defaults = {name: each.default for name, each in Stage.__dataclass_fields__.items()}
    for name, each in Settings.__dataclass_fields__.items():
        assert each.default == defaults[name], name


def test_an_account_with_enough_of_everything_has_no_warning(account: Aws) -> None:
    account.senders.verified[DOMAIN] = True  # type: ignore[attr-defined]
    found = preflight.of_the_account(account, Settings(**{**vars_of(PLAIN), "sender_identity": "existing"}))
    assert {each.weight for each in found} == {Weight.FINE}


def vars_of(settings: Settings) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in Settings.__dataclass_fields__}


def test_a_new_accounts_concurrency_is_a_warning_with_the_request_to_make(account: Aws) -> None:
    account.functions.concurrency = 10  # type: ignore[attr-defined]
    found = by_subject(quotas.findings(account, PLAIN))["Lambda's concurrency"]
    assert found.weight is Weight.WARNS
    assert found.found.startswith("10 of the account, 1000 needed")
    assert "--quota-code L-B99A9384 --desired-value 1000" in found.to_do


def test_quotas_are_compared_with_the_stages_size(account: Aws) -> None:
    """100 lifecycles a second are 400 requests (docs/scale.md), and so at most 1,200 events a second."""
    account.quotas.own = {"L-9B653E91": 600.0}
    large = Settings(**{**vars_of(PLAIN), "requests_per_second": 400, "pool_calls_per_second": 30})
    found = by_subject(quotas.findings(account, large))
    assert found["EventBridge's PutEvents"].found == "600 a second, 1200 needed"
    assert found["Cognito's user updates"].found == "25 a second, 30 needed"
    assert "`pool_calls_per_second`" in found["Cognito's user updates"].to_do
    fine = by_subject(quotas.findings(account, PLAIN))
    assert fine["EventBridge's PutEvents"].weight is Weight.FINE


def test_a_quota_that_nobody_tells_is_a_warning(account: Aws) -> None:
    account.quotas.defaults = {}
    assert by_subject(quotas.findings(account, PLAIN))["EventBridge's PutEvents"].found == "quota not found"


def test_quotas_that_may_not_be_read_stop_nothing(account: Aws) -> None:
    class Denied:
        """Who deploys has no rights to it."""

        def get_service_quota(self, **_: str) -> None:
            raise deployable.refused("AccessDeniedException")

        get_aws_default_service_quota = get_service_quota

    vars(account)["quotas"] = Denied()
    found = by_subject(quotas.findings(account, PLAIN))["EventBridge's PutEvents"]
    assert (found.weight, found.found) == (Weight.WARNS, "quota not found")


def test_sess_sandbox_and_rate_are_warnings(account: Aws) -> None:
    account.senders.account = {"SendQuota": {"MaxSendRate": 1.0}}  # type: ignore[attr-defined]
    found = by_subject(preflight.of_the_account(account, PLAIN))
    assert "sandbox" in found["SES"].found
    assert found["SES's rate"].found == "1 mails a second, less than `mail_per_second` 14"


@pytest.mark.parametrize(
    ("identity", "known", "durable", "weight", "said"),
    [
        ("own", None, True, Weight.FINE, "this deployment adds it"),
        ("own", True, True, Weight.STOPS, "exists in SES already"),
        ("existing", None, False, Weight.STOPS, "SES doesn't know it"),
        ("existing", False, True, Weight.STOPS, "is not verified"),
        ("existing", False, False, Weight.WARNS, "is not verified"),
        ("existing", True, True, Weight.FINE, "is verified"),
    ],
)
def test_the_senders_identity(
    account: Aws, identity: str, known: bool | None, durable: bool, weight: Weight, said: str
) -> None:
    vars(account)["senders"] = Senders({} if known is None else {DOMAIN: known})
    wanted = Settings(**{**vars_of(PLAIN), "sender_identity": identity, "durable": durable})
    found = by_subject(preflight.of_the_account(account, wanted))[f"sender {DOMAIN}"]
    assert found.weight is weight
    assert said in found.found


def test_an_own_identity_that_waits_for_its_records_is_no_reason_to_stop(
    account: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stacks, "find", lambda _aws, name: Stack(name, "CREATE_COMPLETE", {}))
    vars(account)["senders"] = Senders({DOMAIN: False})
    found = by_subject(preflight.of_the_account(account, Settings(**{**vars_of(PLAIN), "durable": True})))
    assert found[f"sender {DOMAIN}"].weight is Weight.WARNS


@pytest.mark.parametrize(("version", "weight"), [("5", Weight.STOPS), ("30", Weight.FINE)])
def test_an_old_bootstrap_stops(
    aws: Aws, files: InstallationFiles, version: str, weight: Weight, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ops.local.deploy.check_tools", lambda _files: None)
    with mock_aws():
        aws.parameters.put_parameter(Name=preflight.BOOTSTRAP_VERSION, Value=version, Type="String")
        assert (
            by_subject(preflight.of_the_machine(files, aws, ACCOUNT))[
                "the CDK's bootstrap in us-east-1"
            ].weight
            is weight
        )


def test_a_missing_node_stops(aws: Aws, files: InstallationFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_files: InstallationFiles) -> None:
        raise ToolMissing("Node.js is not installed")

    monkeypatch.setattr("ops.local.deploy.check_tools", missing)
    with mock_aws():
        found = by_subject(preflight.of_the_machine(files, aws, ACCOUNT))
    assert found["Node and the CDK"].weight is Weight.STOPS
    assert found["the CDK's bootstrap in us-east-1"].to_do == f"npx cdk bootstrap aws://{ACCOUNT}/us-east-1"


@pytest.fixture
def assembly(tmp_path: Path) -> Assembly:
    deployable.assemble(tmp_path, {})
    return Assembly(tmp_path)


def write_resources(assembly: Assembly, part: str, *resources: dict[str, Any]) -> None:
    path = assembly.folder / f"Ates-dev-{part}.template.json"
    path.write_text(json.dumps({"Resources": {f"r{n}": each for n, each in enumerate(resources)}}))


def test_what_a_deleted_durable_stage_left_stops_a_new_one(aws: Aws, assembly: Assembly) -> None:
    group = "/aws/lambda/ates-dev-tracking-create-task"
    bucket = {"Fn::Join": ["", ["ates-dev-backups-", {"Ref": "AWS::AccountId"}]]}
    named: list[dict[str, Any]] = [
        {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": group}},
        {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": bucket}},
        {"Type": "AWS::Events::EventBus", "Properties": {"Name": "ates-dev"}},
        {"Type": "AWS::S3::Bucket"},
    ]
    write_resources(assembly, "events", *named)
    with mock_aws():
        assert list(preflight.of_the_stacks(aws, assembly, ACCOUNT, durable=True)) == []
        aws.logs.create_log_group(logGroupName=group)
        aws.objects.create_bucket(Bucket=f"ates-dev-backups-{ACCOUNT}")
        (found,) = preflight.of_the_stacks(aws, assembly, ACCOUNT, durable=True)
    assert found.weight is Weight.STOPS
    assert found.found == f"these exist already: {group}, ates-dev-backups-{ACCOUNT}"
    assert found.to_do.startswith("npx cdk import Ates-dev-events")


def test_each_kind_of_named_resource_can_be_looked_for(aws: Aws) -> None:
    with mock_aws():
        pool = aws.cognito.create_user_pool(PoolName="ates-dev")["UserPool"]["Id"]
        for kind in FIXED_NAMES:
            assert not preflight.exists(aws, Named(kind, "ates-dev")), kind
        aws.cognito.create_user_pool_domain(UserPoolId=pool, Domain="ates-dev")
        bus = aws.events.create_event_bus(Name="ates-dev")["EventBusArn"]
        aws.events.create_archive(ArchiveName="ates-dev", EventSourceArn=bus)
        aws.logs.create_log_group(logGroupName="ates-dev")
        aws.objects.create_bucket(Bucket="ates-dev")
        aws.dynamodb.create_table(
            TableName="ates-dev",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        )
        for kind in FIXED_NAMES:
            assert preflight.exists(aws, Named(kind, "ates-dev")), kind


@pytest.mark.parametrize(
    ("state", "to_do"),
    [
        ("UPDATE_IN_PROGRESS", "wait until CloudFormation is done with it"),
        ("UPDATE_ROLLBACK_FAILED", "aws cloudformation continue-update-rollback --stack-name Ates-dev-auth"),
        ("DELETE_FAILED", "see its events"),
        ("ROLLBACK_COMPLETE", None),
        ("CREATE_FAILED", None),
        ("UPDATE_FAILED", None),
        ("IMPORT_COMPLETE", None),
        ("UPDATE_COMPLETE", None),
    ],
)
def test_a_stack_that_cannot_be_deployed_over_stops(
    aws: Aws, assembly: Assembly, state: str, to_do: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        stacks, "find", lambda _aws, name: Stack(name, state, {}) if name == "Ates-dev-auth" else None
    )
    monkeypatch.setattr(preflight, "exists", lambda *_: False)
    found = list(preflight.of_the_stacks(aws, assembly, ACCOUNT, durable=True))
    assert [each.to_do.startswith(to_do) for each in found if to_do] == ([True] if to_do else [])
    assert len(found) == (1 if to_do else 0)


def test_a_durable_stage_does_not_become_disposable_by_a_setting(
    aws: Aws, assembly: Assembly, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The CDK would take the protection away with the next change set already."""
    protected = Stack("Ates-dev-auth", "UPDATE_COMPLETE", {}, protected=True)
    monkeypatch.setattr(stacks, "find", lambda _aws, name: protected if name == protected.name else None)
    monkeypatch.setattr(preflight, "exists", lambda *_: False)
    (found,) = preflight.of_the_stacks(aws, assembly, ACCOUNT, durable=False)
    assert (found.about, found.weight) == ("Ates-dev-auth", Weight.STOPS)
    assert "was deployed as durable" in found.found
    assert not list(preflight.of_the_stacks(aws, assembly, ACCOUNT, durable=True))


def test_functions_of_the_last_release_are_not_left_with_rows_that_they_would_damage(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deployed(name: str, **variables: str) -> dict[str, Any]:
        return {"FunctionName": name, "Environment": {"Variables": variables}}

    known = deployed("ates-dev-accounting-close-days", ROW_FORM="newest")
    others = [{"FunctionName": "another"}, deployed("ates-dev-notifications-send-report")]
    older = deployed("ates-dev-accounting-on-task-event")
    functions = Functions(aws, "pool", deployed=[known, *others])
    monkeypatch.setitem(vars(aws), "functions", functions)
    assert list(preflight.of_the_rows(aws)) == []
    functions.deployed = [known, *others, older]
    (found,) = preflight.of_the_rows(aws)
    assert found.weight is Weight.STOPS
    assert found.found == "1 deployed function would damage rows of the newest form"
    assert f'"journal_form": "{FORMS[-1]}"' in found.to_do
    monkeypatch.setattr(stage_settings, "keeps_older_form", lambda _stage: True)
    assert list(preflight.of_the_rows(aws)) == []


def test_a_folder_without_git_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is not a git checkout"):
        refusals.revision(tmp_path)


def test_a_stage_without_an_address_tells_nobody(aws: Aws) -> None:
    assert alarm_mail.finding(aws, PLAIN, ACCOUNT).found == "tell nobody"


def test_settings_that_no_deployment_reads_are_ignored() -> None:
    assert settings_of.read("prod").durable
