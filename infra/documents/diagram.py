"""The services and the events between them, as a Mermaid flowchart."""

from collections import defaultdict
from collections.abc import Sequence

from infra.discovery import Service
from infra.documents.asyncapi import consumed_by
from shared.spec import Http


def flowchart(services: Sequence[Service]) -> str:
    """Arrows from publisher to consumer with the events' names; a service's own events are left out."""
    lines = ["flowchart LR", "    browser([browser])"]
    for service in services:
        lines.append(f"    {service.name}[{service.name}]")
    for service in services:
        if any(isinstance(spec.trigger, Http) for spec in service.use_cases):
            lines.append(f"    browser -- HTTP --> {service.name}")
    for (producer, consumer), names in sorted(_arrows(services).items()):
        lines.append(f'    {producer} -- "{"<br>".join(sorted(names))}" --> {consumer}')
    for caller, called in sorted(_calls(services)):
        lines.append(f"    {caller} -. invokes .-> {called}")
    return "\n".join(lines) + "\n"


def _arrows(services: Sequence[Service]) -> dict[tuple[str, str], set[str]]:
    arrows: dict[tuple[str, str], set[str]] = defaultdict(set)
    for service in services:
        for _, contract in consumed_by(service):
            if contract.producer != service.name:
                arrows[contract.producer, service.name].add(short_name(contract.event_name))
    return arrows


def short_name(event_name: str) -> str:
    """All account events have the same consumers, so they are shown as one."""
    return (
        "Account.*" if event_name.startswith("Account.") and event_name != "Account.DayClosed" else event_name
    )


def _calls(services: Sequence[Service]) -> set[tuple[str, str]]:
    return {
        (service.name, called.partition("/")[0])
        for service in services
        for spec in service.use_cases
        for called in spec.invokes
    }
