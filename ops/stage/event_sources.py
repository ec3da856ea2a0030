"""Event source mappings (what feeds functions), paused for a while."""

from collections.abc import Iterator, Mapping, Sequence
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
    """With `stays_paused`, nothing is resumed at the end of the pause.

    What had been off is saved, and the next pause of the same functions resumes correctly.
    """

    stays_paused: bool = False


@contextmanager
def paused(
    aws: Aws, functions: Sequence[str], queues: Sequence[str], timer: Timer, kept_as: str | None = None
) -> Iterator[Pause]:
    """Stops feeding these functions, and waits until no message of these queues (by URL) is in flight.

    At the end every mapping is enabled again, except those that were off before. This includes mappings that
    were created meanwhile: a new table has a new stream. `kept_as` keeps this pause's saved state apart from
    that of other pauses of the same first function.
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
            raise TimedOut(f"messages are still being consumed after {PAUSED_TIMEOUT_SECONDS} s")
        yield pause
    finally:
        if not pause.stays_paused:
            _switch_all_on(aws, functions, off, timer)
            saved_state.delete(aws, name)


def resume(aws: Aws, function: str, timer: Timer) -> int:
    """Switches on what feeds this function; returns how many sources it has."""
    found = mappings(aws, [function])
    _switch_all_on(aws, [function], (), timer)
    return len(found)


def mappings(aws: Aws, functions: Sequence[str]) -> list[Any]:
    """The mappings of these functions, without those being deleted."""
    paginator = aws.functions.get_paginator("list_event_source_mappings")
    pages = (page for function in functions for page in paginator.paginate(FunctionName=function))
    found = [mapping for page in pages for mapping in page["EventSourceMappings"]]
    return [mapping for mapping in found if mapping["State"] != "Deleting"]


def states(aws: Aws) -> Mapping[str, list[str]]:
    """By function, the states of what feeds it."""
    found: dict[str, list[str]] = {}
    for page in aws.functions.get_paginator("list_event_source_mappings").paginate():
        for mapping in page["EventSourceMappings"]:
            arn = mapping.get("FunctionArn", "")
            function = arn.partition(":function:")[2].partition(":")[0] or arn
            found.setdefault(function, []).append(mapping["State"])
    return found


def _is_off(mapping: Any) -> bool:
    return mapping["State"] in OFF


def _switch_all_on(aws: Aws, functions: Sequence[str], off: Sequence[str], timer: Timer) -> None:
    """AWS accepts no change of a mapping while another one is running."""
    for each in [mapping["UUID"] for mapping in mappings(aws, functions) if mapping["UUID"] not in off]:
        until(lambda each=each: _state(aws, each) in SETTLED, timer, PAUSED_TIMEOUT_SECONDS)  # type: ignore[misc]
        aws.functions.update_event_source_mapping(UUID=each, Enabled=True)


def _at_rest(aws: Aws, ids: Sequence[str], queues: Sequence[str]) -> bool:
    off = all(_state(aws, each) == "Disabled" for each in ids)
    return off and not any(queue.in_flight for queue in in_flight.depths(aws, queues))


def _state(aws: Aws, mapping: str) -> str:
    return aws.functions.get_event_source_mapping(UUID=mapping)["State"]
