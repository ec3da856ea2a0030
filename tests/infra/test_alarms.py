"""Alarms reach somebody, and watch what customers and AWS would complain about."""

import json
import re
from collections.abc import Iterator

import pytest

from infra.discovery import discover
from infra.package import ROOT
from shared.metrics import NAMESPACE
from shared.spec import Events, Every, Http
from tests.infra.stages_of import stage_of
from tests.infra.templates import Properties, Template

Stacks = dict[str, Template]
SERVICES = {service.name: service for service in discover()}
APIS = sorted(
    name for name, each in SERVICES.items() if any(isinstance(spec.trigger, Http) for spec in each.use_cases)
)


def alarms(stacks: Stacks) -> dict[str, Properties]:
    return {
        each["AlarmName"]: each for stack in stacks.values() for each in stack.all("AWS::CloudWatch::Alarm")
    }


def queried(alarm: Properties) -> tuple[str, set[str]]:
    """The metric that a query sums, and the names among which it looks."""
    ((query,)) = alarm["Metrics"]
    return re.findall(r"SUM\((\w+)\)", query["Expression"])[0], set(
        re.findall(r"'([^']+)'", query["Expression"])
    )


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_every_alarm_tells_the_topic_when_it_begins_and_ends(
    stage: str, request: pytest.FixtureRequest
) -> None:
    topic = f"arn:aws:sns:region:account:ates-{stage}-alarms"
    found = alarms(request.getfixturevalue(stage))
    assert len(found) > 80
    for name, alarm in found.items():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [topic], name
        assert name.startswith(f"ates-{stage}-"), "or the topic refuses it"


def test_the_topic_is_known_by_its_name(dev: Stacks) -> None:
    (topic,) = dev["Ates-dev-events"].all("AWS::SNS::Topic")
    assert topic["TopicName"] == "ates-dev-alarms"


def test_only_the_stages_alarms_may_use_the_topic(prod: Stacks) -> None:
    stack = prod["Ates-prod-events"]
    (policy,) = stack.all("AWS::SNS::TopicPolicy")
    statements = policy["PolicyDocument"]["Statement"]
    (allowed,) = [each for each in statements if each["Effect"] == "Allow"]
    assert allowed["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert allowed["Action"] == "sns:Publish"
    assert allowed["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "account"},
        "ArnLike": {"aws:SourceArn": "arn:aws:cloudwatch:region:account:alarm:ates-prod-*"},
    }
    assert any("aws:SecureTransport" in json.dumps(each) for each in statements if each["Effect"] == "Deny")


def test_the_topic_is_encrypted_with_a_key_that_alarms_may_use(prod: Stacks) -> None:
    """They may not use the one that AWS manages for SNS."""
    stack = prod["Ates-prod-events"]
    ((name, key),) = [
        (name, each) for name, each in stack.resources.items() if each["Type"] == "AWS::KMS::Key"
    ]
    (topic,) = stack.all("AWS::SNS::Topic")
    assert topic["KmsMasterKeyId"] == f"{name}.Arn"
    assert key["DeletionPolicy"] == "Delete"
    statements = stack.render(key["Properties"]["KeyPolicy"]["Statement"])
    (allowed,) = [each for each in statements if "Service" in each["Principal"]]
    assert allowed["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert allowed["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]
    assert allowed["Condition"] == {"StringEquals": {"aws:SourceAccount": "account"}}


def test_the_settings_address_is_subscribed(dev: Stacks, prod: Stacks) -> None:
    (subscription,) = prod["Ates-prod-events"].all("AWS::SNS::Subscription")
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "operators@ates.example")
    assert not list(dev["Ates-dev-events"].all("AWS::SNS::Subscription"))


def test_a_stage_that_keeps_its_data_needs_somebody_to_tell() -> None:
    with pytest.raises(Exception, match="has no alarm_email"):
        stage_of({"durable": True, "alarm_email": ""})


@pytest.mark.parametrize("service", APIS)
def test_an_api_is_watched_for_errors_and_slowness(service: str, dev: Stacks) -> None:
    found = alarms({"": dev[f"Ates-dev-{service}"]})
    errors, slow = found[f"ates-dev-{service}-5xx"], found[f"ates-dev-{service}-latency"]
    assert (errors["MetricName"], errors["Statistic"], errors["Threshold"]) == ("5xx", "Sum", 5)
    assert (slow["MetricName"], slow["ExtendedStatistic"], slow["Threshold"]) == ("Latency", "p99", 3000)
    for each in (errors, slow):
        assert [one["Name"] for one in each["Dimensions"]] == ["ApiId"]


@pytest.mark.parametrize("service", SERVICES)
def test_all_tables_of_a_service_are_watched(service: str, dev: Stacks) -> None:
    stack = dev[f"Ates-dev-{service}"]
    tables = {each["TableName"] for each in stack.all("AWS::DynamoDB::Table")}
    found = alarms({"": stack})
    for what, metric in (
        ("write-throttles", "WriteThrottleEvents"),
        ("read-throttles", "ReadThrottleEvents"),
        ("conflicts", "TransactionConflict"),
    ):
        assert queried(found[f"ates-dev-{service}-{what}"]) == (metric, tables)


@pytest.mark.parametrize("service", SERVICES)
def test_all_rules_of_a_service_are_watched(service: str, dev: Stacks) -> None:
    stack = dev[f"Ates-dev-{service}"]
    triggers = [spec.trigger for spec in SERVICES[service].use_cases]
    rules = {each["Name"] for each in stack.all("AWS::Events::Rule")}
    assert any(isinstance(each, Events | Every) for each in triggers)
    assert queried(alarms({"": stack})[f"ates-dev-{service}-undelivered"]) == ("FailedInvocations", rules)


WHOLE_STAGE = {
    "throttles": ("AWS/Lambda", "Throttles", {}, 0),
    "bounces": ("AWS/SES", "Reputation.BounceRate", {}, 0.05),
    "complaints": ("AWS/SES", "Reputation.ComplaintRate", {}, 0.001),
    "closes-late": ("aTES", "ClosesLate", {"service": "accounting", "stage": "dev"}, 0),
    "mails-failed": ("aTES", "MailsFailed", {"service": "notifications", "stage": "dev"}, 0),
    "entries-late": ("aTES", "EventToEntryLag", {"service": "accounting", "stage": "dev"}, 300_000),
}


@pytest.mark.parametrize("name", WHOLE_STAGE)
def test_the_whole_stage_is_watched(name: str, dev: Stacks) -> None:
    alarm = alarms(dev)[f"ates-dev-{name}"]
    dimensions = {each["Name"]: each["Value"] for each in alarm.get("Dimensions", [])}
    assert (alarm["Namespace"], alarm["MetricName"], dimensions, alarm["Threshold"]) == WHOLE_STAGE[name]


def test_the_dashboard_of_the_business_counts_commands_that_exist(dev: Stacks) -> None:
    functions = {
        each["FunctionName"]
        for stack in dev.values()
        for each in stack.all("AWS::Lambda::Function")
        if "FunctionName" in each
    }
    (dashboard,) = dev["Ates-dev-events"].all("AWS::CloudWatch::Dashboard")
    assert dashboard["DashboardName"] == "ates-dev-business"
    counted = {
        metric[3] for metric in metrics(json.loads(dashboard["DashboardBody"])) if metric[2] == "FunctionName"
    }
    assert "ates-dev-tracking-complete-task" in counted
    assert counted <= functions


WRITTEN = {
    (service.name, name)
    for service in SERVICES.values()
    for file in (ROOT / "functions" / service.name).rglob("*.py")
    for name in re.findall(r"context\.(?:count|measure)\(\s*\"(\w+)\"", file.read_text())
}
"""Metrics that the functions write, with their service."""


def test_alarms_and_the_dashboard_read_metrics_that_the_functions_write(dev: Stacks) -> None:
    body = json.loads(dev["Ates-dev-events"].one("AWS::CloudWatch::Dashboard")["DashboardBody"])
    shown = {
        (metric[metric.index("service") + 1], metric[1]) for metric in metrics(body) if metric[0] == NAMESPACE
    }
    assert shown == WRITTEN, "each of them is shown"
    read = {
        (each["Value"], alarm["MetricName"])
        for alarm in alarms(dev).values()
        for each in alarm.get("Dimensions", [])
        if alarm["Namespace"] == NAMESPACE and each["Name"] == "service"
    }
    assert len(read) == 3
    assert read <= WRITTEN


def metrics(body: Properties) -> Iterator[list[str]]:
    for widget in body["widgets"]:
        yield from widget["properties"].get("metrics", [])


def test_an_emulator_has_neither_topic_nor_actions(local: Stacks) -> None:
    for alarm in alarms(local).values():
        assert "AlarmActions" not in alarm
        assert "OKActions" not in alarm
    assert not list(local["Ates-dev-events"].all("AWS::SNS::Topic"))
