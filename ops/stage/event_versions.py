"""Refuses events of versions that this code does not have, before a command changes anything.

Such events exist after a rollback. Journals are checked: they hold everything that was published.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from events.contracts import CONTRACTS
from ops.console.errors import CommandFailed
from ops.stage import journal, stacks
from ops.stage.aws import Aws
from ops.stage.consumers import Consumer
from shared.clients import error_code
from shared.clock import rfc3339

EventVersion = tuple[str, int]
"""The name and the version of an event."""

KNOWN = frozenset((event.event_name, event.event_version) for event in CONTRACTS)


class UnknownVersion(CommandFailed):
    """Some events were written by newer code."""


def check(told: Iterable[EventVersion]) -> None:
    """Raises UnknownVersion, naming each unknown event and version."""
    unknown = Counter(each for each in told if each not in KNOWN)
    if unknown:
        names = ", ".join(
            f"{name} v{version} ({unknown[name, version]})" for name, version in sorted(unknown)
        )
        raise UnknownVersion(
            f"nothing was changed: this code cannot read {names}; use the code that wrote them, or newer code"
        )


def of_envelopes(envelopes: Iterable[Mapping[str, Any]]) -> Iterator[EventVersion]:
    """Skips documents that are not events: no command uses them."""
    for envelope in envelopes:
        name, version = envelope.get("event_name"), envelope.get("event_version")
        if isinstance(name, str) and isinstance(version, int):
            yield name, version


def check_journal(aws: Aws, service: str) -> None:
    """Checks all that a service has published; a missing journal has nothing to check."""
    check(_of_journal(aws, service, lambda _: True))


def check_sources(
    aws: Aws, consumers: Iterable[Consumer], begin: datetime | None = None, end: datetime | None = None
) -> int:
    """Checks the events that these consumers take, in their publishers' journals; within a span, if given.

    Returns their number.
    """
    names = {
        (event.producer, event.event_name)
        for each in consumers
        if each.trigger
        for event in each.trigger.events
    }
    first, last = rfc3339(begin) if begin else "", rfc3339(end) if end else "~"
    count = 0
    for producer in sorted({producer for producer, _ in names} & set(stacks.SERVICES)):
        wanted = {name for of, name in names if of == producer}
        found = list(
            _of_journal(
                aws,
                producer,
                lambda event, wanted=wanted: (  # type: ignore[misc]
                    event.get("event_name") in wanted and first <= event.get("occurred_at", "") <= last
                ),
            )
        )
        check(found)
        count += len(found)
    return count


def _of_journal(aws: Aws, service: str, is_wanted: Callable[[Any], bool]) -> Iterator[EventVersion]:
    try:
        yield from of_envelopes(filter(is_wanted, journal.readable(aws, service)))
    except ClientError as refused:
        if error_code(refused) != "ResourceNotFoundException":
            raise
