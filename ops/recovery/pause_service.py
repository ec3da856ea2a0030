"""A service that stands still: nothing of it runs, and what is for it waits."""

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
    """Its functions are refused any invocation, its queues and streams are not read.

    Its API then answers with the gateway's error, the others work on. Whatever happens, all of it is
    resumed as it was, unless it is held; after that, or a kill, by whoever does the same again.
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


def check_not_paused(aws: Aws, *services: str) -> None:
    """None of them stands still, so their tables are whole. Raises CommandFailed."""
    for service in services:
        if saved_state.is_saved(aws, _name(service)):
            raise CommandFailed(f"{service} stands still for a restore: end that first, or repeat it")


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
