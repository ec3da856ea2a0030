"""The whole app: the bus's stack, a stack per service, and the dashboards' stack."""

from collections.abc import Sequence
from pathlib import Path

from aws_cdk import App

from infra import libraries, nag, sharding, stages
from infra.discovery import Service, discover, without
from infra.events_stack import EventsStack
from infra.package import Assets
from infra.service_stack import ServiceStack
from infra.stages import Stage
from infra.web import WebStack

IDENTITY_SERVICE = "auth"


def build(root: str = "functions", layer: Path | None = None, context: dict[str, str] | None = None) -> App:
    """The app with all stacks of the services below `root`; tests pass a `layer` and a context."""
    app = App(analytics_reporting=False, context=context)
    stage = stages.from_context(app.node)
    if stage.local:
        layer = None
    else:
        nag.check(app)
        layer = layer or libraries.build()
    left_out = str(app.node.try_get_context("without") or "")
    services = without(discover(root), left_out.split(","))
    sharding.check(stage.shards, [table for each in services for table in each.tables.values()])
    assets = Assets([handler for service in services for handler in service.handler_modules()], layer)
    _stacks(app, stage, {service.name: service for service in services}, assets)
    return app


def _stacks(app: App, stage: Stage, services: dict[str, Service], assets: Assets) -> None:
    """The bus is deployed first, then the user pool, then the other services, independently of each
    other; last the dashboards, which need the APIs' addresses."""
    events = EventsStack(app, stage)
    auth = ServiceStack(app, stage, services.pop(IDENTITY_SERVICE), assets)
    others = [ServiceStack(app, stage, service, assets, auth.identity) for service in services.values()]
    for stack in (auth, *others):
        stack.add_stack_dependency(events)
    WebStack(app, stage, _called_by_the_dashboards(stage, (auth, *others)))


def _called_by_the_dashboards(stage: Stage, stacks: Sequence[ServiceStack]) -> list[str]:
    """An emulator serves everything at one address."""
    if stage.local:
        return [stage.endpoint]
    apis = [stack.api_origin for stack in stacks if stack.api_origin]
    return [*apis, stacks[0].identity.origin]
