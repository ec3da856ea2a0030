"""What is wrong with a stage, each with the command to run next; it changes nothing."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from functions.accounting.closing import late_day
from functions.accounting.rows import BALANCES
from functions.notifications.domain import FAILED, WAITING
from infra import names
from infra.discovery import discover
from ops.console.words import counted
from ops.daily import reports
from ops.recovery import guard, pause_service
from ops.stage import consumers, event_sources, lambdas, schedules, sentinels, stacks, tables
from ops.stage.aws import Aws
from shared.clock import Clock


@dataclass(frozen=True, slots=True)
class Problem:
    """`next_command` is complete, to be copied."""

    what: str
    next_command: str


def problems(aws: Aws, clock: Clock) -> Iterator[Problem]:
    """Of a stage all of whose stacks exist."""
    gone = missing_tables(aws)
    yield from _tables(aws, gone)
    paused = [service for service in stacks.SERVICES if pause_service.is_paused(aws, service)]
    yield from _paused(paused)
    there = lambdas.existing(aws)
    yield from _functions(aws, there)
    yield from _consumers(aws, there, paused)
    if "reports" not in gone.get("notifications", ()):
        yield from _reports(aws)
    if "balances" not in gone.get("accounting", ()) and aws.target.name("accounting", "close_days") in there:
        yield from _close(aws, clock)


def on_stage(problem: Problem, stage: str | None) -> Problem:
    """With `--stage` in the command, unless it is the local AWS."""
    is_ours = problem.next_command.startswith("ates ")
    if stage is None or not is_ours:
        return problem
    return Problem(problem.what, f"{problem.next_command} --stage {stage}")


def missing_tables(aws: Aws) -> Mapping[str, tuple[str, ...]]:
    """By service, the logical names of tables that don't exist."""
    found = {service: tuple(tables.missing(aws, service)) for service in stacks.SERVICES}
    return {service: gone for service, gone in found.items() if gone}


def repair_of(service: str) -> str:
    """The command that brings back a service's tables."""
    return "ates rebuild analytics" if service == "analytics" else f"ates restore {service} --to now"


def _tables(aws: Aws, gone: Mapping[str, Sequence[str]]) -> Iterator[Problem]:
    for service, missing in gone.items():
        for name in missing:
            yield Problem(f"table {aws.target.name(service, name)} does not exist", repair_of(service))
    for service in sentinels.guarded_services():
        new = {table.name for table in guard.unguarded(aws, service)}
        for name in sentinels.lost_tables(aws, service):
            table = aws.target.name(service, name)
            if name in gone.get(service, ()):
                continue
            if name in new:
                yield Problem(f"table {table} is not guarded yet, so nothing reads it", "ates guard")
            else:
                yield Problem(f"table {table} has lost its rows", repair_of(service))


def _paused(paused: Sequence[str]) -> Iterator[Problem]:
    for service in paused:
        yield Problem(
            f"{service} stands still: a restore of it is running, or was interrupted",
            repair_of(service),
        )


def _functions(aws: Aws, there: Set[str]) -> Iterator[Problem]:
    for service in discover():
        for spec in service.use_cases:
            function = names.function(aws.target.stage, spec)
            if function not in there:
                yield Problem(f"function {function} does not exist", _deploys(aws))


def _consumers(aws: Aws, there: Set[str], paused: Sequence[str]) -> Iterator[Problem]:
    """Consumers and schedules that do nothing; a pause explains itself, and so does a missing function."""
    sources = event_sources.states(aws)
    for consumer in consumers.of(aws.target.stage).values():
        states = sources.get(consumer.function, [])
        if consumer.name.partition(".")[0] in paused or consumer.function not in there:
            continue
        if not states:
            yield Problem(f"{consumer.name} consumes nothing: its source is gone", _deploys(aws))
        elif all(state in event_sources.OFF for state in states):
            yield Problem(
                f"{consumer.name} consumes nothing: its source is switched off",
                f"ates resume {consumer.name}",
            )
    for name in schedules.off(aws):
        yield Problem(f"schedule {name} is switched off", f"ates resume {name}")


def _reports(aws: Aws) -> Iterator[Problem]:
    """A report that waits for its first attempt is as it should be."""
    found = list(reports.unsent(aws, (WAITING, FAILED)))
    failed = sum(each.state == FAILED for each in found)
    tried = sum(each.state == WAITING and each.attempts > 0 for each in found)
    if failed:
        yield Problem(f"failed for good: {counted(failed, 'report')}", "ates reports list --state failed")
    if tried:
        yield Problem(
            f"failed so far, and tried again: {counted(tried, 'report')}", "ates reports list --state waiting"
        )


def _close(aws: Aws, clock: Clock) -> Iterator[Problem]:
    due = late_day(clock(), lambdas.business_timezone(aws))
    late = open_accounts(aws, due)
    if late:
        yield Problem(f"{due} should be closed, but is open for {counted(late, 'account')}", "ates close-day")


def open_accounts(aws: Aws, through: str) -> int:
    """How many accounts are not closed through this day."""
    found = 0
    for shard in range(lambdas.shards_read(aws, "accounting", "close_days", BALANCES)):
        pages = aws.dynamodb.get_paginator("query").paginate(
            TableName=aws.target.name("accounting", "balances"),
            IndexName="by_closed_through",
            KeyConditionExpression="close_shard = :shard AND closed_through < :day",
            ExpressionAttributeValues={":shard": {"N": str(shard)}, ":day": {"S": through}},
            Select="COUNT",
        )
        found += sum(page["Count"] for page in pages)
    return found


def _deploys(aws: Aws) -> str:
    """CloudFormation believes that a deleted function exists, unless it is told to look."""
    if aws.target.endpoint:
        return "make up"
    return f"npx cdk deploy --all -c stage={aws.target.stage} --revert-drift"
