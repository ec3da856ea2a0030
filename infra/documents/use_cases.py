"""The table of a service's use cases in its page, docs/<service>.md."""

from events.auth import ROLES
from infra.discovery import Service
from infra.documents.diagram import short_name
from shared.spec import Direct, Events, Every, Http, Jobs, Route, Stream, Trigger, UseCase

_HEAD = "| use case | trigger | does |\n|---|---|---|\n"


def table(service: Service) -> str:
    return _HEAD + "".join(map(_row, service.use_cases))


def _row(spec: UseCase) -> str:
    return f"| `{spec.name}` | {_trigger(spec.trigger)} | {spec.summary} |\n"


def _trigger(trigger: Trigger) -> str:
    match trigger:
        case Http():
            return f"`{trigger.method} {trigger.path}{_query(trigger)}`, {_roles(trigger)}"
        case Events():
            names = sorted({short_name(event.event_name) for event in trigger.events})
            return ", ".join(f"`{name}`" for name in names)
        case Jobs():
            return f"queue `{trigger.name}`"
        case Every():
            return "every minute" if trigger.minutes == 1 else f"every {trigger.minutes} minutes"
        case Stream():
            return f"stream of `{trigger.table}`"
        case Direct():
            return "invoked by name"


def _query(trigger: Route) -> str:
    """Aliases are the names in the URL."""
    fields = trigger.query.model_fields if trigger.query else {}
    names = [field.alias or name for name, field in fields.items()]
    return f"?{'&'.join(names)}" if names else ""


def _roles(trigger: Route) -> str:
    return "any role" if set(trigger.roles) == set(ROLES) else ", ".join(trigger.roles)
