"""How many invocations of a consumer run at once, and each one's share of a rate that AWS limits.

A limit's rate is shared equally by the use cases that it paces, and a use case's part by its invocations. As
each waits before every call, all together stay below the rate, without a word between them.
"""

import math
from collections.abc import Iterator, Mapping, Sequence

from infra.stages import Stage
from shared.frozen import Frozen
from shared.spec import MAIL, POOL_CALLS, Events, Jobs, UseCase

LOCAL_CONSUMERS_AT_ONCE = 2
LOCAL_BATCHES: Mapping[str, int] = {"accounting.on_task_event": 100}
"""An emulator never waits for a batch to fill. On AWS, more than 10 make events wait a second."""
FEWEST_AT_ONCE = 2
"""The least that AWS accepts."""
MILLISECONDS_OF_A_CALL: Mapping[str, int] = {MAIL: 300, POOL_CALLS: 100}
"""About as long as one takes, with all that belongs to it: the invocations must be enough for the rate."""


def at_once(spec: UseCase, stage: Stage, use_cases: Sequence[UseCase]) -> int:
    """The most invocations of a consumer at any time."""
    if stage.local:
        return LOCAL_CONSUMERS_AT_ONCE
    if not spec.paced_by:
        return stage.consumers_at_once
    milliseconds = MILLISECONDS_OF_A_CALL[spec.paced_by]
    needed = math.ceil(_rate(spec, stage, use_cases) * milliseconds / 1000)
    return max(FEWEST_AT_ONCE, needed)


class Batch(Frozen):
    """The most messages that a consumer gets at once, and how long it may take to collect them."""

    size: int
    seconds: int


def batch(spec: UseCase, stage: Stage, trigger: Events | Jobs) -> Batch:
    """An emulator hands over what is there."""
    if stage.local:
        return Batch(LOCAL_BATCHES.get(spec.consumer, trigger.batch_size), 0)
    return Batch(trigger.batch_size, trigger.collected_seconds if isinstance(trigger, Events) else 0)


def variables(spec: UseCase, stage: Stage, use_cases: Sequence[UseCase]) -> Iterator[tuple[str, str]]:
    """The environment variables of a function; `use_cases` are all of its service."""
    for limit in spec.rates:
        yield _variable(limit), str(stage.per_second(limit))
    if spec.paced_by:
        invocations = at_once(spec, stage, use_cases) if isinstance(spec.trigger, Events | Jobs) else 1
        yield _variable(spec.paced_by), f"{_rate(spec, stage, use_cases) / invocations:.6g}"


def _rate(spec: UseCase, stage: Stage, use_cases: Sequence[UseCase]) -> float:
    """The use case's part of the limit."""
    return stage.per_second(spec.paced_by) / sum(each.paced_by == spec.paced_by for each in use_cases)


def _variable(limit: str) -> str:
    return f"{limit.upper()}_PER_SECOND"
