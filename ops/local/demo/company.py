"""The whole product in this process, on given tables, under a clock that can be set.

The real use cases do everything. Events that they journal are consumed here at once; deployed relays and
consumers handle the same events again later, which changes nothing.
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
from ops.local.in_process import CONSUMERS, InProcessConsumer, close_days_now, queue_due_reports_now
from shared.context import Context
from shared.ids import new_id, unix_milliseconds
from shared.journal import events_in
from shared.queue import handle_apart, read_all
from shared.records import JournalRecord
from shared.spec import Events
from shared.store import Action, Insert, Store, chunks

R = TypeVar("R")
DELIVERY_TIME = timedelta(seconds=2)
"""How long an event takes to reach its consumer."""


class UseCaseFailed(Exception):
    """A use case failed, as the deployed one would have."""


class JournalingStore(Store):
    """Reports the journaled events of each committed transaction."""

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

    def put_all(self, rows: Sequence[Any]) -> None:
        self._store.put_all(rows)

    def write(self, actions: Sequence[Action], token: str) -> None:
        self._store.write(actions, token)
        for action in actions:
            if isinstance(action, Insert) and isinstance(action.row, JournalRecord):
                self._journaled(action.row)


@dataclass(frozen=True, slots=True)
class Outside:
    """Everything outside the services."""

    user_pool: IdentityProvider
    mailer: Mailer
    sender: str


@dataclass(frozen=True, slots=True)
class DirectAddressBook:
    """Calls auth's use case, which the deployed sender invokes."""

    store: Store

    def recipient(self, account_id: str, _correlation_id: str) -> Recipient:
        account = get_email(account_id, self.store)
        return Recipient(account.email, account.name)


@dataclass(frozen=True, slots=True)
class InProcessQueue:
    """A work queue in this process."""

    put: Callable[[str], None]

    def send(self, jobs: Sequence[dict[str, Any]], correlation_id: str) -> None:
        for job in jobs:
            self.put(json.dumps({"correlation_id": correlation_id, "job": job}))


@dataclass
class Company:
    """`instant` is the present for all services."""

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
        self.addresses = DirectAddressBook(self.stores["auth"])

    def clock(self) -> datetime:
        return self.instant

    def context(self, correlation_id: str = "") -> Context:
        """With a new correlation id if none is given."""
        return Context(self.clock, self.randomness, correlation_id or new_id(self.instant, self.randomness))

    def jobs(self, queue: str) -> InProcessQueue:
        return InProcessQueue(self.waiting[queue].append)

    def waiting_task_events(self) -> int:
        return len(self.waiting["accounting.on_task_event"])

    def note(self, what: str) -> None:
        raise UseCaseFailed(what)

    def settle(self) -> None:
        """Consumes until no message is left; raises UseCaseFailed."""
        while any(self.waiting.values()):
            self.instant += DELIVERY_TIME
            for consumer in CONSUMERS:
                for bodies in chunks(self.waiting.pop(consumer.queue, []), consumer.trigger.batch_size):
                    self._consume(consumer, bodies)

    def close_day(self) -> None:
        """What the schedules do after a day's end; the second run marks the close as finished."""
        for _ in range(2):
            close_days_now(self)
            self.settle()
        queue_due_reports_now(self)
        self.settle()

    def _consume(self, consumer: InProcessConsumer, bodies: Sequence[str]) -> None:
        messages, unreadable = read_all(self._records(bodies), consumer.read)
        failed = {**unreadable, **handle_apart(messages, lambda some: consumer.handle(self, some))}
        if failed:
            raise UseCaseFailed(f"{consumer.spec.consumer} failed: {next(iter(failed.values()))!r}")

    def _records(self, bodies: Sequence[str]) -> Iterator[dict[str, Any]]:
        """As Lambda gets them from SQS."""
        sent = {"SentTimestamp": str(unix_milliseconds(self.instant))}
        for body in bodies:
            self.count += 1
            yield {"messageId": f"demo-{self.count}", "body": body, "attributes": sent}

    def route(self, record: JournalRecord) -> None:
        for event in events_in(record):
            for queue in _ROUTES.get((event["producer"], event["event_name"]), ()):
                self.waiting[queue].append(json.dumps({"detail": event}))


def _routes() -> Mapping[tuple[str, str], Sequence[str]]:
    """As the rules of the bus route them."""
    routes: dict[tuple[str, str], list[str]] = defaultdict(list)
    for consumer in CONSUMERS:
        if isinstance(consumer.trigger, Events):
            for event in consumer.trigger.events:
                routes[event.producer, event.event_name].append(consumer.queue)
    return routes


_ROUTES = _routes()
