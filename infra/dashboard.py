"""A service's CloudWatch dashboard: its API, its functions, its queues."""

from aws_cdk import Duration
from aws_cdk.aws_cloudwatch import Dashboard, GraphWidget, IMetric, Metric, Stats
from constructs import Construct

from infra import names
from infra.discovery import Service
from infra.stages import Stage

PERIOD = Duration.minutes(1)


def dashboard(scope: Construct, stage: Stage, service: Service) -> Dashboard:
    """A row of graphs for the functions, and one for the queues if there are any."""
    functions = [names.function(stage.name, spec) for spec in service.use_cases]
    queues = [queue for spec in service.use_cases if (queue := names.queue(stage.name, spec))]
    rows = [
        [
            _graph("Invocations", [_of_function(each, "Invocations", Stats.SUM) for each in functions]),
            _graph("Errors", [_of_function(each, "Errors", Stats.SUM) for each in functions]),
            _graph(
                "Duration, 95 % below", [_of_function(each, "Duration", Stats.p(95)) for each in functions]
            ),
        ]
    ]
    if queues:
        dead = [names.dead_letter_queue(each) for each in queues]
        rows.append(
            [
                _graph("Waiting", [_of_queue(each, "ApproximateNumberOfMessagesVisible") for each in queues]),
                _graph(
                    "Oldest, seconds", [_of_queue(each, "ApproximateAgeOfOldestMessage") for each in queues]
                ),
                _graph(
                    "Dead letters", [_of_queue(each, "ApproximateNumberOfMessagesVisible") for each in dead]
                ),
            ]
        )
    name = f"{names.bus(stage.name)}-{service.name}"
    return Dashboard(scope, "dashboard", dashboard_name=name, widgets=rows)


def _graph(title: str, metrics: list[IMetric]) -> GraphWidget:
    return GraphWidget(title=title, left=metrics, width=8)


def _of_function(name: str, metric: str, statistic: str) -> IMetric:
    return Metric(
        namespace="AWS/Lambda",
        metric_name=metric,
        dimensions_map={"FunctionName": name},
        statistic=statistic,
        period=PERIOD,
        label=name,
    )


def _of_queue(name: str, metric: str) -> IMetric:
    return Metric(
        namespace="AWS/SQS",
        metric_name=metric,
        dimensions_map={"QueueName": name},
        statistic=Stats.MAXIMUM,
        period=PERIOD,
        label=name,
    )
