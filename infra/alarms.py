"""The alarms for the operator, named for what they watch."""

from aws_cdk import Duration
from aws_cdk.aws_cloudwatch import Alarm, ComparisonOperator, IMetric, Stats, TreatMissingData
from aws_cdk.aws_lambda import Function
from aws_cdk.aws_sqs import Queue
from constructs import Construct

MINUTE = Duration.minutes(1)
FIVE_MINUTES = Duration.minutes(5)
WAITING_SECONDS = 15 * 60
BEHIND_SECONDS = 5 * 60


def dead_letters(queue: Queue, name: str) -> None:
    metric = queue.metric_approximate_number_of_messages_visible(period=MINUTE, statistic=Stats.MAXIMUM)
    _above(queue, f"{name}-not-empty", metric, 0)


def message_age(queue: Queue, name: str) -> None:
    metric = queue.metric_approximate_age_of_oldest_message(period=MINUTE, statistic=Stats.MAXIMUM)
    _above(queue, f"{name}-message-age", metric, WAITING_SECONDS)


def failures(function: Function, name: str) -> None:
    """Invocations that raised an error, and those refused for lack of concurrency."""
    _above(function, f"{name}-errors", function.metric_errors(period=FIVE_MINUTES), 0)
    _above(function, f"{name}-throttles", function.metric_throttles(period=FIVE_MINUTES), 0)


def iterator_age(function: Function, name: str) -> None:
    """How far a stream's consumer is behind."""
    metric = function.metric("IteratorAge", period=MINUTE, statistic=Stats.MAXIMUM)
    _above(function, f"{name}-iterator-age", metric, BEHIND_SECONDS * 1000)


def _above(scope: Construct, name: str, metric: IMetric, threshold: int) -> None:
    Alarm(
        scope,
        name,
        alarm_name=name,
        metric=metric,
        threshold=threshold,
        evaluation_periods=1,
        comparison_operator=ComparisonOperator.GREATER_THAN_THRESHOLD,
        treat_missing_data=TreatMissingData.NOT_BREACHING,
    )
