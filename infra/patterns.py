"""EventBridge patterns of the rules, as plain data, for stacks and recovery tools."""

from typing import Any

from infra import names
from shared.spec import Events

Pattern = dict[str, list[Any]]


def consumer(trigger: Events, rule: str) -> Pattern:
    """Events by producer and name (the code chooses by version): live ones, and this consumer's replays.

    Only replayed events have a `replay-name`. So a replay from the archive reaches only the consumer whose
    rule it is named after.
    """
    return {
        "source": sorted({names.source(event.producer) for event in trigger.events}),
        "detail-type": sorted({event.event_name for event in trigger.events}),
        "replay-name": [{"exists": False}, *_replays(rule)],
    }


def replayed(rule: str) -> Pattern:
    """All of our events in replays named after this rule, no live ones."""
    return {**ours(), "replay-name": _replays(rule)}


def ours() -> Pattern:
    """All of our events: their source is `ates.…`."""
    return {"source": [{"prefix": names.source("")}]}


def _replays(rule: str) -> list[dict[str, str]]:
    return [{"prefix": names.replay(rule, "")}]
