"""The stage's schedules, paused for a while."""

from collections.abc import Iterator
from contextlib import contextmanager

from infra import names
from infra.discovery import discover
from ops.stage import saved_state
from ops.stage.aws import Aws
from shared.spec import Every

KEPT = "schedules"


@contextmanager
def paused(aws: Aws) -> Iterator[None]:
    """At the end they run again, except those that were off before; a repeated command knows which."""
    rules = [name for name in of(aws.target.stage) if _is_there(aws, name)]
    off = saved_state.save_once(aws, KEPT, lambda: [name for name in rules if _is_off(aws, name)])
    try:
        for name in rules:
            aws.events.disable_rule(Name=name)
        yield
    finally:
        for name in rules:
            if name not in off:
                aws.events.enable_rule(Name=name)
        saved_state.delete(aws, KEPT)


def off(aws: Aws) -> list[str]:
    """Schedules that exist and are switched off, unless a command has paused them for a while."""
    if saved_state.is_saved(aws, KEPT):
        return []
    return [name for name in of(aws.target.stage) if _is_there(aws, name) and _is_off(aws, name)]


def resume(aws: Aws, name: str) -> None:
    aws.events.enable_rule(Name=name)


def of(stage: str) -> list[str]:
    """The names of the rules."""
    specs = [spec for service in discover() for spec in service.use_cases]
    return [names.function(stage, spec) for spec in specs if isinstance(spec.trigger, Every)]


def _is_there(aws: Aws, name: str) -> bool:
    return any(rule["Name"] == name for rule in aws.events.list_rules(NamePrefix=name)["Rules"])


def _is_off(aws: Aws, name: str) -> bool:
    return aws.events.describe_rule(Name=name)["State"] == "DISABLED"
