"""Which stacks a stage has, on AWS and on an emulator, and where they are."""

import pytest

from ops.daily import policy
from ops.daily.policy import Who
from ops.stage import stacks, stage_settings
from ops.stage.aws import Aws
from ops.stage.target import Target, deployed, local

SERVICES = ("accounting", "analytics", "auth", "notifications", "tracking")


def parts(target: Target) -> set[str]:
    return {name.rpartition("-")[2] for name in stacks.expected(target)}


@pytest.fixture
def limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every stage limits how often an address may ask its dashboards."""
    monkeypatch.setattr(stage_settings, "limits_dashboards", lambda _stage: True)


def test_on_aws_the_sender_and_the_user_pool_have_stacks_of_their_own() -> None:
    assert parts(deployed("prod")) == {"events", "mail", "identity", *SERVICES, "web"}
    assert parts(local("http://127.0.0.1:4566")) == {"events", *SERVICES, "web"}


@pytest.mark.usefixtures("limited")
def test_a_firewall_is_expected_where_a_stage_limits_requests() -> None:
    assert "firewall" in parts(deployed("prod"))
    assert "firewall" not in parts(local("http://127.0.0.1:4566"))


@pytest.mark.usefixtures("limited")
def test_the_firewall_is_in_cloudfronts_region_and_the_rest_in_the_stages() -> None:
    aws = Aws(Target("prod", "eu-central-1", None))
    regions = {name: stacks.where(aws, name).target.region for name in stacks.expected(aws.target)}
    assert regions.pop("Ates-prod-firewall") == "us-east-1"
    assert set(regions.values()) == {"eu-central-1"}


@pytest.mark.usefixtures("limited")
def test_a_deployer_may_deploy_the_firewall_and_nothing_else_there() -> None:
    statements = policy.policy(Who.deployer, "prod", "123456789012", "eu-central-1")["Statement"]
    there = [
        each
        for statement in statements
        for each in (statement["Resource"] if isinstance(statement["Resource"], list) else [])
        if "us-east-1" in each
    ]
    assert "arn:aws:cloudformation:us-east-1:123456789012:stack/Ates-prod-firewall/*" in there
    assert [each for each in there if "Ates-" in each] == there[:1]
    assert "arn:aws:iam::123456789012:role/cdk-hnb659fds-deploy-role-123456789012-us-east-1" in there
