"""Planting a defect: sound code is replaced by broken code for the duration of a block."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import count
from typing import Any
from unittest import mock

from functions.analytics.counting import is_numbered
from functions.notifications.domain import WAITING
from functions.notifications.rows import Report
from functions.tracking import rows as tracking
from functions.tracking.count_shard import use_case as count_shard
from functions.tracking.on_account_event import use_case as roster
from shared import outbox
from shared.bus import BusEntry, calls
from shared.clock import business_day, previous_day
from shared.records import ConsumedEvent
from shared.store import Action, Insert, Put, Remove, Store

Wrap = Callable[[Any], Any]
"""Makes the broken replacement from the sound original."""


@dataclass(frozen=True)
class Defect:
    """`patches` are a module or class, an attribute's name, and what breaks it."""

    name: str
    patches: tuple[tuple[Any, str, Wrap], ...]

    @contextmanager
    def planted(self) -> Iterator[None]:
        with ExitStack() as stack:
            for place, name, wrap in self.patches:
                stack.enter_context(mock.patch.object(place, name, wrap(getattr(place, name))))
            yield


def defect(name: str, place: Any, function: str, wrap: Wrap) -> Defect:
    return Defect(name, ((place, function, wrap),))


def instead(replacement: Any) -> Wrap:
    return lambda _sound: replacement


def in_weather(**rates: float) -> Wrap:
    """Faults that seldom meet otherwise, at these probabilities; for `tests.simulation.world.drawn`."""
    return lambda sound: lambda randomness: replace(sound(randomness), **rates)


def without(kind: type[Any]) -> Wrap:
    """The same actions without rows of this kind."""

    def wrap(sound: Any) -> Any:
        def broken(*arguments: Any) -> list[Action]:
            return [each for each in sound(*arguments) if not isinstance(getattr(each, "row", None), kind)]

        return broken

    return wrap


def unguarded(store: Store, kind: type[Any], keys: Sequence[Any]) -> list[Any]:
    """Doesn't check whether the table has lost its rows."""
    return store.get_many(kind, keys)


def unconditional(actions: Sequence[Action]) -> list[Action]:
    """The first action, a balance, is written without a condition."""
    balance = actions[0]
    row = balance.row if isinstance(balance, Insert | Put) else None
    return [Put(row), *actions[1:]]


def marks_first(_sound: Any) -> Any:
    def broken(self: Any, groups: Any) -> Any:
        messages = [message for group in groups.values() for message in group]
        draws = self._draws(messages)
        prices = self.prices | {each.price.task_id: each.price for each in draws}
        postings = [self._posting(account_id, own, prices) for account_id, own in groups.items()]
        actions = self._actions(postings, messages, draws)
        marks = [each for each in actions if isinstance(getattr(each, "row", None), ConsumedEvent)]
        self.store.transact(marks)
        self.store.transact([each for each in actions if each not in marks])
        return {}

    return broken


def of_first(sound: Any) -> Any:
    def broken(account_id: str, entries: Any, closed_day: Any, store: Any) -> Any:
        own = [entry for entry in entries if entry.account_id == account_id]
        return sound(account_id, own, closed_day, store)

    return broken


def below_the_latest(_sound: Any) -> Any:
    """Only the last number is kept, and not which of the earlier ones have not arrived."""

    def broken(row: Any, number: int) -> bool:
        return is_numbered(row, number) and number <= row.entry_number

    return broken


def by_first_assignee(_sound: Any) -> Any:
    def broken(messages: Any) -> dict[str, list[Any]]:
        first: dict[str, str] = {}
        groups: dict[str, list[Any]] = {}
        for message in messages:
            assignee = first.setdefault(message.payload.task_id, message.payload.assignee_id)
            groups.setdefault(assignee, []).append(message)
        return groups

    return broken


def put_price(sound: Any) -> Any:
    def broken(*given: Any) -> Any:
        draw = sound(*given)
        return replace(draw, actions=(Put(draw.price),))

    return broken


def unmarked(sound: Any) -> Any:
    """A price without its mark."""

    def broken(*given: Any) -> Any:
        draw = sound(*given)
        return replace(draw, actions=draw.actions[:1])

    return broken


def nameless(sound: Any) -> Any:
    """Prices whose names are not read."""

    def broken(*given: Any) -> Any:
        return {key: replace(price, booked_event_id=None) for key, price in sound(*given).items()}

    return broken


def marked_without_draws(sound: Any) -> Any:
    """Events are marked only in the transactions that draw prices."""

    def broken(self: Any, postings: Any, messages: Any, draws: Any) -> list[Action]:
        of_kind = sound if draws else without(ConsumedEvent)(sound)
        return list(of_kind(self, postings, messages, draws))

    return broken


def last_to_arrive(_sound: Any) -> Any:
    def broken(event: Any, store: Any) -> None:
        before = store.get(tracking.Account, account_id=event.account_id)
        store.transact(roster._change(before, event, store))

    return broken


def gap(_sound: Any) -> Any:
    def broken(account_id: str, slot: int, head: Any, _store: Any) -> list[Action]:
        return [roster._resized(head, -1), Remove(tracking.RosterSlot, {"slot": slot})]

    return broken


def remembered(sound: Any) -> Any:
    """A warm process draws from the roster as it first read it."""
    seen: list[Any] = []

    def broken(store: Any, randomness: Any, count: int) -> list[Any]:
        if len(seen) < 4:
            seen.extend(sound(store, randomness, 1))
        return [randomness.choice(seen) for _ in range(count)]

    return broken


def all_but_completed(tasks: Any) -> list[Any]:
    """The shuffle skips only completed tasks."""
    return [each for each in tasks if each.status != "completed"]


def as_if_open(sound: Any) -> Any:
    return lambda task, *given: sound(replace(task, status="open"), *given)


def only_fresh_pages(sound: Any) -> Any:
    def broken(messages: Any, store: Any, *others: Any) -> Any:
        fresh = [
            each for each in messages if count_shard._progress(each.payload, store).pages == each.payload.page
        ]
        return sound(fresh, store, *others)

    return broken


def mark_before_publishing(_sound: Any) -> Any:
    def broken(events: Any, bus: Any, store: Any, context: Any) -> int:
        outbox.note_published(store, events, context)
        list(outbox.put([each.entry for each in events], bus, store.wait))
        return len(events)

    return broken


def no_marks(sound: Any) -> Any:
    return lambda *given: {**sound(*given), tracking.ShuffleMark: []}


def ignoring_refusals(_sound: Any) -> Any:
    def broken(entries: Sequence[BusEntry], bus: Any, _wait: Any) -> Iterator[Sequence[int]]:
        for positions in calls(entries):
            bus.put([entries[position] for position in positions])
            yield positions

    return broken


def ignoring(sound: Any) -> Any:
    def broken(messages: Any, handle: Any) -> dict[str, Exception]:
        sound(messages, handle)
        return {}

    return broken


def no_lease(_sound: Any) -> Any:
    def broken(job: Any, store: Any, _context: Any) -> Any:
        report = store.get(Report, report_id=job.report_id)
        if report is None or report.state != WAITING:
            return None
        taken = replace(report, attempts=job.attempts + 1)
        store.transact([Put(taken)])
        return taken

    return broken


def as_soon_as_over(_sound: Any) -> Any:
    return lambda now, zone, _waiting_events: previous_day(business_day(now, zone))


def corrected_again(_sound: Any) -> Any:
    numbers = count()
    return lambda *_names: f"mark-{next(numbers)}"


def everything_so_far(sound: Any) -> Any:
    def broken(balance: Any, open_days: Any, through: str) -> Any:
        close = sound(balance, open_days, through)
        return None if close is None else replace(close, end_balance=balance.balance)

    return broken


def debt_forgotten(sound: Any) -> Any:
    def broken(balance: Any, open_days: Any, through: str) -> Any:
        close = sound(balance, open_days, through)
        return None if close is None else replace(close, end_balance=close.earned)

    return broken
