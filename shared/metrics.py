"""Writes metrics as lines of the log (CloudWatch's embedded metric format), by Powertools.

Imported only by a function that has something to write: see `shared.telemetry.write_figures`.
"""

from collections.abc import Iterable

from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import AmazonCloudWatchEMFProvider

from shared.context import Figure
from shared.settings import settings

NAMESPACE = "aTES"


def write(figures: Iterable[Figure]) -> None:
    """With the dimensions `service` and `stage`; a name with several values gets all of them."""
    metrics = AmazonCloudWatchEMFProvider(
        metric_set={}, dimension_set={}, metadata_set={}, namespace=NAMESPACE, service=settings().service
    )
    metrics.add_dimension("stage", settings().stage)
    for figure in figures:
        metrics.add_metric(figure.name, figure.unit, figure.value)
    metrics.flush_metrics()
