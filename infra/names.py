"""The names of all resources, by which `ops` finds them too."""

from shared.spec import Events, Jobs, UseCase

CLOUDFRONT_REGION = "us-east-1"
"""Where CloudFront's firewall is, wherever the stage is."""


def prefix(stage: str) -> str:
    """The prefix of the names of all tables, functions and queues."""
    return f"ates-{stage}-"


def physical(stage: str, service: str, name: str) -> str:
    """The name of a table, function or queue, such as `ates-dev-tracking-open-tasks`."""
    return f"ates-{stage}-{service}-{name}".replace("_", "-")


def bus(stage: str) -> str:
    """The name of the event bus and of its archive."""
    return f"ates-{stage}"


def stack(stage: str, service: str) -> str:
    """The name of a service's stack, or of the bus's (`events`)."""
    return f"Ates-{stage}-{service}"


def replayed(stage: str) -> str:
    """The rule and the queue through which an operator reads archived events."""
    return f"ates-{stage}-replayed"


def operations(stage: str) -> str:
    """The table that records operators' commands."""
    return f"ates-{stage}-operations"


def backups(stage: str, account: str) -> str:
    """The bucket of the logical backups; with the AWS account, because bucket names are global."""
    return f"ates-{stage}-backups-{account}"


def alarms(stage: str) -> str:
    """The topic of alarms."""
    return f"ates-{stage}-alarms"


def ses_rule(function: str, kind: str) -> str:
    """The rule of the default bus that makes jobs of SES's events; `kind` is `bounce` or `complaint`."""
    return f"{function}-{kind}"


def replay(rule: str, label: str) -> str:
    """The name of a replay that only this rule accepts. At most 64 characters."""
    return f"{rule}.{label}"


def source(producer: str) -> str:
    """The source of a producer's events on the bus."""
    return f"ates.{producer}"


def function(stage: str, spec: UseCase) -> str:
    return physical(stage, spec.service, spec.name)


def queue(stage: str, spec: UseCase) -> str | None:
    """The queue that a use case consumes, if it is a consumer."""
    match spec.trigger:
        case Events():
            return function(stage, spec)
        case Jobs(name=name):
            return physical(stage, spec.service, name)
        case _:
            return None


def dead_letter_queue(queue_name: str) -> str:
    return f"{queue_name}-dlq"
