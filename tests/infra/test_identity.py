"""The user pool as AWS has it: its mail, its tokens, its second factor."""

from typing import Any

import pytest

from infra import callbacks, invitations, stages
from tests.infra.stages_of import stage_of
from tests.infra.templates import Properties, Template

Stacks = dict[str, Template]


def pool(stage: str, stacks: Stacks) -> Properties:
    (found,) = stacks[f"Ates-{stage}-identity"].all("AWS::Cognito::UserPool")
    return found


def clients(stage: str, stacks: Stacks) -> list[Properties]:
    return list(stacks[f"Ates-{stage}-identity"].all("AWS::Cognito::UserPoolClient"))


def test_production_mails_through_ses(prod: Stacks, dev: Stacks) -> None:
    assert pool("prod", prod)["EmailConfiguration"] == {
        "EmailSendingAccount": "DEVELOPER",
        "From": "reports@ates.example",
        "SourceArn": "arn:aws:ses:region:account:identity/ates.example",
        "ConfigurationSet": "ates-prod",
    }
    assert "EmailConfiguration" not in pool("dev", dev)


@pytest.mark.parametrize(
    ("settings", "address"),
    [({"durable": True}, "https://ates.example"), ({}, "http://localhost:8080")],
)
def test_an_invitation_says_where_to_sign_in_in_both_languages(
    settings: dict[str, Any], address: str
) -> None:
    mail = invitations.mail(stage_of(settings))
    english, russian = str(mail.email_body).split("</p>")[:2]
    for part in (english, russian):
        assert f" {address} " in part
        assert "{username}" in part, "Cognito refuses a mail without it"
        assert "{####}" in part
    assert 'lang="en"' in english
    assert 'lang="ru"' in russian


def test_the_invitation_is_the_pools(prod: Stacks) -> None:
    template = pool("prod", prod)["AdminCreateUserConfig"]["InviteMessageTemplate"]
    assert "https://ates.example" in template["EmailMessage"]
    assert template["EmailSubject"] == invitations.SUBJECT


def test_a_refresh_token_is_used_once(dev: Stacks, prod: Stacks, local: Stacks) -> None:
    for stage, stacks in (("dev", dev), ("prod", prod)):
        for client in clients(stage, stacks):
            rotation = client["RefreshTokenRotation"]
            assert rotation == {"Feature": "ENABLED", "RetryGracePeriodSeconds": 60}
    (emulated,) = local["Ates-dev-auth"].all("AWS::Cognito::UserPoolClient")
    assert "RefreshTokenRotation" not in emulated


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_no_flow_takes_a_password(stage: str, request: pytest.FixtureRequest) -> None:
    for client in clients(stage, request.getfixturevalue(stage)):
        flows = client["ExplicitAuthFlows"]
        assert flows, "an empty list allows the password flows"
        assert not [
            flow for flow in flows if "PASSWORD" in flow or "SRP" in flow or flow == "ALLOW_USER_AUTH"
        ]


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_only_the_operators_client_leads_to_a_port_of_ones_own_machine(
    stage: str, request: pytest.FixtureRequest
) -> None:
    """The dashboards' client of a durable stage leads to nothing but its domain, by HTTPS."""
    dashboards, operators = clients(stage, request.getfixturevalue(stage))
    ports = [f"http://localhost:{port}/callback" for port in callbacks.PORTS]
    assert operators["CallbackURLs"] == ports
    assert not set(dashboards["CallbackURLs"]) & set(ports)
    if stage == "prod":
        assert all(url.startswith("https://") for url in dashboards["CallbackURLs"])
    for each in (dashboards, operators):
        assert each["AllowedOAuthFlows"] == ["code"]
        assert "GenerateSecret" not in each or each["GenerateSecret"] is False
        assert each["AccessTokenValidity"] == 15


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_every_api_accepts_the_tokens_of_both_clients(stage: str, request: pytest.FixtureRequest) -> None:
    stacks: Stacks = request.getfixturevalue(stage)
    for service in ("auth", "tracking", "accounting", "analytics"):
        (authorizer,) = stacks[f"Ates-{stage}-{service}"].all("AWS::ApiGatewayV2::Authorizer")
        assert len(set(map(str, authorizer["JwtConfiguration"]["Audience"]))) == 2


def test_an_emulator_has_one_client(local: Stacks) -> None:
    assert len(list(local["Ates-dev-auth"].all("AWS::Cognito::UserPoolClient"))) == 1


def test_production_needs_an_authenticator(dev: Stacks, prod: Stacks, local: Stacks) -> None:
    assert pool("prod", prod)["MfaConfiguration"] == "ON"
    assert pool("prod", prod)["EnabledMfas"] == ["SOFTWARE_TOKEN_MFA"]
    (emulated,) = local["Ates-dev-auth"].all("AWS::Cognito::UserPool")
    for other in (pool("dev", dev), emulated):
        assert "MfaConfiguration" not in other


@pytest.mark.parametrize(
    ("settings", "needed"),
    [
        ({"durable": True}, True),
        ({"durable": True, "mfa": "off"}, False),
        ({}, False),
        ({"mfa": "required"}, True),
    ],
)
def test_a_stage_sets_whether_it_needs_one(settings: dict[str, Any], needed: bool) -> None:
    assert stage_of(settings).needs_second_factor is needed
    assert not stage_of(settings, "local").needs_second_factor


@pytest.mark.parametrize("settings", [{"mfa": "sms"}, {"login_version": 3}])
def test_other_values_are_refused(settings: dict[str, Any]) -> None:
    (name,) = settings
    with pytest.raises(stages.BadSettings, match=name):
        stage_of(settings)


def test_a_stage_may_have_the_newer_login() -> None:
    assert stage_of({"login_version": 2}).managed_login
    assert not stage_of({}).managed_login
    assert not stage_of({"login_version": 2}, "local").managed_login
