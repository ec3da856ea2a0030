"""The product in this process: every handler as it is deployed, on metered tables, with the queues between.

Clock and randomness are set, so a run makes the same calls, of the same sizes, each time.
"""

import json
import random
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from importlib import import_module
from typing import Any
from unittest.mock import patch

from benchmarks.lambda_events import http_event, stream_record
from benchmarks.log_size import LogSize
from benchmarks.meter import NO_SHARDING, Call, Meter, MeteredStore
from benchmarks.stand_ins import QUEUE_URL, Alarm, Outside, UseCaseFailed, UserPool
from functions.auth.cognito import CognitoUserPool
from infra.discovery import Service, discover
from shared import clients, clock, dynamo_store, telemetry
from shared.guards import sentinels
from shared.pace import Pace, unpaced
from shared.settings import NEWEST
from shared.spec import Events, Http, Jobs, Stream, UseCase
from shared.store import Put, chunks
from shared.tables import Shards, Table

BEGIN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
STEP = timedelta(milliseconds=20)
"""How far the clock moves with every invocation."""
PREFIX = "bench-"
Queue = deque[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Invocation:
    """One run of a function: what it was given, its calls to DynamoDB and to other services, its log."""

    spec: UseCase
    messages: int
    calls: tuple[Call, ...]
    sent: Mapping[str, int]
    """How often it called other services, and with how many entries: `events`, `events.entries`."""
    log_bytes: int

    @property
    def name(self) -> str:
        return self.spec.consumer

    @property
    def reads(self) -> float:
        return sum(call.reads for call in self.calls)

    @property
    def writes(self) -> int:
        return sum(call.writes for call in self.calls)


@dataclass(frozen=True, slots=True)
class LambdaContext:
    aws_request_id: str

    def get_remaining_time_in_millis(self) -> int:
        return 900_000


@dataclass
class InMemory:
    """Use it within `running`."""

    randomness: random.Random = field(default_factory=lambda: random.Random(12))
    instant: datetime = BEGIN
    meter: Meter = field(default_factory=Meter)
    invocations: list[Invocation] = field(default_factory=list)
    queues: dict[str, Queue] = field(default_factory=dict)
    """By consumer, such as `accounting.on_task_event`."""
    stores: dict[str, MeteredStore] = field(default_factory=dict)
    sent: dict[str, int] = field(default_factory=dict)
    logs: LogSize = field(default_factory=LogSize)
    messages: int = 0
    sharding: Mapping[str, Shards] = field(default_factory=lambda: NO_SHARDING)
    pool: UserPool = field(default_factory=UserPool)
    before: Callable[[str, Any], None] = field(default=lambda _name, _event: None)
    """Called with each function and its event before it runs."""

    def __post_init__(self) -> None:
        self.services: Mapping[str, Service] = {each.name: each for each in discover()}
        self.specs = {spec.consumer: spec for each in self.services.values() for spec in each.use_cases}
        for name, service in self.services.items():
            self.stores[name] = MeteredStore(name, service.tables.values(), self.meter, self.sharding)
            if guards := sentinels(service.tables.values()):
                self.stores[name].transact([Put(row) for row in guards])
        self.begin()
        self.queues = {name: deque() for name, spec in self.specs.items() if _is_fed(spec)}

    def begin(self) -> None:
        """What follows is measured."""
        self.meter.take()
        self.meter.forget_keys()
        self.invocations.clear()

    # What a person, a schedule or the command line does.

    def request(
        self,
        name: str,
        caller: str = "",
        role: str = "",
        path: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        key: str | None = None,
    ) -> Any:
        """The answer's document."""
        trigger = self.specs[name].trigger
        if not isinstance(trigger, Http):
            raise TypeError(f"{name} has no route")
        event = http_event(trigger, caller, role or trigger.roles[0], path or {}, query, body, key)
        answer = self.invoke(name, event)
        if answer["statusCode"] >= 400:
            raise UseCaseFailed(f"{name}: {answer['body']}")
        return json.loads(answer["body"])

    def invoke(self, name: str, event: Any, messages: int = 1) -> Any:
        """Run a function's handler; returns what it does."""
        spec = self.specs[name]
        self.instant += STEP
        self.before(name, event)
        outer = self.meter.take(), self.sent, self.logs.bytes
        self.sent, self.logs.bytes = {}, 0
        with patch.dict("os.environ", self.environment(spec)):
            _forget_settings()
            handler = import_module(self.services[spec.service].handler_module(spec)).handler
            answer = handler(event, LambdaContext("request"))
        done = Invocation(spec, messages, tuple(self.meter.take()), self.sent, self.logs.bytes)
        self.invocations.append(done)
        (self.meter.calls, self.sent, self.logs.bytes) = outer
        if isinstance(answer, dict) and answer.get("batchItemFailures"):
            raise UseCaseFailed(f"{name} failed")
        return answer

    def tick(self, name: str) -> Any:
        """What a schedule does."""
        return self.invoke(name, {})

    # What AWS does between the functions.

    def settle(self, only: Iterable[str] | None = None) -> None:
        """Relay and consume until nothing waits; `only` these consumers, and no relay, if given."""
        while self.work(only) or self.collect():
            pass

    def work(self, only: Iterable[str] | None = None) -> bool:
        """Relay and consume what need not wait for more; whether there was anything."""
        moved = False
        while self.relay(only) or self.consume(only):
            moved = True
        return moved

    def collect(self) -> bool:
        """Wait until batches that are being collected are handed over; whether there are any."""
        seconds = [_collected_seconds(self.specs[name]) for name, queue in self.queues.items() if queue]
        self.instant += timedelta(seconds=max(seconds, default=0))
        return bool(seconds)

    def relay(self, only: Iterable[str] | None = None) -> bool:
        """Pass what was inserted to the functions that follow a stream; whether there was anything."""
        moved = False
        for name, spec in self.specs.items():
            if isinstance(spec.trigger, Stream) and (only is None or name in only):
                moved = self._follow(name, spec.service, spec.trigger) or moved
        return moved

    def _follow(self, name: str, service: str, trigger: Stream) -> bool:
        store = self.stores[service]
        own = [(table, row) for table, row in store.streamed if table.name == trigger.table]
        store.streamed = [each for each in store.streamed if each[0].name != trigger.table]
        for group in chunks(own, trigger.batch_size):
            self.invoke(name, {"Records": [stream_record(row) for _, row in group]}, len(group))
        return bool(own)

    def consume(self, only: Iterable[str] | None = None) -> bool:
        """Empty each queue once, in batches; whether there was anything."""
        moved = False
        for name, queue in self.queues.items():
            wanted = self._is_due(name, queue) if only is None else name in only
            waiting = [queue.popleft() for _ in range(len(queue))] if wanted else []
            for group in chunks(waiting, _batch_size(self.specs[name])):
                self.invoke(name, {"Records": list(group)}, len(group))
                moved = True
        return moved

    def _is_due(self, name: str, queue: Queue) -> bool:
        """Whether a batch is full, or was collected for as long as it may be."""
        spec, now = self.specs[name], self.instant.timestamp() * 1000
        if not queue or len(queue) >= _batch_size(spec):
            return True
        return now - int(queue[0]["attributes"]["SentTimestamp"]) >= 1000 * _collected_seconds(spec)

    def client(self, name: str, *_: Any, **__: Any) -> "Outside":
        return Outside(self, name)

    def count(self, what: str, number: int = 1) -> None:
        self.sent[what] = self.sent.get(what, 0) + number

    def send(self, name: str, body: str) -> None:
        """Put a message on a consumer's queue."""
        self.messages += 1
        sent_at = str(int(self.instant.timestamp() * 1000))
        self.queues[name].append(
            {
                "messageId": f"message-{self.messages}",
                "body": body,
                "attributes": {
                    "ApproximateReceiveCount": "1",
                    "SentTimestamp": sent_at,
                    "ApproximateFirstReceiveTimestamp": sent_at,
                },
            }
        )

    def waiting(self, name: str) -> int:
        """The messages on a consumer's queue."""
        return len(self.queues[name])

    def route(self, source: str, event_name: str, detail: str) -> int:
        """Deliver an event to its consumers, as the bus's rules do; returns to how many."""
        body = json.dumps({"source": source, "detail-type": event_name, "detail": json.loads(detail)})
        found = [name for name in self.queues if _hears(self.specs[name], source, event_name)]
        for name in found:
            self.send(name, body)
        return len(found)

    def environment(self, spec: UseCase) -> dict[str, str]:
        """The variables that the stack sets."""
        consumers = {other.name: other for other in self.services[spec.service].use_cases if _is_fed(other)}
        return {
            "ATES_STAGE": "bench",
            "ATES_SERVICE": spec.service,
            "ATES_USE_CASE": spec.name,
            "TABLE_PREFIX": f"{PREFIX}{spec.service}-",
            "BUS_NAME": "bench",
            "BUSINESS_TIMEZONE": "UTC",
            "POWERTOOLS_SERVICE_NAME": spec.service,
            "SENDER": "reports@ates.example",
            "MAIL_PER_SECOND": "1000000",
            "POOL_CALLS_PER_SECOND": "1000000",
            "USER_POOL_ID": "bench",
            "MAX_RECEIVES": "8",
            "ROW_FORM": NEWEST,
            "DEAD_LETTER_QUEUE_URL": QUEUE_URL + "dead",
            **{f"FUNCTION_NAME_{path.replace('/', '_').upper()}": path for path in spec.invokes},
            **{
                f"WATCHED_QUEUE_URL_{name.upper()}": QUEUE_URL + spec.service + "." + name
                for name in consumers
            },
            **{
                f"QUEUE_URL_{other.trigger.name.upper()}": QUEUE_URL + other.consumer
                for other in consumers.values()
                if isinstance(other.trigger, Jobs)
            },
        }


@contextmanager
def running(begin: datetime = BEGIN, sharding: Mapping[str, Shards] = NO_SHARDING) -> Iterator[InMemory]:
    """The product, empty; until the end, all handlers of this process belong to it."""
    product = InMemory(instant=begin, sharding=sharding)
    for service in product.services.values():
        for module in service.handler_modules():
            import_module(module)

    class Clock(datetime):
        @classmethod
        def now(cls, _zone: tzinfo | None = None) -> Any:
            return product.instant

    def store(_tables: Iterable[Table], prefix: str, *_: object) -> MeteredStore:
        return product.stores[prefix.removeprefix(PREFIX).rstrip("-")]

    drawn = product.randomness
    with ExitStack() as stack:
        stack.enter_context(_replaced(dynamo_store.DynamoStore, store))
        stack.enter_context(_replaced(clients.client, product.client))
        stack.enter_context(_replaced(telemetry.invocation_log, product.logs.line))
        stack.enter_context(_replaced(telemetry.write_figures, product.logs.figures))
        stack.enter_context(_replaced(telemetry.logger, Alarm))
        stack.enter_context(_replaced(CognitoUserPool, lambda *_: product.pool))
        stack.enter_context(_replaced(Pace, lambda _rate: unpaced))
        stack.enter_context(patch.object(clock, "datetime", Clock))
        stack.enter_context(
            patch.object(random.SystemRandom, "getrandbits", lambda _, k: drawn.getrandbits(k))
        )
        stack.enter_context(patch.object(random.SystemRandom, "random", lambda _: drawn.random()))
        stack.callback(_forget_settings)
        yield product


@contextmanager
def _replaced(original: Any, stand_in: Callable[..., Any]) -> Iterator[None]:
    """Replace a function or class in every module of ours that has imported it."""
    found = [
        (module, name)
        for module_name, module in list(sys.modules.items())
        if module_name.partition(".")[0] in ("functions", "shared")
        for name, value in list(vars(module).items())
        if value is original
    ]
    for module, name in found:
        setattr(module, name, stand_in)
    try:
        yield
    finally:
        for module, name in found:
            setattr(module, name, original)


def _forget_settings() -> None:
    """Each function is a process of its own, with its own environment: here they share one."""
    for name in ("settings", "wiring", "relay"):
        for value in vars(import_module(f"shared.{name}")).values():
            if hasattr(value, "cache_clear"):
                value.cache_clear()


def _is_fed(spec: UseCase) -> bool:
    return isinstance(spec.trigger, Events | Jobs)


def _batch_size(spec: UseCase) -> int:
    return spec.trigger.batch_size if isinstance(spec.trigger, Events | Jobs) else 1


def _collected_seconds(spec: UseCase) -> int:
    return spec.trigger.collected_seconds if isinstance(spec.trigger, Events) else 0


def _hears(spec: UseCase, source: str, event_name: str) -> bool:
    return isinstance(spec.trigger, Events) and any(
        (f"ates.{event.producer}", event.event_name) == (source, event_name) for event in spec.trigger.events
    )
