"""What feeds functions (event source mappings), paused for as long as something must stand still."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ops import quiet
from ops.aws import Aws
from ops.errors import TimedOut
from ops.wait import Timer, until

PAUSED_TIMEOUT_SECONDS = 300
SETTLED = ("Enabled", "Disabled")


@contextmanager
def paused(aws: Aws, functions: Sequence[str], queues: Sequence[str], timer: Timer) -> Iterator[None]:
    """Nothing reaches these functions, and of these queues (by address) nothing is in flight any more.

    What waits stays where it waits. Whatever happens, those that were on are switched on again.
    """
    ids = [
        mapping["UUID"]
        for function in functions
        for page in aws.functions.get_paginator("list_event_source_mappings").paginate(FunctionName=function)
        for mapping in page["EventSourceMappings"]
        if mapping["State"] not in ("Disabled", "Disabling")
    ]
    try:
        for each in ids:
            aws.functions.update_event_source_mapping(UUID=each, Enabled=False)
        if not until(lambda: _at_rest(aws, ids, queues), timer, PAUSED_TIMEOUT_SECONDS):
            raise TimedOut(f"after {PAUSED_TIMEOUT_SECONDS} s something is still being consumed")
        yield
    finally:
        for each in ids:
            until(lambda each=each: _settled(aws, each), timer, PAUSED_TIMEOUT_SECONDS)  # type: ignore[misc]
            aws.functions.update_event_source_mapping(UUID=each, Enabled=True)


def _at_rest(aws: Aws, ids: Sequence[str], queues: Sequence[str]) -> bool:
    off = all(aws.functions.get_event_source_mapping(UUID=each)["State"] == "Disabled" for each in ids)
    return off and not any(queue.in_flight for queue in quiet.depths(aws, queues))


def _settled(aws: Aws, mapping: str) -> bool:
    """AWS takes no change while one is under way."""
    return aws.functions.get_event_source_mapping(UUID=mapping)["State"] in SETTLED
