"""The whole app: the bus's stack and one stack per service."""

from pathlib import Path

from aws_cdk import App

from infra import libraries, nag, stages
from infra.discovery import discover
from infra.events_stack import EventsStack
from infra.service_stack import ServiceStack

IDENTITY_SERVICE = "auth"


def build(root: str = "functions", layer: Path | None = None, context: dict[str, str] | None = None) -> App:
    """The app with all stacks of the services below `root`; tests hand in a `layer` and a context."""
    app = App(analytics_reporting=False, context=context)
    stage = stages.from_context(app.node)
    if not stage.local:
        nag.check(app)
        layer = layer or libraries.build()
    services = {service.name: service for service in discover(root)}
    EventsStack(app, stage)
    identity = ServiceStack(app, stage, services.pop(IDENTITY_SERVICE), None, layer).identity
    for service in services.values():
        ServiceStack(app, stage, service, identity, layer)
    return app
