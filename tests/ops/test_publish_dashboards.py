"""`ates web publish`: the addresses in a stage's configuration, and when publishing is refused."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from moto import mock_aws

from ops.__main__ import main
from ops.console.errors import CommandFailed, NotUp
from ops.local import dashboards, publish_dashboards
from ops.stage import connection, operation_log, stacks
from ops.stage.aws import Aws
from ops.stage.installation_files import InstallationFiles
from ops.stage.stacks import Stack
from shared.clock import system_clock
from tests.ops.conftest import create_operations_table
from tests.ops.test_dashboards import npm

OWN = "d123.cloudfront.net"


@dataclass
class Distributions:
    """A fake CloudFront with one distribution and its additional domains."""

    aliases: tuple[str, ...] = ()

    def get_distribution(self, **named: str) -> dict[str, Any]:
        assert named == {"Id": "E123"}
        more = (
            {"Aliases": {"Quantity": len(self.aliases), "Items": list(self.aliases)}} if self.aliases else {}
        )
        return {"Distribution": {"DomainName": OWN, "DistributionConfig": more}}


@dataclass
class Stage:
    """A stage on AWS after its deployment."""

    aws: Aws
    distributions: Distributions
    pool: str
    client: str

    def callback(self, *urls: str) -> None:
        self.aws.cognito.update_user_pool_client(
            UserPoolId=self.pool, ClientId=self.client, CallbackURLs=list(urls)
        )

    @property
    def objects(self) -> dict[str, Any]:
        found = self.aws.objects.list_objects_v2(Bucket="bucket").get("Contents", [])
        return {each["Key"]: self.aws.objects.get_object(Bucket="bucket", Key=each["Key"]) for each in found}


@pytest.fixture
def stage(aws: Aws, installed: InstallationFiles, monkeypatch: pytest.MonkeyPatch) -> Any:
    distributions = Distributions()
    with mock_aws():
        vars(aws)["distributions"] = distributions
        pool = aws.cognito.create_user_pool(PoolName="ates")["UserPool"]["Id"]
        made: Any = aws.cognito.create_user_pool_client(UserPoolId=pool, ClientName="web")
        aws.objects.create_bucket(Bucket="bucket")
        create_operations_table(aws)
        client = made["UserPoolClient"]["ClientId"]
        outputs = {
            "auth": {"UserPoolId": pool, "ClientId": client, "PoolDomain": "ates-1"},
            "web": {"WebBucket": "bucket", "DistributionId": "E123", "WebDomain": OWN},
        }

        def find(_aws: Aws, name: str) -> Stack:
            part = name.rpartition("-")[2]
            address = {"ApiUrl": f"https://{part}.execute-api.us-east-1.amazonaws.com/"}
            return Stack(name, "CREATE_COMPLETE", address | outputs.get(part, {}))

        monkeypatch.setattr(stacks, "find", find)
        monkeypatch.setattr(connection, "aws", lambda _stage: aws)
        monkeypatch.setattr(connection, "installation_files", lambda: installed)
        (installed.project / "web/src").mkdir(parents=True)
        page, code = "echo page > build/web/index.html", "echo it > build/web/assets/main-1.js"
        npm(installed, monkeypatch, f"mkdir -p build/web/assets; {page}; {code}")
        yield Stage(aws, distributions, pool, client)


def test_the_configuration_has_the_addresses_of_the_stage(stage: Stage) -> None:
    stage.callback(f"https://{OWN}/callback")
    assert main(["web", "publish", "--stage", "dev"]) == 0
    config = json.loads(stage.objects["config.json"]["Body"].read())
    assert config["stage"] == "dev"
    assert config["apis"]["tracking"] == "https://tracking.execute-api.us-east-1.amazonaws.com"
    assert set(config["apis"]) == {"auth", "tracking", "accounting", "analytics"}
    login = "https://ates-1.auth.us-east-1.amazoncognito.com"
    assert config["sign_in"] == {
        "issuer": f"https://cognito-idp.us-east-1.amazonaws.com/{stage.pool}",
        "client_id": stage.client,
        "authorize_url": f"{login}/oauth2/authorize",
        "token_url": f"{login}/oauth2/token",
        "logout_url": f"{login}/logout",
    }


def test_the_configuration_has_the_same_fields_as_the_local_one(stage: Stage, described: Any) -> None:
    """So a dashboard can't depend on a setting that only one of them has."""
    here, there = dashboards.local_config(described, "UTC"), publish_dashboards.config_of(stage.aws)
    assert (set(here), set(here["sign_in"])) == (set(there), set(there["sign_in"]))


def test_cache_headers_make_a_new_version_visible_at_once(stage: Stage) -> None:
    stage.callback(f"https://{OWN}/callback")
    main(["web", "publish", "--stage", "dev"])
    kept = {key: each["CacheControl"] for key, each in stage.objects.items()}
    assert kept == {
        "assets/main-1.js": dashboards.FOR_GOOD,
        "config.json": dashboards.NEVER,
        "index.html": dashboards.NEVER,
    }


def test_files_of_the_previous_version_stay_for_open_tabs(stage: Stage) -> None:
    stage.callback(f"https://{OWN}/callback")
    stage.aws.objects.put_object(Bucket="bucket", Key="assets/main-0.js", Body=b"old")
    main(["web", "publish", "--stage", "dev"])
    assert {"assets/main-0.js", "assets/main-1.js"} <= set(stage.objects)


def test_a_repeated_publish_and_a_dry_run_upload_nothing(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.callback(f"https://{OWN}/callback")
    assert main(["web", "publish", "--stage", "dev", "--dry-run"]) == 0
    assert stage.objects == {}
    assert "would be published" in capsys.readouterr().out
    main(["web", "publish", "--stage", "dev"])
    before = {key: each["LastModified"] for key, each in stage.objects.items()}
    capsys.readouterr()
    assert main(["web", "publish", "--stage", "dev"]) == 0
    assert "are up to date" in capsys.readouterr().out
    assert {key: each["LastModified"] for key, each in stage.objects.items()} == before
    (operation,) = operation_log.recent(stage.aws, system_clock)
    assert (operation.command, operation.state) == ("web publish", "done")


def test_an_own_domain_is_the_dashboards_address(stage: Stage) -> None:
    stage.distributions.aliases = ("tasks.company.example",)
    stage.callback("https://tasks.company.example/callback")
    assert publish_dashboards.origin(stage.aws) == "https://tasks.company.example"


@pytest.mark.parametrize("callback", ["http://localhost:8080/callback", "https://ates.example/callback"])
def test_nothing_is_published_if_the_callback_url_does_not_match(
    stage: Stage, callback: str, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.callback(callback)
    assert main(["web", "publish", "--stage", "dev"]) == CommandFailed.exit_code
    said = capsys.readouterr().err
    assert "`web_domain`" in said
    assert OWN in said
    assert stage.objects == {}


def test_a_missing_stack_is_named(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stacks, "find", lambda *_: None)
    with pytest.raises(NotUp, match="Ates-dev-auth"):
        publish_dashboards.origin(stage.aws)


def test_publishing_to_the_local_aws_names_the_other_command(
    installed: InstallationFiles, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["web", "publish"]) == 2
    assert "`ates up`" in capsys.readouterr().err
