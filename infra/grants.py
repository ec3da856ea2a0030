"""The IAM statements of a use case: only the actions that its spec names or implies."""

from collections.abc import Iterator
from dataclasses import dataclass

from infra import names
from infra.stages import Stage
from shared.spec import Events, Jobs, Stream, UseCase

LOG = ("logs:CreateLogStream", "logs:PutLogEvents")
TRACE = ("xray:PutTraceSegments", "xray:PutTelemetryRecords")
CONSUME = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
READ_STREAM = ("DescribeStream", "GetRecords", "GetShardIterator")


@dataclass(frozen=True)
class Grant:
    """Actions such as `sqs:SendMessage` on one resource, or, with a reason, on a pattern."""

    actions: tuple[str, ...]
    resource: str
    wildcard_reason: str | None = None


@dataclass(frozen=True)
class Arns:
    """ARNs made from fixed names, so that no stack depends on another's resources."""

    stage: Stage
    partition: str
    region: str
    account: str

    def _arn(self, service: str, resource: str) -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def table(self, service: str, path: str) -> str:
        """The ARN of a table, or of an index given as `table/index`."""
        table, _, index = path.partition("/")
        name = names.physical(self.stage.name, service, table)
        return self._arn("dynamodb", f"table/{name}/index/{index}" if index else f"table/{name}")

    def streams(self, service: str, table: str) -> str:
        """All streams of a table: the resource of ListStreams."""
        return f"{self.table(service, table)}/stream/*"

    def queue(self, name: str) -> str:
        return self._arn("sqs", name)

    def function(self, service: str, use_case: str) -> str:
        return self._arn("lambda", f"function:{names.physical(self.stage.name, service, use_case)}")

    def log_streams(self, function_name: str) -> str:
        return self._arn("logs", f"log-group:/aws/lambda/{function_name}:log-stream:*")

    @property
    def bus(self) -> str:
        return self._arn("events", f"event-bus/{names.bus(self.stage.name)}")

    def identity(self, name: str) -> str:
        return self._arn("ses", f"identity/{name}")

    @property
    def configuration_set(self) -> str:
        return self._arn("ses", f"configuration-set/{names.bus(self.stage.name)}")


@dataclass(frozen=True)
class ServiceResources:
    """The service's resources: queues by consumer, streams by table, the user pool."""

    arns: Arns
    queue_names: dict[str, str]
    stream_arns: dict[str, str]
    user_pool_arn: str | None = None


def of(spec: UseCase, resources: ServiceResources) -> Iterator[Grant]:
    """Everything the use case may do."""
    arns = resources.arns
    log_streams = arns.log_streams(names.function(arns.stage.name, spec))
    yield Grant(LOG, log_streams, "Lambda names the log streams as it makes them.")
    if arns.stage.traces(spec):
        yield Grant(TRACE, "*", "X-Ray has no resources to name.")
    for path, actions in sorted(spec.access.items()):
        yield Grant(tuple(f"dynamodb:{action}" for action in actions), arns.table(spec.service, path))
    yield from _trigger(spec, resources)
    for name in spec.sends_to:
        yield Grant(_send(arns.stage), arns.queue(names.physical(arns.stage.name, spec.service, name)))
    for name in spec.watches:
        yield Grant(("sqs:GetQueueAttributes",), arns.queue(resources.queue_names[name]))
    for name in spec.invokes:
        service, _, use_case = name.partition("/")
        yield Grant(("lambda:InvokeFunction",), arns.function(service, use_case))
    for action in spec.actions:
        if action.startswith("ses:"):
            yield from _mail(action, arns)
        else:
            yield Grant((action,), _resource(action, resources))


def _trigger(spec: UseCase, resources: ServiceResources) -> Iterator[Grant]:
    """A consumer reads its queue, sends to its dead-letter queue, and publishes Consumer.Failed."""
    match spec.trigger:
        case Events() | Jobs():
            queue = resources.queue_names[spec.name]
            yield Grant(tuple(f"sqs:{action}" for action in CONSUME), resources.arns.queue(queue))
            yield Grant(("sqs:SendMessage",), resources.arns.queue(names.dead_letter_queue(queue)))
            yield Grant(("events:PutEvents",), resources.arns.bus)
        case Stream(table=table):
            yield Grant(tuple(f"dynamodb:{action}" for action in READ_STREAM), resources.stream_arns[table])
            streams = resources.arns.streams(spec.service, table)
            yield Grant(("dynamodb:ListStreams",), streams, "ListStreams names all streams of the table.")


def _send(stage: Stage) -> tuple[str, ...]:
    """An emulator that enforces IAM wants an action for a batch, which AWS doesn't have."""
    return ("sqs:SendMessage", *(("sqs:SendMessageBatch",) if stage.local else ()))


def _mail(action: str, arns: Arns) -> Iterator[Grant]:
    """From the sender, by the configuration set. In SES's sandbox the recipient's identity is checked too."""
    if arns.stage.local:
        yield Grant((action,), "*", "An emulator that enforces IAM asks for no identity.")
    elif arns.stage.durable:
        yield Grant((action,), arns.identity(arns.stage.sender_domain))
    else:
        yield Grant((action,), arns.identity("*"), "In SES's sandbox recipients are identities too.")
    if not arns.stage.local:
        yield Grant((action,), arns.configuration_set)


def _resource(action: str, resources: ServiceResources) -> str:
    """The resource of one of the spec's further actions."""
    match action.partition(":")[0]:
        case "events":
            return resources.arns.bus
        case "cognito-idp" if resources.user_pool_arn:
            return resources.user_pool_arn
    raise ValueError(f"no resource is known for {action!r}")
