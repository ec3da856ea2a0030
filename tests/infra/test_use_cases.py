"""A stack has exactly what the specs say: trigger, queues, alarms, grants, environment."""

from collections import Counter
from collections.abc import Iterator

import pytest

from infra.discovery import discover, without
from shared.restoring import OTHERS_OVERLAP
from shared.spec import Direct, Events, Every, Http, Jobs, Route, Stream, UseCase
from tests.infra.templates import Properties, Template

SERVICES = discover()
SPECS = {f"{spec.service}/{spec.name}": spec for service in SERVICES for spec in service.use_cases}
CONSUMERS = {name: spec for name, spec in SPECS.items() if isinstance(spec.trigger, Events | Jobs)}
ARN = "arn:aws:{}:region:account:{}"
LOG = ("logs:CreateLogStream", "logs:PutLogEvents")
RECEIVE = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
READ_STREAM = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator")

every_spec = pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS.keys())
every_consumer = pytest.mark.parametrize("spec", CONSUMERS.values(), ids=CONSUMERS.keys())


def stack_of(spec: UseCase, stacks: dict[str, Template]) -> Template:
    return stacks[f"Ates-dev-{spec.service}"]


def named(spec: UseCase, name: str | None = None) -> str:
    return f"ates-dev-{spec.service}-{name or spec.name}".replace("_", "-")


def queue_of(spec: UseCase) -> str:
    return named(spec, spec.trigger.name if isinstance(spec.trigger, Jobs) else None)


def function_of(spec: UseCase, stack: Template) -> Properties:
    return stack.one("AWS::Lambda::Function", FunctionName=named(spec))


def granted(spec: UseCase, stack: Template) -> Iterator[tuple[str, str]]:
    """Each action and resource that the function's role allows."""
    role_id = function_of(spec, stack)["Role"].removesuffix(".Arn")
    role = stack.render(stack.resources[role_id]["Properties"])
    assert "ManagedPolicyArns" not in role
    assert not any(role_id in policy["Roles"] for policy in stack.all("AWS::IAM::Policy"))
    for policy in role["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            assert statement["Effect"] == "Allow"
            yield from (
                (action, each)
                for action in listed(statement["Action"])
                for each in listed(statement["Resource"])
            )


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def wanted(spec: UseCase) -> Iterator[tuple[str, str]]:
    """The same, from the spec."""
    yield from allow(LOG, ARN.format("logs", f"log-group:/aws/lambda/{named(spec)}:log-stream:*"))
    yield from trigger_grants(spec)
    for path, actions in spec.access.items():
        table, *index = path.split("/")
        resource = "/".join(["table", named(spec, table), *(f"index/{name}" for name in index)])
        yield from allow([f"dynamodb:{action}" for action in actions], ARN.format("dynamodb", resource))
    for queue in spec.sends_to:
        yield "sqs:SendMessage", ARN.format("sqs", named(spec, queue))
    for name in spec.watches:
        yield "sqs:GetQueueAttributes", ARN.format("sqs", queue_of(SPECS[f"{spec.service}/{name}"]))
    for path in spec.invokes:
        yield "lambda:InvokeFunction", ARN.format("lambda", f"function:{named(SPECS[path])}")
    for action in spec.actions:
        yield from ((action, resource) for resource in RESOURCES[action.split(":")[0]])


RESOURCES = {
    "events": [ARN.format("events", "event-bus/ates-dev")],
    "ses": [ARN.format("ses", "identity/*"), ARN.format("ses", "configuration-set/ates-dev")],
    "cognito-idp": ["ates-dev.Arn"],
}


def allow(actions: tuple[str, ...] | list[str], resource: str) -> Iterator[tuple[str, str]]:
    return ((action, resource) for action in actions)


def trigger_grants(spec: UseCase) -> Iterator[tuple[str, str]]:
    match spec.trigger:
        case Events() | Jobs():
            yield from allow(RECEIVE, ARN.format("sqs", queue_of(spec)))
            yield "sqs:SendMessage", ARN.format("sqs", f"{queue_of(spec)}-dlq")
            yield "events:PutEvents", RESOURCES["events"][0]
        case Stream(table=table):
            yield from allow(READ_STREAM, f"{named(spec, table)}.StreamArn")
            yield "dynamodb:ListStreams", ARN.format("dynamodb", f"table/{named(spec, table)}/stream/*")


def test_every_journal_has_relay_and_sweep_and_every_api_its_document() -> None:
    for service in discover():
        names = {spec.name for spec in service.use_cases}
        routes = {spec.name for spec in service.use_cases if isinstance(spec.trigger, Http)}
        assert ("publish_events" in names) == ("sweep_journal" in names) == ("journal" in service.tables)
        assert ("get_openapi" in names) == (routes != set())
        assert {spec.service for spec in service.use_cases} == {service.name}


@every_spec
def test_the_role_allows_only_what_the_spec_says(spec: UseCase, dev: dict[str, Template]) -> None:
    assert set(granted(spec, stack_of(spec, dev))) == set(wanted(spec))


def test_no_two_functions_share_a_role(dev: dict[str, Template]) -> None:
    for name, stack in dev.items():
        roles = [function["Role"] for function in stack.all("AWS::Lambda::Function")]
        assert len(roles) == len(set(roles)), name


@every_spec
def test_the_environment_is_complete(spec: UseCase, dev: dict[str, Template]) -> None:
    stack = stack_of(spec, dev)
    variables = function_of(spec, stack)["Environment"]["Variables"]
    assert variables == dict(environment(spec))


def environment(spec: UseCase) -> Iterator[tuple[str, str]]:
    yield "ATES_STAGE", "dev"
    yield "ATES_SERVICE", spec.service
    yield "ATES_USE_CASE", spec.name
    yield "TABLE_PREFIX", f"ates-dev-{spec.service}-"
    yield "BUS_NAME", "ates-dev"
    yield "BUSINESS_TIMEZONE", "UTC"
    yield "POWERTOOLS_SERVICE_NAME", spec.service
    yield from REFORMED.get(spec.service, {}).items()
    if spec.service == "auth":
        yield "USER_POOL_ID", "ates-dev"
    if "ses:SendEmail" in spec.actions:
        yield "SENDER", "reports@ates.example"
        yield "CONFIGURATION_SET", "ates-dev"
    if isinstance(spec.trigger, Events | Jobs):
        yield "DEAD_LETTER_QUEUE_URL", f"{queue_of(spec)}-dlq"
        yield "MAX_RECEIVES", str(spec.trigger.max_receives)
    if "journal" in spec.access:
        yield "JOURNAL_SHARDS", "2"
    for queue in spec.sends_to:
        yield f"QUEUE_URL_{queue.upper()}", named(spec, queue)
    for name in spec.watches:
        yield f"WATCHED_QUEUE_URL_{name.upper()}", queue_of(SPECS[f"{spec.service}/{name}"])
    for path in spec.invokes:
        yield f"FUNCTION_NAME_{path.replace('/', '_').upper()}", named(SPECS[path])
    yield from scale_environment(spec)


def scale_environment(spec: UseCase) -> Iterator[tuple[str, str]]:
    """The numbers of shards of the tables that it accesses, and its rates."""
    (service,) = (each for each in SERVICES if each.name == spec.service)
    for spread in (service.tables[path.split("/")[0]].spread for path in spec.access):
        if spread:
            yield f"SHARDS_{spread.name.upper()}", f"{spread.shards}/{spread.shards}"
    yield from RATES.get(f"{spec.service}/{spec.name}", {}).items()


REFORMED: dict[str, dict[str, str]] = {
    service: {"ROW_FORM": "newest"} for service in ("accounting", "analytics", "tracking")
}
RATES: dict[str, dict[str, str]] = {
    "notifications/queue_due_reports": {"MAIL_PER_SECOND": "14"},
    "notifications/send_report": {"MAIL_PER_SECOND": "2.8"},
    "auth/sync_identity": {"POOL_CALLS_PER_SECOND": "5"},
    "auth/reconcile_identities": {"POOL_CALLS_PER_SECOND": "10"},
}
"""Senders share SES's rate; the two that update the pool share Cognito's, each by what runs at once."""
AT_ONCE_WITHOUT_WAITING = 10
"""Lambda refuses more from a queue, unless they are collected for a second."""
AT_ONCE = {"notifications/send_report": 5, "auth/sync_identity": 2}


@every_consumer
def test_a_consumer_runs_at_most_so_often_at_once(spec: UseCase, dev: dict[str, Template]) -> None:
    source = stack_of(spec, dev).one("AWS::Lambda::EventSourceMapping", FunctionName=named(spec))
    wanted = AT_ONCE.get(f"{spec.service}/{spec.name}", 50)
    assert source["ScalingConfig"] == {"MaximumConcurrency": wanted}


@every_spec
def test_only_a_queue_that_feeds_itself_may_recur(spec: UseCase, dev: dict[str, Template]) -> None:
    """Lambda would stop it after about 16 messages in a row; it ends by itself."""
    allowed = {"accounting/close_account": "Allow", "tracking/count_shard": "Allow"}
    found = function_of(spec, stack_of(spec, dev)).get("RecursiveLoop")
    assert found == allowed.get(f"{spec.service}/{spec.name}")


HOT = {
    "accounting/get_my_balance",
    "accounting/list_my_entries",
    "auth/get_me",
    "tracking/complete_task",
    "tracking/count_tasks",
    "tracking/create_task",
    "tracking/list_tasks",
}


@every_spec
def test_only_hot_routes_start_from_a_snapshot(spec: UseCase, dev: dict[str, Template]) -> None:
    """A snapshot costs while it is kept, and one that is not used for 14 days fails its next call."""
    found = function_of(spec, stack_of(spec, dev)).get("SnapStart")
    is_hot = f"{spec.service}/{spec.name}" in HOT
    assert found == ({"ApplyOn": "PublishedVersions"} if is_hot else None)


@every_spec
def test_the_trigger_is_in_the_stack(spec: UseCase, dev: dict[str, Template]) -> None:
    stack = stack_of(spec, dev)
    match spec.trigger:
        case Http():
            check_route(spec, spec.trigger, stack)
        case Events():
            check_rule(spec, spec.trigger, stack)
        case Every():
            check_schedule(spec, spec.trigger, stack)
        case Stream():
            check_stream(spec, spec.trigger, stack)
        case Direct() | Jobs():
            pass


def check_route(spec: UseCase, http: Route, stack: Template) -> None:
    """A route with the pool's authorizer, to the function, or to the alias of its snapshot if it is hot."""
    route = stack.one("AWS::ApiGatewayV2::Route", RouteKey=f"{http.method} {http.path}")
    authorizer = stack.resources[route["AuthorizerId"]]["Properties"]
    integration = stack.resources[route["Target"].removeprefix("integrations/")]["Properties"]
    called = integration["IntegrationUri"]
    if http.is_hot:
        assert stack.render(stack.referred(called)["FunctionName"]) == named(spec)
    else:
        assert stack.render(called) == f"{named(spec)}.Arn"
    assert (route["AuthorizationType"], authorizer["AuthorizerType"]) == ("JWT", "JWT")
    assert authorizer["JwtConfiguration"]["Audience"]


def check_rule(spec: UseCase, trigger: Events, stack: Template) -> None:
    """The pattern has only producer and name, so an unknown version arrives too."""
    rule = stack.one("AWS::Events::Rule", Name=named(spec))
    assert rule["EventBusName"] == "ates-dev"
    pattern = rule["EventPattern"]
    assert pattern.pop("replay-name") == [{"exists": False}, {"prefix": f"{named(spec)}."}]
    assert {key: set(value) for key, value in pattern.items()} == {
        "source": {f"ates.{event.producer}" for event in trigger.events},
        "detail-type": {event.event_name for event in trigger.events},
    }
    (target,) = rule["Targets"]
    assert target["Arn"] == f"{named(spec)}.Arn"
    assert target["DeadLetterConfig"] == {"Arn": f"{named(spec)}-dlq.Arn"}


def check_schedule(spec: UseCase, every: Every, stack: Template) -> None:
    rule = stack.one("AWS::Events::Rule", Name=named(spec))
    unit = "minute" if every.minutes == 1 else "minutes"
    assert rule["ScheduleExpression"] == f"rate({every.minutes} {unit})"
    assert [target["Arn"] for target in rule["Targets"]] == [f"{named(spec)}.Arn"]


def check_stream(spec: UseCase, stream: Stream, stack: Template) -> None:
    """Inserts only; the whole batch is retried, in halves, until it expires."""
    source = stack.one("AWS::Lambda::EventSourceMapping", FunctionName=named(spec))
    assert source["EventSourceArn"] == f"{named(spec, stream.table)}.StreamArn"
    assert source["BatchSize"] == stream.batch_size
    assert source["BisectBatchOnFunctionError"] is True
    assert source["FilterCriteria"] == {"Filters": [{"Pattern": '{"eventName":["INSERT"]}'}]}
    assert not {"MaximumRetryAttempts", "MaximumRecordAgeInSeconds", "FunctionResponseTypes"} & source.keys()


@every_consumer
def test_a_consumer_has_its_queue_and_dead_letter_queue(spec: UseCase, dev: dict[str, Template]) -> None:
    stack = stack_of(spec, dev)
    assert isinstance(spec.trigger, Events | Jobs)
    queue = stack.one("AWS::SQS::Queue", QueueName=queue_of(spec))
    dead_letters = stack.one("AWS::SQS::Queue", QueueName=f"{queue_of(spec)}-dlq")
    collected = spec.trigger.collected_seconds if isinstance(spec.trigger, Events) else 0
    assert queue["VisibilityTimeout"] == 6 * spec.timeout_seconds + collected
    assert queue["RedrivePolicy"] == {
        "deadLetterTargetArn": f"{queue_of(spec)}-dlq.Arn",
        "maxReceiveCount": spec.trigger.max_receives + 1,
    }
    for each in (queue, dead_letters):
        assert each["MessageRetentionPeriod"] == OTHERS_OVERLAP.total_seconds()
        assert each["SqsManagedSseEnabled"] is True


@every_consumer
def test_a_consumer_reports_failures_per_message(spec: UseCase, dev: dict[str, Template]) -> None:
    assert isinstance(spec.trigger, Events | Jobs)
    source = stack_of(spec, dev).one("AWS::Lambda::EventSourceMapping", FunctionName=named(spec))
    assert source["EventSourceArn"] == f"{queue_of(spec)}.Arn"
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["BatchSize"] == spec.trigger.batch_size
    collected = spec.trigger.collected_seconds if isinstance(spec.trigger, Events) else 0
    assert source.get("MaximumBatchingWindowInSeconds", 0) == collected
    assert collected or spec.trigger.batch_size <= AT_ONCE_WITHOUT_WAITING


@every_spec
def test_every_function_and_queue_has_its_alarms(spec: UseCase, dev: dict[str, Template]) -> None:
    stack = stack_of(spec, dev)
    found = {
        alarm["AlarmName"]: watched(alarm)
        for alarm in stack.all("AWS::CloudWatch::Alarm")
        if len(alarm.get("Dimensions", ())) == 1
    }
    missing = dict(alarms(spec)).items() - found.items()
    assert not missing


def watched(alarm: Properties) -> tuple[str, str, int]:
    (dimension,) = alarm["Dimensions"]
    return dimension["Value"].removesuffix(".QueueName"), alarm["MetricName"], alarm["Threshold"]


def alarms(spec: UseCase) -> Iterator[tuple[str, tuple[str, str, int]]]:
    """Names, and the metric, dimension and threshold of each."""
    name = named(spec)
    yield f"{name}-errors", (name, "Errors", 0)
    if isinstance(spec.trigger, Stream):
        yield f"{name}-iterator-age", (name, "IteratorAge", 300_000)
    if isinstance(spec.trigger, Events | Jobs):
        queue = queue_of(spec)
        yield f"{queue}-message-age", (queue, "ApproximateAgeOfOldestMessage", 900)
        yield f"{queue}-dlq-not-empty", (f"{queue}-dlq", "ApproximateNumberOfMessagesVisible", 0)


def test_no_use_case_names_one_that_is_left_out() -> None:
    """It is deployed without them, to make them again after somebody deleted their functions."""
    left_out = ["accounting.on_task_event", "accounting.close_account", "auth.get_email"]
    left = [spec for service in without(SERVICES, left_out) for spec in service.use_cases]
    assert len(left) == len(SPECS) - len(left_out)
    before, after = Counter[str](), Counter[str]()
    for specs, counts in ((SPECS.values(), before), (left, after)):
        for spec in specs:
            counts.update((*spec.sends_to, *spec.watches, *spec.invokes))
    gone = {"close_accounts", "on_task_event", "auth/get_email"}
    assert {name for name in before if before[name] != after[name]} == gone
    assert not gone & after.keys()
    assert without(SERVICES, [""]) == SERVICES
