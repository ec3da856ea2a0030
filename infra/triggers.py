"""The triggers of use cases, one function per kind."""

from aws_cdk import Duration
from aws_cdk.aws_dynamodb import CfnTable
from aws_cdk.aws_events import Rule, Schedule
from aws_cdk.aws_events_targets import LambdaFunction
from aws_cdk.aws_lambda import EventSourceMapping, FilterCriteria, FilterRule, StartingPosition

from infra import names, pacing, patterns, rules
from infra.function import UseCaseFunction
from infra.queues import Consumed
from infra.stages import Stage
from shared.spec import Events, Every, Stream

BATCHES_AT_ONCE_PER_SHARD = 10


def consume(function: UseCaseFunction, consumed: Consumed, batch: pacing.Batch, at_once: int) -> None:
    """Invokes a consumer from its queue, at most so often at once."""
    EventSourceMapping(
        function,
        "queue",
        target=function.target,
        event_source_arn=consumed.queue.queue_arn,
        batch_size=batch.size,
        max_batching_window=Duration.seconds(batch.seconds) if batch.seconds else None,
        report_batch_item_failures=True,
        max_concurrency=at_once,
    )


def route(function: UseCaseFunction, stage: Stage, trigger: Events, consumed: Consumed) -> None:
    """Routes events to the consumer's queue."""
    pattern = patterns.consumer(trigger, function.name)
    bus = names.bus(stage.name)
    rules.to_queue(function, "rule", function.name, bus, pattern, consumed.queue, consumed.dead_letters)


def tick(function: UseCaseFunction, every: Every) -> None:
    """Invokes at a fixed rate; a failed run isn't retried, because the next one does its work."""
    Rule(
        function,
        "schedule",
        rule_name=function.name,
        schedule=Schedule.rate(Duration.minutes(every.minutes)),
        targets=[LambdaFunction(function.target, retry_attempts=0)],
    )


def follow(function: UseCaseFunction, stream: Stream, table: CfnTable) -> None:
    """Passes on inserts into a table; a failed batch is halved and retried until its records expire."""
    EventSourceMapping(
        function,
        "stream",
        target=function.target,
        event_source_arn=table.attr_stream_arn,
        starting_position=StartingPosition.TRIM_HORIZON,
        batch_size=stream.batch_size,
        bisect_batch_on_error=True,
        parallelization_factor=BATCHES_AT_ONCE_PER_SHARD,
        filters=[FilterCriteria.filter({"eventName": FilterRule.is_equal("INSERT")})],
    )
