"""A pytest plugin that records which AWS calls each use case makes (tests/infra/test_least_privilege.py).

A call belongs to the innermost use case on the stack; what a test does itself belongs to none. Each process
writes a file to the folder that CALLS_FOLDER names: use cases (such as `accounting.on_task_event`, or
`publish_events`, which every service has), actions, and what they act on.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from botocore.client import BaseClient

from benchmarks.stand_ins import QUEUE_URL, Outside
from infra.package import ROOT
from shared import queue
from shared.bus import EventBridge
from shared.memory_store import MemoryStore
from shared.spec import BATCH_GET, BATCH_WRITE, CHECK, DELETE, GET, PUT, QUERY, UPDATE, UseCase
from shared.store import Action, Add, Check, Insert, Put, Remove

CALLS_FOLDER = "ATES_RECORDED_CALLS"
DEAD_LETTERS = "dead letters"
A_TEST = "a test"
FUNCTIONS, TESTS = ROOT / "functions", ROOT / "tests"
READS = {"get": GET, "get_many": BATCH_GET, "query": QUERY, "count": QUERY}
PARTS = {"Put": PUT, "Update": UPDATE, "Delete": DELETE, "ConditionCheck": CHECK}
CALLED = {
    "send_message_batch": "sqs:SendMessage",
    "send_email": "ses:SendEmail",
    "invoke": "lambda:InvokeFunction",
    "get_queue_attributes": "sqs:GetQueueAttributes",
}
Recorded = tuple[str, str, str]
calls: set[Recorded] = set()


def record(caller: str | None, action: str, resource: str) -> None:
    if caller:
        calls.add((caller, action, resource))


def caller_of(frame: FrameType | None, own: object = None) -> str | None:
    """The use case that calls; frames of `own` methods don't count, nor does what a test calls itself."""
    while frame is not None:
        owner = owner_of(frame.f_code.co_filename)
        if owner == A_TEST and not is_of(frame, own):
            return None
        if owner and owner != A_TEST:
            return owner
        frame = frame.f_back
    return None


@cache
def owner_of(filename: str) -> str:
    """The use case whose file this is, or A_TEST, or nothing."""
    path = Path(filename)
    if path.is_relative_to(TESTS):
        return A_TEST
    if not path.is_relative_to(FUNCTIONS):
        return ""
    parts = path.relative_to(FUNCTIONS).with_suffix("").parts
    return "" if len(parts) == len(("service", "module")) else ".".join(parts[:2])


def is_of(frame: FrameType, own: object) -> bool:
    """Whether a method of this object runs in the frame."""
    first = frame.f_code.co_varnames[:1]
    return own is not None and bool(first) and frame.f_locals.get(first[0]) is own


def reading(name: str) -> Callable[..., Any]:
    real = getattr(MemoryStore, name)

    def read(store: MemoryStore, kind: type[Any], *arguments: Any, **named: Any) -> Any:
        action = READS[outermost(sys._getframe(0), store, name)]
        record(caller_of(sys._getframe(1), store), f"dynamodb:{action}", place(store, kind))
        return real(store, kind, *arguments, **named)

    return read


def outermost(frame: FrameType | None, store: MemoryStore, name: str) -> str:
    """The call of the port that made this one: a read of many rows reads each."""
    while frame is not None and (is_of(frame, store) or frame.f_code.co_name == "<listcomp>"):
        name = frame.f_code.co_name if frame.f_code.co_name in READS else name
        frame = frame.f_back
    return name


def place(store: MemoryStore, kind: type[Any]) -> str:
    table, index = store._places[kind]
    return f"{table.name}/{index.name}" if index else table.name


def part_of(action: Action) -> str:
    """What `shared.dynamo_store` makes of it."""
    names = {Add: UPDATE, Remove: DELETE, Check: CHECK}
    return names.get(type(action), PUT)


def of_request(service: str, operation: str, request: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The permissions that a request needs, and on what; a transaction needs those of its parts."""
    if service == "cognito-idp":
        yield f"cognito-idp:{operation}", "user pool"
    elif service == "dynamodb" and operation == "TransactWriteItems":
        for item in request["TransactItems"]:
            for part, parameters in item.items():
                yield f"dynamodb:{PARTS[part]}", path_of(parameters["TableName"])
    elif service == "dynamodb" and "RequestItems" in request:
        yield from ((f"dynamodb:{operation}", path_of(name)) for name in request["RequestItems"])
    elif service == "dynamodb":
        index = f"/{request['IndexName']}" if "IndexName" in request else ""
        yield f"dynamodb:{operation}", path_of(request["TableName"]) + index


def path_of(name: str) -> str:
    """With the prefix, of which tests have several, such as `test-` and `ates-dev-auth-`."""
    return name.replace("-", "_")


def outside(name: str, action: str) -> Callable[..., Any]:
    real = getattr(Outside, name)

    def call(client: Outside, **request: Any) -> Any:
        caller, target = caller_of(sys._getframe(1), client), target_of(request)
        record(caller, action, target)
        if "Raw" in request.get("Content", {}):
            record(caller, "ses:SendRawEmail", target)
        return real(client, **request)

    return call


def target_of(request: dict[str, Any]) -> str:
    """A consumer or a function, or nothing where there is only one of the kind."""
    return str(request.get("FunctionName") or request.get("QueueUrl", "")).removeprefix(QUEUE_URL)


def pytest_configure() -> None:
    """Before any test: nothing is undone, for the process records to its end."""
    replace(MemoryStore, **{name: reading(name) for name in READS})
    replace(Outside, **{name: outside(name, action) for name, action in CALLED.items()})
    record_writes()
    record_messages()
    record_requests()


def replace(owner: object, **functions: Callable[..., Any]) -> None:
    for name, function in functions.items():
        setattr(owner, name, function)


def record_writes() -> None:
    write, put_all = MemoryStore.write, MemoryStore.put_all

    def written(store: MemoryStore, actions: Any, token: str) -> None:
        caller = caller_of(sys._getframe(1), store)
        for each in actions:
            kind = type(each.row) if isinstance(each, Insert | Put) else each.kind
            record(caller, f"dynamodb:{part_of(each)}", place(store, kind))
        return write(store, actions, token)

    def all_put(store: MemoryStore, rows: Any) -> None:
        if rows:
            record(caller_of(sys._getframe(1), store), f"dynamodb:{BATCH_WRITE}", place(store, type(rows[0])))
        return put_all(store, rows)

    replace(MemoryStore, write=written, put_all=all_put)


def record_messages() -> None:
    """What goes to the bus, and what a consumer gives up."""
    put, give_up = EventBridge.put, queue._send_to_dead_letters

    def published(bus: EventBridge, entries: Any) -> Any:
        record(caller_of(sys._getframe(1), bus), "events:PutEvents", "")
        return put(bus, entries)

    def given_up(spec: UseCase, *rest: Any) -> None:
        """Consumer.Failed follows it."""
        record(spec.consumer, "sqs:SendMessage", DEAD_LETTERS)
        record(spec.consumer, "events:PutEvents", "")
        return give_up(spec, *rest)

    replace(EventBridge, put=published)
    replace(queue, _send_to_dead_letters=given_up)


def record_requests() -> None:
    """Where a test has an AWS that takes requests."""
    real = BaseClient._make_api_call  # type: ignore[attr-defined]

    def called(client: Any, operation: str, request: dict[str, Any]) -> Any:
        frame: FrameType | None = sys._getframe(1)
        while frame and owner_of(frame.f_code.co_filename) == A_TEST:
            frame = frame.f_back  # a test that looks at the calls too
        caller = caller_of(frame)
        for action, resource in of_request(client.meta.service_model.service_name, operation, request):
            record(caller, action, resource)
        return real(client, operation, request)

    replace(BaseClient, _make_api_call=called)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    path = Path(os.environ[CALLS_FOLDER]) / f"{os.getpid()}.json"
    path.write_text(json.dumps(sorted(calls)), encoding="utf-8")
