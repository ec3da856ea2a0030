"""`ates deploy`, under moto: what it refuses, in which order it deploys, how it goes on, what it leaves."""

import io
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import NoCredentialsError, UnauthorizedSSOTokenError
from moto import mock_aws

from ops.__main__ import main
from ops.deploying import changes, checks, deploy, preflight, stage_file
from ops.deploying.changes import Change
from ops.deploying.findings import Finding, Weight
from ops.local import dashboards
from ops.recovery import catch_up, guard
from ops.stage import connection, lambdas, operation_log, stage_settings
from ops.stage.aws import Aws
from ops.stage.installation_files import InstallationFiles
from ops.stage.operation_log import Operation
from shared.clock import system_clock
from tests.ops import deployable
from tests.ops.conftest import Answer
from tests.ops.deployable import ACCOUNT, DOMAIN, ORDER, SETTINGS, FakeCdk, Functions, Quotas, Senders
from tests.ops.test_publish_dashboards import Distributions

DEPLOY = ["deploy", "--stage", "dev"]
ALL = [f"Ates-dev-{part}" for part in ORDER]
RECORDS = {
    "DnsRecord1": f"a._domainkey.{DOMAIN} CNAME a.dkim.amazonses.com",
    "DnsRecord2": f'_dmarc.{DOMAIN} TXT "v=DMARC1; p=quarantine"',
}


@dataclass
class Account:
    """Everything that a test may change before it deploys."""

    aws: Aws
    files: InstallationFiles
    cdk: FakeCdk
    senders: Senders
    quotas: Quotas
    functions: Functions
    subscriptions: deployable.Subscriptions
    pool: str
    revision: str
    cdk_json: Path
    published: list[dict[str, Any]] = field(default_factory=list)
    guarded: list[str] = field(default_factory=list)
    looked_for_new_consumers: list[int] = field(default_factory=list)
    """How many stacks were deployed each time."""
    checked: list[Finding] = field(default_factory=list)
    lost: list[Change] = field(default_factory=list)

    def set(self, **settings: Any) -> None:
        deployable.settings_file(self.cdk_json.parent, {"dev": SETTINGS | settings})

    def look_for_new_consumers(self) -> None:
        self.looked_for_new_consumers.append(len(self.cdk.deployed))

    @property
    def log(self) -> list[Operation]:
        return operation_log.recent(self.aws, system_clock)

    @property
    def operations(self) -> list[tuple[str, str]]:
        return [(each.command, each.state) for each in self.log]


@pytest.fixture
def account(aws: Aws, installed: InstallationFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        pool = aws.cognito.create_user_pool(PoolName="ates-dev")["UserPool"]["Id"]
        aws.cognito.create_group(UserPoolId=pool, GroupName="admin")
        made: Any = aws.cognito.create_user_pool_client(
            UserPoolId=pool, ClientName="web", CallbackURLs=[f"https://{DOMAIN}/callback"]
        )
        aws.parameters.put_parameter(Name=preflight.BOOTSTRAP_VERSION, Value="30", Type="String")
        outputs = {part: {"ApiUrl": f"https://{part}.api/"} for part in deployable.SERVICES}
        outputs["auth"] |= {
            "UserPoolId": pool,
            "ClientId": made["UserPoolClient"]["ClientId"],
            "PoolDomain": "ates-1",
        }
        outputs["web"] = {"WebBucket": "bucket", "DistributionId": "E123", "WebDomain": "d123.cloudfront.net"}
        outputs["mail"] = RECORDS
        folder = installed.folder / "cdk.out-dev"
        deployable.assemble(folder, outputs)
        found = Account(
            aws,
            installed,
            FakeCdk(aws, folder),
            Senders({}),
            Quotas(),
            Functions(aws, pool),
            deployable.Subscriptions({f"operators@{DOMAIN}": "arn:aws:sns:1"}),
            pool,
            deployable.commit(installed.project),
            tmp_path / ".ates" / "cdk.json",
        )
        found.set()
        clients = {
            "senders": found.senders,
            "quotas": found.quotas,
            "functions": found.functions,
            "topics": found.subscriptions,
            "distributions": Distributions((DOMAIN,)),
        }
        vars(aws).update(clients)
        monkeypatch.setattr(stage_settings, "CDK_JSON", found.cdk_json)
        monkeypatch.setattr(connection, "aws", lambda _stage: aws)
        monkeypatch.setattr(connection, "installation_files", lambda: installed)
        monkeypatch.setattr(deploy, "Cdk", lambda *_: found.cdk)
        monkeypatch.setattr("ops.local.deploy.check_tools", lambda _files: None)
        monkeypatch.setattr(
            guard, "write_once", lambda _aws, services, _clock: found.guarded.extend(services)
        )
        for when in ("before_deployment", "after_deployment"):
            monkeypatch.setattr(catch_up, when, lambda *_: found.look_for_new_consumers())
        monkeypatch.setattr(
            dashboards, "publish", lambda _files, _aws, config: found.published.append(config)
        )
        monkeypatch.setattr(checks, "all_of", lambda *_: found.checked)
        monkeypatch.setattr(changes, "planned", lambda *_: found.lost)
        yield found


def test_a_first_deployment_does_every_step_in_order(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*DEPLOY, "--yes"]) == 0
    assert account.cdk.deployed == ALL
    assert account.published[0]["apis"]["tracking"] == "https://tracking.api"
    assert "accounting" in account.guarded
    assert account.looked_for_new_consumers == [0, len(ALL)]
    assert account.operations == [("deploy", "done"), ("deploy", "done")]
    assert [json.loads(each.parameters).get("stack") for each in account.log] == [None, "Ates-dev-events"]
    said = capsys.readouterr()
    assert f"account {ACCOUNT}, us-east-1, sources {account.revision[:12]}" in said.err
    assert "deploying Ates-dev-events (1 of 9)" in said.err
    assert "deploying Ates-dev-web (9 of 9)" in said.err


def test_what_failed_can_be_repeated_and_goes_on(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    account.cdk.fails_at = {"Ates-dev-tracking": 1}
    assert main([*DEPLOY, "--yes"]) == 1
    assert capsys.readouterr().err.splitlines()[-1] == "ates deploy: cdk deploy failed: Ates-dev-tracking"
    assert account.cdk.deployed == ALL[:6]
    assert account.published == []
    assert main([*DEPLOY, "--yes"]) == 0
    assert account.cdk.deployed[6:] == ALL
    assert account.operations == [("deploy", "done"), ("deploy", "failed"), ("deploy", "done")]


def test_a_first_stack_that_fails_is_recorded_as_soon_as_there_is_a_log(account: Account) -> None:
    account.cdk.fails_at = {"Ates-dev-events": 2}
    for _ in range(2):
        assert main([*DEPLOY, "--yes"]) == 1
    assert main([*DEPLOY, "--yes"]) == 0
    assert [each.state for each in account.log] == ["done", "done", "failed", "failed"]
    assert json.loads(account.log[-1].result or "")["reason"] == "cdk deploy failed: Ates-dev-events"
    assert account.log[-1].ended_at is not None
    assert main([*DEPLOY, "--yes"]) == 0
    assert len(account.log) == 5, "the notes are moved once"


def test_an_interrupted_first_stack_is_recorded(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as once:
        once.setattr(account.cdk, "deploy", interrupted)
        assert main([*DEPLOY, "--yes"]) == 130
    assert main([*DEPLOY, "--yes"]) == 0
    assert [each.state for each in account.log] == ["done", "done", "interrupted"]


def test_what_a_failed_creation_made_is_kept_and_gone_on_with(account: Account) -> None:
    account.cdk.fails_at = {"Ates-dev-tracking": 1}
    assert main([*DEPLOY, "--yes"]) == 1
    account.cdk.kept.clear()
    assert main([*DEPLOY, "--yes"]) == 0
    assert account.cdk.kept == ALL[6:], "stacks that exist roll back"


def test_a_loss_that_nobody_agreed_to_stops_before_its_stack(
    account: Account, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as of a stack that somebody changed after the question."""
    assert main([*DEPLOY, "--yes"]) == 0
    account.cdk.deployed.clear()
    monkeypatch.setattr(changes, "planned", lambda *given: [LOST] if given[3] == [LOST.stack] else [])
    assert main([*DEPLOY, "--yes"]) == 1
    assert account.cdk.deployed == ALL[:6]
    assert "would now also lose what these hold: ates-dev-tracking-tasks" in capsys.readouterr().err


def test_a_dry_run_changes_nothing(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*DEPLOY, "--dry-run"]) == 0
    assert account.cdk.deployed == []
    assert "would deploy 9 new stacks" in capsys.readouterr().out
    assert main([*DEPLOY, "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["new_stacks"] == ALL


def test_it_asks_and_does_nothing_without_an_answer(account: Account, answer: Answer) -> None:
    assert main(DEPLOY) == 1
    assert answer.questions == [f"Deploy dev to account {ACCOUNT} in us-east-1?"]
    assert account.cdk.deployed == []


LOST = Change("Ates-dev-tracking", "replaced", "AWS::DynamoDB::GlobalTable", "ates-dev-tracking-tasks")


def test_yes_does_not_agree_to_a_loss_of_data(
    account: Account, answer: Answer, capsys: pytest.CaptureFixture[str]
) -> None:
    account.lost = [LOST]
    assert main([*DEPLOY, "--yes"]) == 1
    assert "ates-dev-tracking-tasks (replaced)" in answer.questions[0]
    assert account.cdk.deployed == []
    assert "ates-dev-tracking-tasks" in capsys.readouterr().out
    answer.yes = True
    assert main([*DEPLOY, "--yes"]) == 0
    assert account.cdk.deployed == ALL


def test_a_script_learns_that_yes_was_not_enough(
    account: Account, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    account.lost = [LOST]
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert main([*DEPLOY, "--yes"]) == 1
    assert "--yes doesn't agree to that: ates-dev-tracking-tasks (replaced)" in capsys.readouterr().err
    assert account.cdk.deployed == []


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"web_domain": "ates.example"}, "web_domain ates.example"),
        ({"sender": "reports@ates.example"}, "sender reports@ates.example"),
        ({"alarm_email": "ops@mail.example.com"}, "alarm_email ops@mail.example.com"),
        ({"account": "999999999999"}, "for account 999999999999, but the shell leads to 123456789012"),
        ({"region": "eu-central-1"}, "for region eu-central-1, but the shell leads to us-east-1"),
    ],
)
def test_placeholders_and_other_places_are_refused(
    account: Account, settings: dict[str, str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    account.set(**settings)
    assert main([*DEPLOY, "--yes"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line
    assert account.cdk.deployed == []


def test_uncommitted_sources_are_refused(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    (account.files.project / "changed.py").write_text("")
    assert main([*DEPLOY, "--yes"]) == 2
    assert capsys.readouterr().err == "ates deploy: not committed: changed.py; commit or remove it first\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["deploy"], "`make up`"),
        (["deploy", "--stage", "nowhere"], "cdk.json has no stage 'nowhere', only dev"),
        ([*DEPLOY, "--admin", "irina"], "--admin takes an e-mail address, not 'irina'"),
        ([*DEPLOY, "--json", "--show-password", "--admin", "i@popug.com"], "leave out --json"),
    ],
)
def test_wrong_arguments_are_named(
    account: Account, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (NoCredentialsError(), "no credentials of AWS were found"),
        (deployable.refused("ExpiredToken"), "credentials are expired, or not AWS's"),
        (UnauthorizedSSOTokenError(), "credentials are expired"),
    ],
)
def test_without_credentials_that_are_good_nothing_begins(
    error: Exception,
    said: str,
    account: Account,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuses() -> None:
        raise error

    monkeypatch.setattr(account.aws.identity, "get_caller_identity", refuses)
    for command in ("deploy", "destroy"):
        assert main([command, "--stage", "dev", "--yes"]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert said in line
        assert "`aws sso login`" in line
    assert account.cdk.deployed == []


def test_an_interrupted_deployment_says_that_cloudformation_goes_on(
    account: Account, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main([*DEPLOY, "--yes"]) == 0

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(account.cdk, "deploy", interrupted)
    assert main([*DEPLOY, "--yes"]) == 130
    said = capsys.readouterr().err
    assert "CloudFormation goes on with Ates-dev-events; repeat this command when it is done" in said
    assert account.operations[0] == ("deploy", "interrupted")


def test_a_finding_is_shown_as_it_is_on_a_small_ascii_terminal(
    account: Account, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Words in brackets are no markup, nothing is cut, and every character is ASCII."""
    monkeypatch.setenv("COLUMNS", "40")
    account.senders.account = {"SendQuota": {"MaxSendRate": 1.0}}
    account.checked = [Finding("ates verify", Weight.WARNS, "account [/a]: hash [bold]differs", "look")]
    assert main([*DEPLOY, "--yes"]) == 0
    said = capsys.readouterr()
    assert "  found: account [/a]: hash [bold]differs\n" in said.out
    assert (said.out + said.err).isascii()


def test_an_emulator_is_refused(
    account: Account, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    assert main([*DEPLOY, "--yes"]) == 2
    assert "unset it, or run `make up`" in capsys.readouterr().err


def test_what_would_fail_stops_before_anything_is_done(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    account.aws.parameters.delete_parameter(Name=preflight.BOOTSTRAP_VERSION)
    assert main([*DEPLOY, "--yes"]) == 1
    assert "npx cdk bootstrap aws://" in capsys.readouterr().err
    assert account.cdk.deployed == []


def test_a_durable_stage_waits_for_its_sender_and_then_goes_on(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    account.set(durable=True)
    assert main([*DEPLOY, "--yes"]) == 1
    said = capsys.readouterr()
    assert account.cdk.deployed == ALL[:2]
    assert f"add the DNS records of {DOMAIN} (the outputs of Ates-dev-mail)" in said.err
    assert "a.dkim.amazonses.com" in said.out
    account.senders.verified = {DOMAIN: True}
    assert main([*DEPLOY, "--yes"]) == 0
    assert account.cdk.deployed[2:] == ALL


def test_a_disposable_stage_does_not_wait(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*DEPLOY, "--yes"]) == 0
    assert f"{DOMAIN} is not verified yet" in capsys.readouterr().err


def test_the_first_admin_gets_a_shown_password_until_they_have_signed_in(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    admin = ["--admin", "irina@popug.com", "--show-password"]
    assert main([*DEPLOY, "--yes", *admin]) == 0
    said = capsys.readouterr()
    (line,) = [each for each in said.out.splitlines() if each.startswith("password of irina@popug.com")]
    password = line.rpartition(" ")[2]
    user = account.aws.cognito.admin_get_user(UserPoolId=account.pool, Username="irina@popug.com")
    assert user["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    assert password not in said.err
    assert password not in stage_file.path(account.files, "dev").read_text()
    assert all(password not in str(each) for each in operation_log.recent(account.aws, system_clock))
    account.aws.cognito.admin_set_user_password(
        UserPoolId=account.pool, Username="irina@popug.com", Password="Secret-12345", Permanent=True
    )
    assert main([*DEPLOY, "--yes", *admin]) == 0
    said = capsys.readouterr()
    assert "has signed in already" in said.out
    assert "password of" not in said.out


def test_the_first_admins_password_is_mailed_by_default(
    account: Account, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(lambdas, "invoke", lambda *_: {"account_id": "id-of-irina"})
    monkeypatch.setattr(account.aws.cognito, "admin_create_user", lambda **given: asked.append(given))
    assert main([*DEPLOY, "--yes", "--admin", "irina@popug.com"]) == 0
    assert [(each["Username"], each["MessageAction"]) for each in asked] == [("id-of-irina", "RESEND")]
    assert "irina@popug.com gets a password by mail" in capsys.readouterr().out


def test_without_an_admin_the_command_says_how_to_make_one(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*DEPLOY, "--yes"]) == 0
    assert "repeat this command with --admin EMAIL" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arns", "said"),
    [
        ({f"operators@{DOMAIN}": "arn:aws:sns:1"}, f"reach operators@{DOMAIN}"),
        ({f"operators@{DOMAIN}": "PendingConfirmation"}, "has not confirmed yet"),
        ({}, f"don't reach operators@{DOMAIN}"),
    ],
)
def test_the_alarms_subscription_is_reported(
    account: Account, arns: dict[str, str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    account.subscriptions.arns = arns
    assert main([*DEPLOY, "--yes"]) == 0
    assert said in capsys.readouterr().out


def test_a_topic_of_alarms_that_is_gone_is_a_warning(
    account: Account, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything else is deployed and checked all the same."""

    def gone(*_: Any, **__: Any) -> None:
        raise deployable.refused("NotFound")

    monkeypatch.setattr(account.subscriptions, "paginate", gone)
    assert main([*DEPLOY, "--yes"]) == 0
    assert "unknown: NotFound" in capsys.readouterr().out


def test_the_stages_file_says_where_everything_is(account: Account) -> None:
    assert main([*DEPLOY, "--yes"]) == 0
    written = json.loads(stage_file.path(account.files, "dev").read_text())
    assert written["apis"]["tracking"] == "https://tracking.api"
    assert (written["account"], written["region"]) == (ACCOUNT, "us-east-1")
    assert (written["revision"], written["web"]) == (account.revision, f"https://{DOMAIN}")


def test_a_disposable_stage_without_a_domain_learns_cloudfronts(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    vars(account.aws)["distributions"] = Distributions()
    assert main([*DEPLOY, "--yes"]) == 0
    assert "give the stage a `web_domain`" in capsys.readouterr().out
    assert account.published == []
    assert json.loads(stage_file.path(account.files, "dev").read_text())["web"] is None


def test_a_failed_check_fails_the_command_after_everything_is_recorded(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    account.checked = [Finding("ates verify", Weight.STOPS, "account a: hash differs", "look")]
    assert main([*DEPLOY, "--yes"]) == 1
    assert "deployed, but ates verify: account a: hash differs" in capsys.readouterr().err
    assert account.operations == [("deploy", "failed"), ("deploy", "done")]
    assert stage_file.path(account.files, "dev").exists()
