"""In which order the services' stacks are deployed: consumers of events before their producers.

So a new version of an event is published only when everybody can read it.
"""

from collections.abc import Iterable, Iterator, Mapping

from infra.discovery import Service
from shared.spec import Events


def deployed_before(services: Iterable[Service]) -> Mapping[str, tuple[str, ...]]:
    """By service, in the order of deployment: the services that come before it, as they consume its events.

    Of services that consume each other's events, the alphabetically first counts as the producer.
    """
    found = list(services)
    consumers = {service.name: sorted(_consumers(service.name, found)) for service in found}
    order: list[str] = []
    for name in sorted(consumers):
        _visit(name, consumers, order, [])
    return {
        name: tuple(each for each in consumers[name] if each in order[:place])
        for place, name in enumerate(order)
    }


def _visit(name: str, consumers: Mapping[str, list[str]], order: list[str], above: list[str]) -> None:
    if name in order or name in above:
        return
    for consumer in consumers[name]:
        _visit(consumer, consumers, order, [*above, name])
    order.append(name)


def _consumers(producer: str, services: Iterable[Service]) -> Iterator[str]:
    for service in services:
        if service.name != producer and producer in _producers(service):
            yield service.name


def _producers(service: Service) -> set[str]:
    """The services whose events it consumes."""
    triggers = [spec.trigger for spec in service.use_cases if isinstance(spec.trigger, Events)]
    return {event.producer for trigger in triggers for event in trigger.events}
