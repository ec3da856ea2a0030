"""The stack of one service: its tables, queues, functions, HTTP API and dashboard."""

from pathlib import Path

from aws_cdk import Stack
from aws_cdk.aws_lambda import Architecture, Code, ILayerVersion, LayerVersion
from aws_cdk.aws_ses import EmailIdentity
from aws_cdk.aws_ses import Identity as Sender
from constructs import Construct

from infra import alarms, environment, grants, names, pacing, queues, ses_events, triggers
from infra.dashboard import dashboard
from infra.discovery import Service
from infra.function import RUNTIME, Program, UseCaseFunction
from infra.http_api import ServiceApi
from infra.identity import Identity
from infra.package import Assets
from infra.stages import Stage
from infra.tables import table
from shared.spec import Events, Every, Http, Jobs, Stream, UseCase

IDENTITY_SERVICE = "auth"


class ServiceStack(Stack):
    """Outputs `ApiId` and `ApiUrl` if it has an API, and those of `Identity` if it works on the user pool."""

    def __init__(
        self,
        scope: Construct,
        stage: Stage,
        service: Service,
        assets: Assets,
        identity: Identity | None = None,
    ) -> None:
        """The service `auth` works on the user pool; without another stack's `identity`, it creates it."""
        super().__init__(scope, names.stack(stage.name, service.name), **stage.of_stacks)
        self._stage = stage
        self._service = service
        self._assets = assets
        self._works_on_pool = service.name == IDENTITY_SERVICE
        self.identity = identity or Identity(self, names.bus(stage.name), stage)
        if self._works_on_pool:
            self.identity.outputs(self)
        self._tables = {
            name: table(self, stage, names.physical(stage.name, service.name, name), declared)
            for name, declared in service.tables.items()
        }
        consumed = {spec.name: queues.consumed(self, stage, spec) for spec in service.use_cases}
        self._queues = {name: each for name, each in consumed.items() if each}
        self._layer = self._libraries(assets.layer) if assets.layer else None
        self._api = self._http_api()
        self._sender()
        for spec in service.use_cases:
            self._trigger(spec, self._function(spec))
        dashboard(self, stage, service)
        if not stage.local:
            alarms.service(self, stage, service)

    @property
    def api_origin(self) -> str | None:
        """The API's origin, as browsers name it."""
        return self._api.origin if self._api else None

    def _libraries(self, layer: Path) -> ILayerVersion:
        return LayerVersion(
            self,
            "libraries",
            code=Code.from_asset(str(layer)),
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[Architecture.ARM_64],
        )

    def _http_api(self) -> ServiceApi | None:
        if not any(isinstance(spec.trigger, Http) for spec in self._service.use_cases):
            return None
        return ServiceApi(self, self._service.name, self._stage, self.identity)

    def _sender(self) -> None:
        """On an emulator, the mails' sender domain; on AWS it has a stack of its own."""
        if self._stage.local and any("ses:SendEmail" in spec.actions for spec in self._service.use_cases):
            EmailIdentity(self, "sender", identity=Sender.domain(self._stage.sender_domain))

    def _function(self, spec: UseCase) -> UseCaseFunction:
        pool = self.identity.pool if self._works_on_pool else None
        resources = grants.ServiceResources(
            arns=grants.Arns(self._stage, self.partition, self.region, self.account),
            queue_names={name: consumed.name for name, consumed in self._queues.items()},
            stream_arns={name: table.attr_stream_arn for name, table in self._tables.items()},
            user_pool_arn=pool.user_pool_arn if pool else None,
        )
        program = Program(
            directory=self._assets.function(self._service.handler_module(spec), self._service.files(spec)),
            handler=f"{self._service.handler_module(spec)}.handler",
            environment=environment.of(
                spec, self._stage, self._service, self._queues, pool.user_pool_id if pool else None
            ),
            layer=self._layer,
        )
        return UseCaseFunction(self, self._stage, spec, program, grants.of(spec, resources))

    def _trigger(self, spec: UseCase, function: UseCaseFunction) -> None:
        if spec.name in self._queues:
            consumed = self._queues[spec.name]
            at_once = pacing.at_once(spec, self._stage, self._service.use_cases)
            batch = pacing.batch(spec, self._stage, consumed.trigger)
            triggers.consume(function, consumed, batch, at_once)
        match spec.trigger:
            case Http() as http if self._api:
                self._api.route(http, function.target)
            case Events() as trigger:
                triggers.route(function, self._stage, trigger, self._queues[spec.name])
            case Every() as every:
                triggers.tick(function, every)
            case Jobs(fed_by_ses=True) if not self._stage.local:
                ses_events.to_jobs(function, self._stage, function.name, self._queues[spec.name].queue)
            case Stream() as stream:
                triggers.follow(function, stream, self._tables[stream.table])
