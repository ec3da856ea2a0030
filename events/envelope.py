"""The envelope of every event, and the registry by which consumers read events.

The bus routes by producer and event name; the reader here chooses by version.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError


def _utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    try:
        return instant.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("an instant must be within the years 1 to 9999") from error


Instant = Annotated[datetime, AfterValidator(_utc)]
Identifier = Annotated[str, Field(min_length=1, max_length=128)]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Title = Annotated[str, Field(min_length=1, max_length=200)]
JiraId = Annotated[str, Field(min_length=1, max_length=64)]
Cents = Annotated[int, Field(strict=True)]
PositiveCents = Annotated[int, Field(strict=True, gt=0)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Contract(BaseModel):
    """A part of an event: immutable; unknown fields are ignored when it is read."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)


class Event(Contract):
    """The data of one event; a subclass is one version of one event name."""

    event_name: ClassVar[str]
    event_version: ClassVar[int]
    producer: ClassVar[str]

    def upcast(self) -> "Event":
        """The same event in its latest version."""
        return self


class Envelope(Contract):
    """An event as sent; `causation_id` is the event_id of the event that caused this one."""

    event_id: Identifier
    event_name: Identifier
    event_version: Annotated[int, Field(ge=1)]
    occurred_at: Instant
    producer: Identifier
    correlation_id: Identifier
    causation_id: Identifier | None = None
    data: dict[str, Any]


class UnreadableEvent(ValueError):
    """No contract here can read this event; a retry can't help."""


E = TypeVar("E", bound=type[Event])
F = TypeVar("F", bound=Event)

REGISTRY: dict[tuple[str, int], type[Event]] = {}


def published(event: E) -> E:
    """Register a contract under its name and version."""
    key = (event.event_name, event.event_version)
    if key in REGISTRY:
        raise ValueError(f"{key} is registered already")
    REGISTRY[key] = event
    return event


def read_envelope(document: Any) -> tuple[Envelope, Event]:
    """Read an envelope and its data, in the latest version; raises UnreadableEvent with the reason."""
    try:
        envelope = Envelope.model_validate(document)
    except ValidationError as error:
        raise UnreadableEvent(f"no envelope: {_reason(error)}") from error
    contract = REGISTRY.get((envelope.event_name, envelope.event_version))
    if contract is None:
        raise UnreadableEvent(f"no contract for {envelope.event_name} v{envelope.event_version}")
    if envelope.producer != contract.producer:
        raise UnreadableEvent(f"{envelope.event_name} is published by {contract.producer} alone")
    try:
        return envelope, contract.model_validate(envelope.data).upcast()
    except ValidationError as error:
        name = f"{envelope.event_name} v{envelope.event_version}"
        raise UnreadableEvent(f"{name}: {_reason(error)}") from error


def reader_of(family: type[F]) -> Callable[[Any], tuple[Envelope, F]]:
    """`read_envelope` for a consumer of one family of events; raises UnreadableEvent for any other."""

    def read(document: Any) -> tuple[Envelope, F]:
        envelope, event = read_envelope(document)
        if not isinstance(event, family):
            raise UnreadableEvent(f"{envelope.event_name} is not for this consumer")
        return envelope, event

    return read


def _reason(error: ValidationError) -> str:
    """The field and the fault, without the value, because a reason is logged and shown."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    return f"{'.'.join(map(str, first['loc'])) or 'event'}: {first['msg']}"
