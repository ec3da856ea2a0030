"""The whole product in this process, on tables that are given, under a clock that is set.

The real use cases do all of it. What they journal is consumed here at once; that a relay publishes it too,
and deployed consumers get it once more, changes nothing.
"""

import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from functions.auth.get_email.use_case import get_email
from functions.auth.identity import IdentityProvider
from functions.notifications.domain import Letterhead, Recipient
from functions.notifications.ports import Mailer
from ops.wiring import CONSUMERS, Consumer, close_days_now, queue_due_reports_now
from shared.context import Context
from shared.ids import new_id, unix_milliseconds
from shared.queue import handle_apart, read_all
from shared.records import JournalRecord
from shared.spec import Bus
from shared.store import Action, Insert, Store, chunks

R = TypeVar("R")
A_MOMENT = timedelta(seconds=2)
"""What an event needs to its consumer."""


class ConsumerFailed(Exception):
    """A use case could not do what the deployed one could not do either."""


class JournalingStore(Store):
    """A store that tells which events were journaled, once their transaction took place."""

    def __init__(self, store: Store, journaled: Callable[[JournalRecord], None]) -> None:
        self._store = store
        self._journaled = journaled

    def get(self, kind: type[R], **key: str | int) -> R | None:
        return self._store.get(kind, **key)

    def get_many(self, kind: type[R], keys: Sequence[Mapping[str, str | int]]) -> list[R]:
        return self._store.get_many(kind, keys)

    def query(self, kind: type[R], partition: str | int, **bounds: Any) -> list[R]:
        return self._store.query(kind, partition, **bounds)

    def count(self, kind: type[Any], partition: str | int, *, limit: int) -> int:
        return self._store.count(kind, partition, limit=limit)

    def write(self, actions: Sequence[Action], token: str) -> None:
        self._store.write(actions, token)
        for action in actions:
            if isinstance(action, Insert) and isinstance(action.row, JournalRecord):
                self._journaled(action.row)


@dataclass(frozen=True, slots=True)
class Outside:
    """What lies outside of the services."""

    user_pool: IdentityProvider
    mailer: Mailer
    sender: str


@dataclass(frozen=True, slots=True)
class AddressBook:
    """Auth's own use case, which the deployed sender invokes."""

    store: Store

    def recipient(self, account_id: str, _correlation_id: str) -> Recipient:
        account = get_email(account_id, self.store)
        return Recipient(account.email, account.name)


@dataclass(frozen=True, slots=True)
class Jobs:
    """A work queue of this process."""

    put: Callable[[str], None]

    def send(self, jobs: Sequence[dict[str, Any]], correlation_id: str) -> None:
        for job in jobs:
            self.put(json.dumps({"correlation_id": correlation_id, "job": job}))


@dataclass
class Company:
    """`instant` is what all services take for the present."""

    tables: Mapping[str, Store]
    outside: Outside
    zone: str
    randomness: random.Random
    instant: datetime
    waiting: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """By queue, the bodies of its messages."""
    count: int = 0

    def __post_init__(self) -> None:
        self.stores: Mapping[str, Store] = {
            service: JournalingStore(store, self.route) for service, store in self.tables.items()
        }
        self.user_pool, self.mailer = self.outside.user_pool, self.outside.mailer
        self.letterhead = Letterhead(self.outside.sender, self.zone)
        self.addresses = AddressBook(self.stores["auth"])

    def clock(self) -> datetime:
        return self.instant

    def context(self, correlation_id: str = "") -> Context:
        """For a command: a new correlation id."""
        return Context(self.clock, self.randomness, correlation_id or new_id(self.instant, self.randomness))

    def jobs(self, queue: str) -> Jobs:
        return Jobs(self.waiting[queue].append)

    def waiting_task_events(self) -> int:
        return len(self.waiting["accounting.on_task_event"])

    def note(self, what: str) -> None:
        raise ConsumerFailed(what)

    def settle(self) -> None:
        """Until nothing is on its way any more; raises ConsumerFailed."""
        while any(self.waiting.values()):
            self.instant += A_MOMENT
            for consumer in CONSUMERS:
                for bodies in chunks(self.waiting.pop(consumer.queue, []), consumer.trigger.batch_size):
                    self._consume(consumer, bodies)

    def close_day(self) -> None:
        """The ticks of the schedules after a day's end; the second one notes that the close is finished."""
        for _ in range(2):
            close_days_now(self)
            self.settle()
        queue_due_reports_now(self)
        self.settle()

    def _consume(self, consumer: Consumer, bodies: Sequence[str]) -> None:
        messages, unreadable = read_all(self._records(bodies), consumer.read)
        failed = {**unreadable, **handle_apart(messages, lambda some: consumer.handle(self, some))}
        if failed:
            raise ConsumerFailed(f"{consumer.spec.consumer} failed: {next(iter(failed.values()))!r}")

    def _records(self, bodies: Sequence[str]) -> Iterator[dict[str, Any]]:
        """As Lambda gets them from SQS."""
        sent = {"SentTimestamp": str(unix_milliseconds(self.instant))}
        for body in bodies:
            self.count += 1
            yield {"messageId": f"demo-{self.count}", "body": body, "attributes": sent}

    def route(self, record: JournalRecord) -> None:
        for queue in _ROUTES.get((record.producer, record.event_name), ()):
            self.waiting[queue].append(json.dumps({"detail": json.loads(record.event)}))


def _routes() -> Mapping[tuple[str, str], Sequence[str]]:
    """As the rules of the bus have it."""
    routes: dict[tuple[str, str], list[str]] = defaultdict(list)
    for consumer in CONSUMERS:
        if isinstance(consumer.trigger, Bus):
            for event in consumer.trigger.events:
                routes[event.producer, event.event_name].append(consumer.queue)
    return routes


_ROUTES = _routes()
