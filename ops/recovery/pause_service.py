"""Pauses a service: none of its functions runs, and what is sent to it waits."""

from collections.abc import Iterator
from contextlib import contextmanager

from infra import names
from infra.discovery import discover
from ops.console.errors import CommandFailed
from ops.console.wait import Timer
from ops.stage import consumers, event_sources, saved_state
from ops.stage.aws import Aws
from ops.stage.event_sources import Pause


@contextmanager
def paused(aws: Aws, service: str, timer: Timer) -> Iterator[Pause]:
    """Refuses every invocation of its functions, and stops reading its queues and streams.

    Its API then answers with the gateway's error; other services keep running. At the end everything is
    resumed as it was, unless the pause is kept; a repeated command resumes what a killed one left paused.
    """
    functions = functions_of_service(aws.target.stage, service)
    queues = [consumers.url(aws, each.queue) for each in consumers.of(aws.target.stage, service).values()]
    name = _name(service)
    with event_sources.paused(aws, functions, queues, timer) as pause:
        before = saved_state.save_once(aws, name, lambda: {each: _reserved(aws, each) for each in functions})
        try:
            for each in functions:
                aws.functions.put_function_concurrency(FunctionName=each, ReservedConcurrentExecutions=0)
            yield pause
        finally:
            if not pause.stays_paused:
                for each, reserved in before.items():
                    _reserve(aws, each, reserved)
                saved_state.delete(aws, name)


def is_paused(aws: Aws, service: str) -> bool:
    """Whether a restore has paused it: it is running, or was interrupted."""
    return saved_state.is_saved(aws, _name(service))


def check_not_paused(aws: Aws, *services: str) -> None:
    """Raises CommandFailed if a service is paused for a restore, because its tables may be incomplete."""
    for service in services:
        if is_paused(aws, service):
            raise CommandFailed(f"{service} is paused for a restore; wait until that ends, or repeat it")


def functions_of_service(stage: str, service: str) -> list[str]:
    specs = [spec for each in discover() if each.name == service for spec in each.use_cases]
    return [names.function(stage, spec) for spec in specs]


def _name(service: str) -> str:
    return f"concurrency/{service}"


def _reserved(aws: Aws, function: str) -> int | None:
    return aws.functions.get_function_concurrency(FunctionName=function).get("ReservedConcurrentExecutions")


def _reserve(aws: Aws, function: str, reserved: int | None) -> None:
    if reserved is None:
        aws.functions.delete_function_concurrency(FunctionName=function)
    else:
        aws.functions.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=reserved)
