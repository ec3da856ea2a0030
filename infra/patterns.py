"""What rules on the bus let through, as EventBridge's patterns; pure data, for stacks and for repairs."""

from typing import Any

from infra import names
from shared.spec import Events

Pattern = dict[str, list[Any]]


def consumer(trigger: Events, rule: str) -> Pattern:
    """Events by producer and name (versions are the code's matter): live ones, and the consumer's replays.

    EventBridge gives `replay-name` to replayed events only. So a replay from the archive reaches the one
    consumer whose rule it is named after.
    """
    return {
        "source": sorted({names.source(event.producer) for event in trigger.events}),
        "detail-type": sorted({event.event_name for event in trigger.events}),
        "replay-name": [{"exists": False}, *_replays(rule)],
    }


def replayed(rule: str) -> Pattern:
    """Every event of ours, in the replays that are named after this rule, and nothing live."""
    return {**ours(), "replay-name": _replays(rule)}


def ours() -> Pattern:
    """They all have a source `ates.…`."""
    return {"source": [{"prefix": names.source("")}]}


def _replays(rule: str) -> list[dict[str, str]]:
    return [{"prefix": names.replay(rule, "")}]
