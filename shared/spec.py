"""Use cases as data: trigger, rights and limits.

The stacks, the IAM grants, the OpenAPI and AsyncAPI documents and the diagram in the docs are all
made from these values. A spec is at the top of its handler's module, which does nothing when imported.
"""

import sys
from collections.abc import Mapping
from dataclasses import field
from typing import Any, Generic

from shared.frozen import Frozen

# The library is 2 % of a cold start, and the Python of Lambda has the same.
if sys.version_info >= (3, 13):
    from typing import TypeVar
else:
    from typing_extensions import TypeVar

# DynamoDB actions a spec may name. A transaction needs those of its parts; a condition check is CHECK.
GET = "GetItem"
BATCH_GET = "BatchGetItem"
QUERY = "Query"
BATCH_WRITE = "BatchWriteItem"
PUT = "PutItem"
UPDATE = "UpdateItem"
DELETE = "DeleteItem"
CHECK = "ConditionCheckItem"

# Limits that the stage sets by `<name>_per_second`.
MAIL = "mail"
POOL_CALLS = "pool_calls"

EVERY_SERVICE = "*"
"""The service of a use case that is added to each service that needs it."""


A = TypeVar("A", default=Any)
Q = TypeVar("Q", default=None)
B = TypeVar("B", default=None)


class Http(Frozen, Generic[A, Q, B]):
    """A route of the service's HTTP API. `path` has `{parameters}`; models are pydantic classes.

    The type checker ensures that the handler's `run` takes and returns these models.

    `confirmed_by` is for a dangerous command: the kind of row by which the caller's role and status are
    confirmed, before anything is done and again in the command's own transaction.
    `over_others` is for a command that everybody may give for what is their own, and these roles for what
    is another's. Only the latter are confirmed, by the use case, which knows whose it is.
    `is_hot` is for what everybody uses all day: it starts from a snapshot, which costs money while it waits.
    """

    method: str
    path: str
    roles: tuple[str, ...]
    answer: type[A]
    status: int = 200
    body: type[B] | None = None
    query: type[Q] | None = None
    takes_idempotency_key: bool = False
    confirmed_by: type[Any] | None = None
    over_others: tuple[str, ...] = ()
    is_hot: bool = False


class Events(Frozen):
    """Events from the bus, through one rule, one queue and one dead-letter queue of this consumer's own.

    `events` are event classes with `event_name` and `producer`; every version of a name is routed.
    `collected_seconds` is how long events may wait on AWS for others to be handed over with; at least one if
    `batch_size` is above 10.
    """

    events: tuple[type[Any], ...]
    batch_size: int = 10
    collected_seconds: int = 0
    max_receives: int = 8


class Jobs(Frozen):
    """Messages which another use case of the same service sends (a fan-out).

    `fed_by_ses`: on AWS, rules make such messages of the bounces and complaints of our mails.
    """

    name: str
    batch_size: int = 1
    max_receives: int = 8
    fed_by_ses: bool = False


class Every(Frozen):
    """A schedule; its events carry no data."""

    minutes: int


class Stream(Frozen):
    """Inserts into one of the service's own tables, as they happen."""

    table: str
    batch_size: int = 100


class Direct(Frozen):
    """Invoked by name: by the command line, or by the use cases that name it in `invokes`."""


Route = Http[Any, Any, Any]
Trigger = Route | Events | Jobs | Every | Stream | Direct

T = TypeVar("T", covariant=True, default=Trigger)


class UseCase(Frozen, Generic[T]):
    """One Lambda.

    `access` maps a table ("tasks") or one of its indexes ("tasks/by_assignment") to DynamoDB actions.
    `sends_to` names work queues of the same service. `watches` names use cases of the same service
    whose queue's depth is read. `invokes` names direct use cases as "service/use_case".
    `actions` are further IAM actions, each on the one resource that infra knows for its service
    prefix (the user pool, the sender identity, the bus). `files` of the service's folder are read.
    `paced_by` names a limit of AWS's that all invocations share: each paces its calls by its own share, and a
    consumer has only so many at once. `rates` names limits whose whole rate it reads.
    """

    service: str
    name: str
    summary: str
    trigger: T
    access: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    publishes: tuple[type[Any], ...] = ()
    sends_to: tuple[str, ...] = ()
    watches: tuple[str, ...] = ()
    invokes: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    paced_by: str = ""
    rates: tuple[str, ...] = ()
    timeout_seconds: int = 10
    memory_mb: int = 512

    @property
    def consumer(self) -> str:
        """Its name in marks of consumed events, such as `accounting.on_task_event`."""
        return f"{self.service}.{self.name}"
