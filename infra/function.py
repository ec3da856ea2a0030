"""The construct of a use case: its Lambda, role and alarms."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aws_cdk import Annotations, Duration
from aws_cdk.aws_iam import IRole, PolicyDocument, PolicyStatement, Role, ServicePrincipal
from aws_cdk.aws_lambda import (
    Alias,
    Architecture,
    CfnFunction,
    Code,
    Function,
    IFunction,
    ILayerVersion,
    LoggingFormat,
    Runtime,
    SnapStartConf,
    SystemLogLevel,
    Tracing,
)
from aws_cdk.aws_logs import LogGroup
from constructs import Construct

from infra import alarms, nag, names
from infra.canary import canary
from infra.grants import Grant
from infra.stages import Stage
from shared.spec import Http, Jobs, Stream, UseCase

RUNTIME = Runtime.PYTHON_3_13


@dataclass(frozen=True)
class Program:
    """What a function runs: the asset's folder, the handler in it, environment variables, libraries."""

    directory: str
    handler: str
    environment: Mapping[str, str]
    layer: ILayerVersion | None


class UseCaseFunction(Construct):
    """`target` is what triggers invoke: the function, or, for SnapStart or a canary, an alias.

    Only hot routes have SnapStart: a snapshot costs as long as it is kept, and one that nobody used for 14
    days is given up, which fails the next call.
    """

    def __init__(
        self, scope: Construct, stage: Stage, spec: UseCase, program: Program, grants: Iterable[Grant]
    ) -> None:
        super().__init__(scope, spec.name)
        self.name = names.function(stage.name, spec)
        self.role = self._role(grants)
        snap_started = isinstance(spec.trigger, Http) and spec.trigger.is_hot and not stage.local
        self.function = self._function(stage, spec, program, snap_started)
        failures = alarms.failures(self.function, self.name, stage)
        self.target: IFunction = self.function
        if snap_started or stage.shifts_slowly:
            self.target = alias = self._alias()
            if stage.shifts_slowly:
                canary(self, stage, alias, failures)
        if isinstance(spec.trigger, Stream):
            alarms.iterator_age(self.function, self.name, stage)

    def _role(self, grants: Iterable[Grant]) -> IRole:
        """The complete role: other constructs can't add rights that the spec doesn't name."""
        listed = list(grants)
        role = Role(
            self,
            "role",
            assumed_by=ServicePrincipal("lambda.amazonaws.com"),
            inline_policies={"spec": PolicyDocument(statements=[_statement(grant) for grant in listed])},
        )
        for grant in listed:
            if grant.wildcard_reason:
                nag.acknowledge_wildcard(role, grant.resource, grant.wildcard_reason)
        return role.without_policy_updates()

    def _function(self, stage: Stage, spec: UseCase, program: Program, snap_started: bool) -> Function:
        function = Function(
            self,
            "function",
            function_name=self.name,
            description=spec.summary,
            runtime=RUNTIME,
            architecture=Architecture.ARM_64,
            code=Code.from_asset(program.directory),
            handler=program.handler,
            layers=[program.layer] if program.layer else None,
            role=self.role,
            environment=dict(program.environment),
            timeout=Duration.seconds(spec.timeout_seconds),
            memory_size=spec.memory_mb,
            tracing=Tracing.ACTIVE if stage.traces(spec) else Tracing.DISABLED,
            logging_format=None if stage.local else LoggingFormat.JSON,
            system_log_level_v2=SystemLogLevel.WARN if stage.durable and not stage.local else None,
            snap_start=SnapStartConf.ON_PUBLISHED_VERSIONS if snap_started else None,
            log_group=LogGroup(
                self,
                "log",
                log_group_name=f"/aws/lambda/{self.name}",
                retention=stage.log_retention,
                removal_policy=stage.removal,
            ),
        )
        if feeds_itself(spec):
            allow_recursion(function)
        nag.acknowledge(function, "L1", f"{RUNTIME.name} is the newest Python that all tests run on.")
        return function

    def _alias(self) -> Alias:
        """Acknowledges the library's warning that SnapStart needs a version: this alias names one."""
        Annotations.of(self.function).acknowledge_warning("@aws-cdk/aws-lambda:snapStartRequirePublish")
        return Alias(self, "alias", alias_name="live", version=self.function.current_version)


def feeds_itself(spec: UseCase) -> bool:
    """Whether it hands the rest of its work over to itself, through the queue that it consumes."""
    return isinstance(spec.trigger, Jobs) and spec.trigger.name in spec.sends_to


def allow_recursion(function: Function) -> None:
    """Otherwise Lambda stops a chain of about 16 messages as a loop. Such a chain ends with its work: each
    message is for a later part of it."""
    resource = function.node.default_child
    if isinstance(resource, CfnFunction):
        resource.recursive_loop = "Allow"


def _statement(grant: Grant) -> PolicyStatement:
    return PolicyStatement(actions=list(grant.actions), resources=[grant.resource])
