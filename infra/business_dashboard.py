"""The stage's CloudWatch dashboard of the business: what people do, what is booked, paid and mailed."""

from aws_cdk import Duration
from aws_cdk.aws_cloudwatch import Dashboard, GraphWidget, IMetric, Metric, Stats
from constructs import Construct

from infra import alarms, names
from infra.stages import Stage

HOUR = Duration.hours(1)
COMMANDS = {
    "tasks completed": ("tracking", "complete_task"),
    "tasks cancelled": ("tracking", "cancel_task"),
    "shuffles": ("tracking", "start_shuffle"),
    "closes asked for": ("accounting", "start_close"),
    "corrections": ("accounting", "correct_entry"),
    "invitations": ("auth", "invite_account"),
}
"""Use cases whose calls say what people do, refused ones included."""


def business_dashboard(scope: Construct, stage: Stage) -> Dashboard:
    created = alarms.own_metric("TasksCreated", "tracking", stage, Stats.SUM, HOUR, "tasks created")
    done = [created, *(_calls(stage, label, *use_case) for label, use_case in COMMANDS.items())]
    booked = [alarms.own_metric("EntriesPosted", "accounting", stage, Stats.SUM, HOUR, "entries posted")]
    mails: list[IMetric] = [
        alarms.own_metric("MailsSent", "notifications", stage, Stats.SUM, HOUR, "reports sent"),
        alarms.own_metric("MailsFailed", "notifications", stage, Stats.SUM, HOUR, "reports failed"),
        _of_ses("Send", Stats.SUM),
        _of_ses("Bounce", Stats.SUM),
        _of_ses("Complaint", Stats.SUM),
    ]
    rates = [
        _of_ses("Reputation.BounceRate", Stats.MAXIMUM),
        _of_ses("Reputation.ComplaintRate", Stats.MAXIMUM),
    ]
    lag = [
        alarms.own_metric("EventToEntryLag", "accounting", stage, statistic)
        for statistic in (Stats.p(50), Stats.p(99))
    ]
    late = [alarms.own_metric("ClosesLate", "accounting", stage, Stats.SUM)]
    rows = [
        [
            _graph("What people do, by hour", done),
            _graph("Entries of the ledger, by hour", booked),
            _graph("From event to entry, ms", lag),
        ],
        [
            _graph("Mails, by hour", mails),
            _graph("Bounces and complaints, as parts of all mail", rates),
            _graph("Closes past their deadline", late),
        ],
    ]
    name = f"{names.bus(stage.name)}-business"
    return Dashboard(scope, "business_dashboard", dashboard_name=name, widgets=rows)


def _graph(title: str, metrics: list[IMetric] | list[Metric]) -> GraphWidget:
    return GraphWidget(title=title, left=list(metrics), width=8)


def _calls(stage: Stage, label: str, service: str, use_case: str) -> Metric:
    return Metric(
        namespace="AWS/Lambda",
        metric_name="Invocations",
        dimensions_map={"FunctionName": names.physical(stage.name, service, use_case)},
        statistic=Stats.SUM,
        period=HOUR,
        label=label,
    )


def _of_ses(metric: str, statistic: str) -> Metric:
    """Of all mail of the account and region."""
    return Metric(namespace="AWS/SES", metric_name=metric, statistic=statistic, period=HOUR, label=metric)
