"""The whole app: the bus's stack, a stack per service, and the dashboards' stack."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from aws_cdk import App, CrossStackReferences, ReferenceStrength, Stack

from infra import libraries, nag, order, sharding, stages
from infra.discovery import Service, discover, without
from infra.events_stack import EventsStack
from infra.firewall import FirewallStack
from infra.identity_stack import IdentityStack
from infra.mail_stack import MailStack
from infra.package import Assets
from infra.service_stack import IDENTITY_SERVICE, ServiceStack
from infra.stages import Stage
from infra.web import WebStack


def build(root: str = "functions", layer: Path | None = None, context: dict[str, str] | None = None) -> App:
    """The app with all stacks of the services below `root`; tests pass a `layer` and a context."""
    app = App(analytics_reporting=False, context=context)
    stage = stages.from_context(app.node)
    if stage.local:
        layer = None
    else:
        # Strong references would block a change of what another stack has read.
        CrossStackReferences.of(app).consume(ReferenceStrength.WEAK)
        nag.check(app)
        layer = layer or libraries.build()
    left_out = str(app.node.try_get_context("without") or "")
    services = without(discover(root), left_out.split(","))
    sharding.check(stage.shards, [table for each in services for table in each.tables.values()])
    assets = Assets([handler for service in services for handler in service.handler_modules()], layer)
    _stacks(app, stage, {service.name: service for service in services}, assets)
    return app


def _stacks(app: App, stage: Stage, services: Mapping[str, Service], assets: Assets) -> None:
    """The bus is deployed first, then the sender and the user pool, then consumers before producers; last the
    dashboards, which need the APIs' addresses."""
    events = EventsStack(app, stage)
    build_services = _on_an_emulator if stage.local else _on_aws
    made = build_services(app, stage, services, assets)
    for stack in app.node.children:
        if isinstance(stack, Stack) and stack is not events:
            stack.add_stack_dependency(events)
    auth = made.pop(IDENTITY_SERVICE)
    addresses = _called_by_the_dashboards(stage, (auth, *made.values()))
    limited = stage.web_requests_per_5_minutes and not stage.local
    WebStack(app, stage, addresses, FirewallStack(app, stage).arn if limited else None)


def _on_aws(
    app: App, stage: Stage, services: Mapping[str, Service], assets: Assets
) -> dict[str, ServiceStack]:
    mail = MailStack(app, stage)
    identities = IdentityStack(app, stage)
    identities.add_stack_dependency(mail)
    identity = identities.identity
    stacks: dict[str, ServiceStack] = {}
    for name, consumers in order.deployed_before(services.values()).items():
        stacks[name] = ServiceStack(app, stage, services[name], assets, identity)
        for consumer in consumers:
            stacks[name].add_stack_dependency(stacks[consumer])
    return stacks


def _on_an_emulator(
    app: App, stage: Stage, services: Mapping[str, Service], assets: Assets
) -> dict[str, ServiceStack]:
    """The auth service's stack holds the user pool; the others are deployed side by side."""
    auth = ServiceStack(app, stage, services[IDENTITY_SERVICE], assets)
    others = (service for name, service in services.items() if name != IDENTITY_SERVICE)
    return {
        IDENTITY_SERVICE: auth,
        **{service.name: ServiceStack(app, stage, service, assets, auth.identity) for service in others},
    }


def _called_by_the_dashboards(stage: Stage, stacks: Sequence[ServiceStack]) -> list[str]:
    """An emulator serves everything at one address."""
    if stage.local:
        return [stage.endpoint]
    apis = [stack.api_origin for stack in stacks if stack.api_origin]
    return [*dict.fromkeys(apis), stacks[0].identity.origin]
