"""Finds the problems that a route may answer with, from its spec and the code that its handler reaches.

Starting at the handler, names are followed through all of our functions and classes to the exceptions, so
that no list must be kept beside the code.
"""

import ast
import importlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from infra.discovery import Service
from infra.package import module_file
from shared.authority import AuthorityNotConfirmed
from shared.problems import KEY_REUSED, PROBLEM_URN, problem_type
from shared.spec import Route, UseCase

Refusals = dict[int, list[str]]
"""The service's own problem types, by HTTP status."""


@dataclass(frozen=True)
class Module:
    """A module's top-level definitions, and the (module, name) of each imported name."""

    definitions: Mapping[str, ast.stmt]
    imports: Mapping[str, tuple[str, str]]


def refusals(service: Service, spec: UseCase, trigger: Route) -> Refusals:
    """Ordered by status."""
    found: dict[int, set[str]] = defaultdict(set)
    for status in _common_statuses(spec, trigger):
        found[status] = set()
    if trigger.confirmed_by is not None:
        found[403].add(problem_type(AuthorityNotConfirmed))
    if trigger.takes_idempotency_key:
        found[422].add(PROBLEM_URN + KEY_REUSED)
    for status, kind in _statuses_in_code(service, spec):
        found[status] |= {kind} - {""}
    return {status: sorted(found[status]) for status in sorted(found)}


def _common_statuses(spec: UseCase, trigger: Route) -> Iterator[int]:
    """The error statuses that every route may have."""
    yield from (401, 403)
    if trigger.query or trigger.body or trigger.takes_idempotency_key:
        yield 400
    if "{" in trigger.path:
        yield 404
    if trigger.body:
        yield 413
    if spec.access:
        yield 503


def _statuses_in_code(service: Service, spec: UseCase) -> Iterator[tuple[int, str]]:
    """The exceptions that the service maps, and the statuses that the code chooses itself."""
    problems = importlib.import_module(f"{service.package}.api").PROBLEMS
    for module, name in _reached(service.handler_module(spec)):
        definition = _module(module).definitions[name]
        yield from ((status, "") for status in _chosen(definition))
        if isinstance(definition, ast.ClassDef):
            yield from _mapped(getattr(importlib.import_module(module), name), problems)


def _mapped(kind: type, problems: Mapping[type[Exception], int]) -> Iterator[tuple[int, str]]:
    """Maps an exception as `shared.problems` does: by the nearest of its classes in the table."""
    known = next((each for each in kind.__mro__ if each in problems), None)
    if known is not None:
        yield problems[known], problem_type(kind)


def _reached(handler_module: str) -> Iterator[tuple[str, str]]:
    """Every definition of ours that can be reached by name from a handler."""
    waiting, seen = [(handler_module, "handler")], set()
    while waiting:
        place = waiting.pop()
        if place in seen or place[1] not in _module(place[0]).definitions:
            continue
        seen.add(place)
        yield place
        waiting += _named(*place)


def _named(module: str, name: str) -> Iterator[tuple[str, str]]:
    """What a definition names, without the table of problems."""
    imports, definition = _module(module).imports, _module(module).definitions[name]
    elsewhere = {"PROBLEMS", *_bound(definition)}
    for node in _raising(definition):
        match node:
            case ast.Name(id=other) if other not in elsewhere:
                yield imports.get(other, (module, other))
            case ast.Attribute(value=ast.Name(id=other), attr=attribute) if other in imports:
                yield ".".join(imports[other]), attribute


def _bound(definition: ast.AST) -> Iterator[str]:
    """A definition's local names."""
    for node in ast.walk(definition):
        match node:
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()):
                yield name


def _raising(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes below a node, without caught exceptions and base classes."""
    for child in ast.iter_child_nodes(node):
        if child not in _skipped(node):
            yield child
            yield from _raising(child)


def _skipped(node: ast.AST) -> list[ast.expr | None]:
    match node:
        case ast.ExceptHandler(type=caught):
            return [caught]
        case ast.ClassDef(bases=bases):
            return list(bases)
    return []


def _chosen(definition: ast.AST) -> Iterator[int]:
    for node in ast.walk(definition):
        match node:
            case ast.Call(func=ast.Name(id="HttpError"), args=[ast.Constant(value=int(status)), *_]):
                yield status


@cache
def _module(name: str) -> Module:
    """A module of the services; any other counts as empty."""
    path = module_file(name) if name.startswith("functions.") else None
    if path is None:
        return Module({}, {})
    statements = ast.parse(path.read_text(encoding="utf-8")).body
    return Module(
        {name: each for each in statements for name in _defines(each)},
        {
            alias.asname or alias.name: (each.module, alias.name)
            for each in statements
            if isinstance(each, ast.ImportFrom) and each.module
            for alias in each.names
        },
    )


def _defines(statement: ast.stmt) -> list[str]:
    match statement:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Assign(targets=targets):
            return [target.id for target in targets if isinstance(target, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
    return []
