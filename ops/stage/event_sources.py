"""What feeds functions (event source mappings), paused for as long as something must stand still."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ops.console.errors import TimedOut
from ops.console.wait import Timer, until
from ops.stage import in_flight, saved_state
from ops.stage.aws import Aws

PAUSED_TIMEOUT_SECONDS = 300
SETTLED = ("Enabled", "Disabled")
OFF = ("Disabled", "Disabling")


@dataclass
class Pause:
    """While `stays_paused`, its end resumes nothing: what is half done must not be worked with.

    What was on is remembered, and the next pause of the same functions ends in it.
    """

    stays_paused: bool = False


@contextmanager
def paused(
    aws: Aws, functions: Sequence[str], queues: Sequence[str], timer: Timer, kept_as: str | None = None
) -> Iterator[Pause]:
    """Nothing reaches these functions, and of these queues (by address) nothing is in flight any more.

    What waits stays where it waits. Whatever happens, all that feeds them then is switched on again, but for
    what was off before, be it another one than before: a table made again has another stream. `kept_as` keeps
    what was off apart from other pauses that begin with the same function.
    """
    pause = Pause()
    name = f"mappings/{kept_as or functions[0]}"
    off = saved_state.save_once(
        aws, name, lambda: [each["UUID"] for each in mappings(aws, functions) if _is_off(each)]
    )
    try:
        ids = [each["UUID"] for each in mappings(aws, functions)]
        for each in mappings(aws, functions):
            if not _is_off(each):
                aws.functions.update_event_source_mapping(UUID=each["UUID"], Enabled=False)
        if not until(lambda: _at_rest(aws, ids, queues), timer, PAUSED_TIMEOUT_SECONDS):
            raise TimedOut(f"after {PAUSED_TIMEOUT_SECONDS} s something is still being consumed")
        yield pause
    finally:
        if not pause.stays_paused:
            _switch_all_on(aws, functions, off, timer)
            saved_state.delete(aws, name)


def mappings(aws: Aws, functions: Sequence[str]) -> list[Any]:
    """What feeds these functions; not what is being deleted."""
    paginator = aws.functions.get_paginator("list_event_source_mappings")
    pages = (page for function in functions for page in paginator.paginate(FunctionName=function))
    found = [mapping for page in pages for mapping in page["EventSourceMappings"]]
    return [mapping for mapping in found if mapping["State"] != "Deleting"]


def _is_off(mapping: Any) -> bool:
    return mapping["State"] in OFF


def _switch_all_on(aws: Aws, functions: Sequence[str], off: Sequence[str], timer: Timer) -> None:
    """AWS takes no change while one is under way."""
    for each in [mapping["UUID"] for mapping in mappings(aws, functions) if mapping["UUID"] not in off]:
        until(lambda each=each: _state(aws, each) in SETTLED, timer, PAUSED_TIMEOUT_SECONDS)  # type: ignore[misc]
        aws.functions.update_event_source_mapping(UUID=each, Enabled=True)


def _at_rest(aws: Aws, ids: Sequence[str], queues: Sequence[str]) -> bool:
    off = all(_state(aws, each) == "Disabled" for each in ids)
    return off and not any(queue.in_flight for queue in in_flight.depths(aws, queues))


def _state(aws: Aws, mapping: str) -> str:
    return aws.functions.get_event_source_mapping(UUID=mapping)["State"]
