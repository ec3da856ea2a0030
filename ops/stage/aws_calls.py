"""Which operations of AWS a command calls, from the sources that it reaches.

It finds too much rather than too little: all calls of each module that is imported, directly or not.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from botocore import xform_name
from botocore.session import get_session
from botocore.waiter import WaiterModel

from infra.package import ROOT

CLIENTS: Mapping[str, str] = {
    "cloudformation": "cloudformation",
    "cognito": "cognito-idp",
    "distributions": "cloudfront",
    "dynamodb": "dynamodb",
    "events": "events",
    "functions": "lambda",
    "identity": "sts",
    "logs": "logs",
    "objects": "s3",
    "parameters": "ssm",
    "queues": "sqs",
    "quotas": "service-quotas",
    "senders": "sesv2",
    "topics": "sns",
}
"""Services by the attributes of `Aws`; `apis` is used on an emulator alone."""
ADAPTERS: Mapping[str, tuple[str, str]] = {"EventBridge": ("events", "PutEvents")}
"""What is called outside of `ops`, by the class that is imported for it."""

Call = tuple[str, str]
"""A service of boto3 and an operation, such as `("sqs", "SendMessage")`."""


def stage_commands() -> dict[str, str]:
    """Modules with a command that takes `--stage`, and the first of its functions."""
    found = dict[str, str]()
    for path in sorted((ROOT / "ops").rglob("*.py")):
        for node in _tree(path).body:
            if isinstance(node, ast.FunctionDef) and node.name.endswith("command") and _takes_stage(node):
                found.setdefault(_module(path), node.name)
    return found


def of_modules(modules: Iterable[str]) -> set[Call]:
    """The calls of these modules and of all modules of `ops` that they reach."""
    return {call for module in reached(modules) for call in calls_in(_tree(path_of(module)))}


def reached(modules: Iterable[str]) -> set[str]:
    found, left = set[str](), list(modules)
    while left:
        module = left.pop()
        if module not in found:
            found.add(module)
            left += _imported(module)
    return found


def _takes_stage(function: ast.FunctionDef) -> bool:
    given = (*function.args.args, *function.args.kwonlyargs)
    return any(each.arg == "stage" and ast.unparse(each.annotation or each) == "Stage" for each in given)


def _imported(module: str) -> Iterator[str]:
    for node in ast.walk(_tree(path_of(module))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "ops":
            for name in (node.module or "", *(f"{node.module}.{each.name}" for each in node.names)):
                if path_of(name).is_file():
                    yield name


def calls_in(tree: ast.Module) -> Iterator[Call]:
    bound = dict(_bound(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from (ADAPTERS[each.name] for each in node.names if each.name in ADAPTERS)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            service = bound.get(ast.unparse(node.func.value)) or _service(node.func.value)
            if service:
                yield from _operation(service, node.func.attr, node.args)


def _bound(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Names that stand for a client, and its service."""
    for node in ast.walk(tree):
        for name, value in _assigned(node):
            if service := _service(value):
                yield ast.unparse(name), service
        if isinstance(node, ast.arg) and node.annotation:
            for service, client in _CLASSES.items():
                if client in ast.unparse(node.annotation):
                    yield node.arg, service


_CLASSES = {
    "dynamodb": "DynamoDBClient",
    "events": "EventBridgeClient",
    "logs": "CloudWatchLogsClient",
    "s3": "S3Client",
    "sqs": "SQSClient",
}


def _assigned(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    match node:
        case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
            yield from zip(names, values, strict=True)
        case ast.Assign(targets=[name], value=value) | ast.AnnAssign(target=name, value=ast.expr() as value):
            yield name, value


def _service(value: ast.expr) -> str | None:
    """Of an expression such as `aws.queues`."""
    if isinstance(value, ast.Attribute) and ast.unparse(value.value).endswith("aws"):
        return CLIENTS.get(value.attr)
    return None


def _operation(service: str, method: str, arguments: list[ast.expr]) -> Iterator[Call]:
    known, name = operations(service), method
    if method in ("get_paginator", "get_waiter") and isinstance(arguments[0], ast.Constant):
        name = str(arguments[0].value)
    if method == "get_waiter":
        yield service, _waiters(service)[name]
    elif name in known:
        yield service, known[name]


@cache
def operations(service: str) -> dict[str, str]:
    return {xform_name(each): each for each in get_session().get_service_model(service).operation_names}


@cache
def _waiters(service: str) -> dict[str, str]:
    model: WaiterModel = get_session().get_waiter_model(service)
    return {xform_name(each): model.get_waiter(each).operation for each in model.waiter_names}


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def path_of(module: str) -> Path:
    path = ROOT.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)
