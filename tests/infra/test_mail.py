"""The sender in SES: verified before others need it, and what SES reports of our mails."""

import json
from typing import Any

import pytest

from functions.notifications.mark_undelivered.handler import read_undelivered
from infra import stages
from tests.infra.stages_of import stage_of
from tests.infra.templates import Template

Stacks = dict[str, Template]

MAIL = {
    "messageId": "EXAMPLE7c191be45-000000",
    "timestamp": "2026-11-22T00:40:02.012Z",
    "destination": ["daria@ates.example"],
    "headers": [{"name": "To", "value": "daria@ates.example"}],
    "tags": {
        "ses:configuration-set": ["ates-prod"],
        "account_id": ["7eec8295-b12e"],
        "business_day": ["2026-11-22"],
    },
}
EVENTS: dict[str, dict[str, Any]] = {
    "bounce": {
        "id": "event-1",
        "source": "aws.ses",
        "detail-type": "Email Bounced",
        "detail": {
            "mail": MAIL,
            "bounce": {
                "bounceType": "Permanent",
                "bouncedRecipients": [{"emailAddress": "daria@ates.example"}],
            },
        },
    },
    "complaint": {
        "id": "event-2",
        "source": "aws.ses",
        "detail-type": "Email Complaint Received",
        "detail": {
            "mail": MAIL,
            "complaint": {"complainedRecipients": [{"emailAddress": "daria@ates.example"}]},
        },
    },
}
"""As SES documents them, shortened."""


def rule(kind: str, stacks: Stacks) -> dict[str, Any]:
    stack = stacks["Ates-prod-notifications"]
    found: dict[str, Any] = stack.one(
        "AWS::Events::Rule", Name=f"ates-prod-notifications-mark-undelivered-{kind}"
    )
    return found


def value(path: str, event: dict[str, Any]) -> str:
    """A JSON path's value as EventBridge puts it into a template."""
    found: Any = event
    for part in path.removeprefix("$.").replace("[0]", ".0").split("."):
        found = found[int(part)] if part.isdigit() else found[part]
    return json.dumps(found)


def transformed(target: dict[str, Any], event: dict[str, Any]) -> str:
    template: str = target["InputTransformer"]["InputTemplate"]
    for name, path in target["InputTransformer"]["InputPathsMap"].items():
        template = template.replace(f"<{name}>", value(path, event))
    return template


@pytest.mark.parametrize("kind", EVENTS)
def test_what_ses_reports_becomes_a_job(kind: str, prod: Stacks) -> None:
    (target,) = rule(kind, prod)["Targets"]
    assert target["Arn"] == "ates-prod-notifications-undelivered.Arn"
    body = json.loads(transformed(target, EVENTS[kind]))
    assert body["correlation_id"] == EVENTS[kind]["id"]
    read = read_undelivered(body["job"])
    assert read.report_id == "7eec8295-b12e#2026-11-22"
    assert read.message_id == MAIL["messageId"]
    assert read.is_complaint == (kind == "complaint")
    assert read.is_permanent


@pytest.mark.parametrize("kind", EVENTS)
def test_no_address_leaves_sess_event(kind: str, prod: Stacks) -> None:
    """Neither to the queue, nor to a dead-letter queue of the rule, which would hold the whole event."""
    (target,) = rule(kind, prod)["Targets"]
    assert "@" in json.dumps(EVENTS[kind])
    assert "@" not in transformed(target, EVENTS[kind])
    assert "DeadLetterConfig" not in target


@pytest.mark.parametrize("kind", EVENTS)
def test_only_our_mails_are_looked_at(kind: str, prod: Stacks) -> None:
    found = rule(kind, prod)
    assert found.get("EventBusName", "default") == "default"
    pattern = found["EventPattern"]
    assert (pattern["source"], pattern["detail-type"]) == (["aws.ses"], [EVENTS[kind]["detail-type"]])
    assert pattern["detail"]["mail"]["tags"] == {
        "ses:configuration-set": ["ates-prod"],
        "account_id": [{"exists": True}],
        "business_day": [{"exists": True}],
    }


def test_bounces_and_complaints_go_to_the_default_bus(prod: Stacks) -> None:
    stack = prod["Ates-prod-mail"]
    (followed,) = stack.all("AWS::SES::ConfigurationSet")
    assert followed["Name"] == "ates-prod"
    assert followed["ReputationOptions"] == {"ReputationMetricsEnabled": True}
    assert followed["SuppressionOptions"] == {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]}
    (destination,) = stack.all("AWS::SES::ConfigurationSetEventDestination")
    assert destination["EventDestination"] == {
        "Name": "default-bus",
        "Enabled": True,
        "MatchingEventTypes": ["BOUNCE", "COMPLAINT"],
        "EventBridgeDestination": {"EventBusArn": "arn:aws:events:region:account:event-bus/default"},
    }


def test_the_dns_records_are_outputs(prod: Stacks) -> None:
    stack = prod["Ates-prod-mail"]
    (sender,) = stack.all("AWS::SES::EmailIdentity")
    assert sender["EmailIdentity"] == "ates.example"
    assert sender["MailFromAttributes"]["MailFromDomain"] == "mail.ates.example"
    records = [stack.render(each["Value"]) for name, each in stack.outputs.items() if "DnsRecord" in name]
    assert sum(" CNAME " in each for each in records) == 3
    assert "mail.ates.example MX 10 feedback-smtp.region.amazonses.com" in records
    assert 'mail.ates.example TXT "v=spf1 include:amazonses.com ~all"' in records
    assert any(each.startswith("_dmarc.ates.example TXT") for each in records)


def test_an_emulator_keeps_the_sender_where_it_was(local: Stacks) -> None:
    assert "Ates-dev-mail" not in local
    stack = local["Ates-dev-notifications"]
    assert len(stack.whole("AWS::SES::EmailIdentity")) == 1
    assert not stack.some("AWS::Events::Rule", Name="ates-dev-notifications-mark-undelivered-bounce")


@pytest.mark.parametrize(
    "settings",
    [
        {"sender": "reports"},
        {"sender_identity": "other"},
        {"mail_from": "mail.elsewhere.example"},
    ],
)
def test_a_sender_that_ses_would_refuse_is_named(settings: dict[str, Any]) -> None:
    (name,) = settings
    with pytest.raises(stages.BadSettings, match=name):
        stage_of(settings)


def test_two_stages_share_an_identity() -> None:
    assert stage_of({"sender_identity": "existing"}).sender_identity == "existing"
    assert stage_of({}).mail_from == "mail.ates.example"
