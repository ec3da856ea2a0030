"""The alarms for the operator, named for what they watch. On AWS each mails when it begins and ends.

An alarm costs 0.10 dollars a month for each metric that it reads, also inside of an expression, a composite
one 0.50: so what is asked of all tables or rules of a service is one query. It reads only metrics that have
data, and DynamoDB and EventBridge have none of these while all is well.
"""

from collections.abc import Sequence

from aws_cdk import Duration, Stack
from aws_cdk.aws_apigatewayv2 import HttpApi
from aws_cdk.aws_cloudwatch import (
    Alarm,
    CfnAlarm,
    ComparisonOperator,
    IMetric,
    Metric,
    Stats,
    TreatMissingData,
)
from aws_cdk.aws_lambda import Function
from aws_cdk.aws_sqs import Queue
from constructs import Construct

from infra import names, ses_events
from infra.discovery import Service
from infra.stages import Stage
from shared.metrics import NAMESPACE
from shared.spec import Events, Every, Jobs, UseCase

MINUTE = Duration.minutes(1)
FIVE_MINUTES = Duration.minutes(5)
WAITING_SECONDS = 15 * 60
BEHIND_SECONDS = 5 * 60
SLOW_MILLISECONDS = 3000
SERVER_ERRORS = 5
CONFLICTS = 100
BOUNCE_RATE = 0.05
"""At 5 % SES reviews an account, at 10 % it may stop it."""
COMPLAINT_RATE = 0.001
"""The same at 0.1 % and 0.5 %."""


def dead_letters(queue: Queue, name: str, stage: Stage) -> None:
    metric = queue.metric_approximate_number_of_messages_visible(period=MINUTE, statistic=Stats.MAXIMUM)
    _above(queue, f"{name}-not-empty", metric, 0, stage)


def message_age(queue: Queue, name: str, stage: Stage) -> None:
    metric = queue.metric_approximate_age_of_oldest_message(period=MINUTE, statistic=Stats.MAXIMUM)
    _above(queue, f"{name}-message-age", metric, WAITING_SECONDS, stage)


def failures(function: Function, name: str, stage: Stage) -> Alarm:
    """Invocations that raised an error."""
    return _above(function, f"{name}-errors", function.metric_errors(period=FIVE_MINUTES), 0, stage)


def iterator_age(function: Function, name: str, stage: Stage) -> None:
    """How far a stream's consumer is behind."""
    metric = function.metric("IteratorAge", period=MINUTE, statistic=Stats.MAXIMUM)
    _above(function, f"{name}-iterator-age", metric, BEHIND_SECONDS * 1000, stage)


def throttles(scope: Construct, stage: Stage) -> None:
    """Invocations refused for lack of concurrency, of all functions: it belongs to the account."""
    metric = Metric(namespace="AWS/Lambda", metric_name="Throttles", statistic=Stats.SUM, period=FIVE_MINUTES)
    _above(scope, f"{names.bus(stage.name)}-throttles", metric, 0, stage)


def api(http_api: HttpApi, name: str, stage: Stage) -> None:
    """Answers of 5xx, and slow ones."""
    errors = http_api.metric_server_error(period=FIVE_MINUTES, statistic=Stats.SUM)
    _above(http_api, f"{name}-5xx", errors, SERVER_ERRORS, stage)
    slow = http_api.metric_latency(period=FIVE_MINUTES, statistic=Stats.p(99))
    _above(http_api, f"{name}-latency", slow, SLOW_MILLISECONDS, stage, periods=3)


def service(scope: Construct, stage: Stage, of: Service) -> None:
    """What its tables and its rules were refused."""
    prefix = f"{names.bus(stage.name)}-{of.name}"
    tables = [names.physical(stage.name, of.name, each) for each in of.tables]
    for what, metric, threshold in (
        ("write-throttles", "WriteThrottleEvents", 0),
        ("read-throttles", "ReadThrottleEvents", 0),
        ("conflicts", "TransactionConflict", CONFLICTS),
    ):
        query = _sum(metric, "AWS/DynamoDB", "TableName", tables)
        _of_query(scope, f"{prefix}-{what}", query, threshold, stage)
    rules = [rule for spec in of.use_cases for rule in _rules(stage, spec)]
    if rules:
        failed = _sum("FailedInvocations", "AWS/Events", "RuleName", rules)
        _of_query(scope, f"{prefix}-undelivered", failed, 0, stage)


def _rules(stage: Stage, spec: UseCase) -> list[str]:
    name = names.function(stage.name, spec)
    match spec.trigger:
        case Events() | Every():
            return [name]
        case Jobs(fed_by_ses=True):
            return [names.ses_rule(name, kind) for kind in ses_events.EVENTS]
    return []


def reputation(scope: Construct, stage: Stage) -> None:
    """Bounces and complaints, as parts of all mail of the account and region."""
    for name, metric, most in (
        ("bounces", "Reputation.BounceRate", BOUNCE_RATE),
        ("complaints", "Reputation.ComplaintRate", COMPLAINT_RATE),
    ):
        rate = Metric(
            namespace="AWS/SES", metric_name=metric, statistic=Stats.MAXIMUM, period=Duration.hours(1)
        )
        _above(scope, f"{names.bus(stage.name)}-{name}", rate, most, stage)


def business(scope: Construct, stage: Stage) -> None:
    """Closes past their deadline, mails that failed, and how long after its event an entry is booked."""
    for name, metric, of, statistic, most in (
        ("closes-late", "ClosesLate", "accounting", Stats.SUM, 0),
        ("mails-failed", "MailsFailed", "notifications", Stats.SUM, 0),
        ("entries-late", "EventToEntryLag", "accounting", Stats.p(99), BEHIND_SECONDS * 1000),
    ):
        measured = own_metric(metric, of, stage, statistic)
        _above(scope, f"{names.bus(stage.name)}-{name}", measured, most, stage)


def own_metric(
    name: str,
    of: str,
    stage: Stage,
    statistic: str,
    period: Duration = FIVE_MINUTES,
    label: str | None = None,
) -> Metric:
    """A metric that a service's functions write to their logs; times are in milliseconds."""
    dimensions = {"service": of, "stage": stage.name}
    return Metric(
        namespace=NAMESPACE,
        metric_name=name,
        dimensions_map=dimensions,
        statistic=statistic,
        period=period,
        label=label,
    )


def _above(
    scope: Construct, name: str, metric: IMetric, threshold: float, stage: Stage, periods: int = 1
) -> Alarm:
    alarm = Alarm(
        scope,
        name,
        alarm_name=name,
        metric=metric,
        threshold=threshold,
        evaluation_periods=periods,
        comparison_operator=ComparisonOperator.GREATER_THAN_THRESHOLD,
        treat_missing_data=TreatMissingData.NOT_BREACHING,
    )
    resource = alarm.node.default_child
    if isinstance(resource, CfnAlarm):
        resource.alarm_actions = resource.ok_actions = _actions(scope, stage)
    return alarm


def _of_query(scope: Construct, name: str, query: str, threshold: int, stage: Stage) -> None:
    CfnAlarm(
        scope,
        name,
        alarm_name=name,
        metrics=[
            CfnAlarm.MetricDataQueryProperty(
                id="found", expression=query, period=FIVE_MINUTES.to_seconds(), return_data=True
            )
        ],
        threshold=threshold,
        evaluation_periods=1,
        comparison_operator="GreaterThanThreshold",
        treat_missing_data="notBreaching",
        alarm_actions=_actions(scope, stage),
        ok_actions=_actions(scope, stage),
    )


def _sum(metric: str, namespace: str, dimension: str, values: Sequence[str]) -> str:
    of_ours = " OR ".join(f"{dimension} = '{value}'" for value in values)
    return f'SELECT SUM({metric}) FROM "{namespace}" WHERE {of_ours}'  # noqa: S608 - names are ours


def _actions(scope: Construct, stage: Stage) -> list[str] | None:
    """The stage's topic, by its name, so that no stack depends on another's resources."""
    if stage.local:
        return None
    return [Stack.of(scope).format_arn(service="sns", resource=names.alarms(stage.name))]
