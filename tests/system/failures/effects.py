"""What answered commands and events of tasks came to: lost and doubled effects."""

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from tests.system.failures.load import Load
from tests.system.product import Product

CHARGING = ("Task.Assigned", "Task.Completed")
EVENTS = {"create": "Task.Created", "complete": "Task.Completed", "shuffle": "Shuffle.Requested"}
REPORT_ID = re.compile(r"[0-9a-f-]{36}#\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Effects:
    """`delivered`: events of tasks with their entry. Lost and doubled: events and answered commands."""

    delivered: int
    lost: int
    doubled: int


def count(product: Product, loads: Iterable[Load], known: Collection[str] = ()) -> Effects:
    """Without the events that are `known` from before; call it when nothing is in flight."""
    events = [each for each in journaled(product) if each["event_id"] not in known]
    sources = {each["event_id"] for each in events if each["event_name"] in CHARGING}
    entries = Counter(row.get("source_event_id") for row in product.rows("accounting", "entries"))
    delivered = sum(entries[each] > 0 for each in sources)
    doubled = sum(entries[each] - 1 for each in sources if entries[each] > 1)
    lost, repeated = _commands(events, list(loads))
    return Effects(delivered, len(sources) - delivered + lost, doubled + repeated)


def journaled(product: Product, service: str = "tracking") -> list[dict[str, Any]]:
    """Every event of a service's journal."""
    return product.events(service)


def mails(product: Product) -> "Counter[str]":
    """The number of mails of each report, by the report id in the mail."""
    found = (REPORT_ID.search(mail.text) for mail in product.mails())
    return Counter(each.group() for each in found if each)


def _commands(events: list[dict[str, Any]], loads: list[Load]) -> tuple[int, int]:
    """The numbers of answered commands without an event, and with more than one effect."""
    effects = Counter((event["event_name"], _subject(event)) for event in events)
    titles = Counter(event["data"].get("title") for event in events if event["event_name"] == "Task.Created")
    wanted = [(EVENTS[each.command], each.subject) for load in loads for each in load.answered]
    lost = sum(not effects[each] for each in wanted)
    again = sum(effects[each] > 1 for each in wanted)
    return lost, again + sum(titles[title] > 1 for load in loads for title in load.titles)


def _subject(event: dict[str, Any]) -> str:
    data = event["data"]
    return str(data.get("task_id") or data.get("shuffle_id"))
