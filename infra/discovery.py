"""Finds the services: every `functions/<service>/<use_case>/handler.py`, and each service's `rows.py`.

Importing a handler has no side effects, so the specs are read from the modules that run.
"""

import importlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from functions import get_openapi, publish_events, sweep_journal
from shared.spec import Direct, Events, Http, Jobs, Stream, UseCase
from shared.tables import Table

JOURNAL = "journal"


class SpecError(Exception):
    """A spec contradicts its folder, or names something that doesn't exist."""


@dataclass(frozen=True)
class Service:
    """A bounded context: its use cases, and its tables by logical name."""

    name: str
    package: str
    use_cases: tuple[UseCase, ...]
    tables: dict[str, Table]

    def handler_module(self, spec: UseCase) -> str:
        if spec.name in EVERYWHERE:
            return EVERYWHERE[spec.name]
        return f"{self.package}.{spec.name}.handler"

    def handler_modules(self) -> list[str]:
        return [self.handler_module(spec) for spec in self.use_cases]

    def files(self, spec: UseCase) -> list[Path]:
        """The files in the service's folder that the spec names."""
        return [Path(*self.package.split("."), name) for name in spec.files]


EVERYWHERE = {module.SPEC.name: module.__name__ for module in (get_openapi, publish_events, sweep_journal)}
"""The modules of the use cases that services get without a folder."""


def discover(root: str = "functions") -> tuple[Service, ...]:
    """All services below a package, checked against each other."""
    (directory,) = map(Path, importlib.import_module(root).__path__)
    folders = sorted({path.parent.parent for path in directory.glob("*/*/handler.py")})
    services = tuple(_service(f"{root}.{folder.name}", folder) for folder in folders)
    problems = [problem for service in services for problem in _problems(service, services)]
    if problems:
        raise SpecError("\n".join(problems))
    return services


def without(services: Sequence[Service], left_out: Collection[str]) -> tuple[Service, ...]:
    """The services without these use cases (such as `accounting.on_task_event`), and without what names them.

    Deployed so, and then whole, a function is made again that somebody deleted behind CloudFormation's back.
    """
    names = {name.replace(".", "/") for name in left_out}
    gone = [spec for each in services for spec in each.use_cases if f"{spec.service}/{spec.name}" in names]
    return tuple(
        replace(
            each,
            use_cases=tuple(_not_naming(spec, gone) for spec in each.use_cases if spec not in gone),
        )
        for each in services
    )


def _not_naming(spec: UseCase, gone: Sequence[UseCase]) -> UseCase:
    own = [each for each in gone if each.service == spec.service]
    queues = {each.trigger.name for each in own if isinstance(each.trigger, Jobs)}
    watched, invoked = {each.name for each in own}, {f"{each.service}/{each.name}" for each in gone}
    return replace(
        spec,
        sends_to=tuple(name for name in spec.sends_to if name not in queues),
        watches=tuple(name for name in spec.watches if name not in watched),
        invokes=tuple(name for name in spec.invokes if name not in invoked),
    )


def _service(package: str, folder: Path) -> Service:
    own = [_spec(f"{package}.{path.parent.name}.handler") for path in folder.glob("*/handler.py")]
    tables = _tables(f"{package}.rows", folder)
    common = [replace(spec, service=folder.name) for spec in _common(own, JOURNAL in tables)]
    use_cases = sorted([*own, *common], key=lambda spec: spec.name)
    return Service(folder.name, package, tuple(use_cases), tables)


def _common(own: Sequence[UseCase], has_journal: bool) -> Iterator[UseCase]:
    """The common use cases that the service needs: for its journal, and for its HTTP API."""
    if has_journal:
        yield from (publish_events.SPEC, sweep_journal.SPEC)
    if any(isinstance(spec.trigger, Http) for spec in own):
        yield get_openapi.SPEC


def _spec(module: str) -> UseCase:
    spec = getattr(importlib.import_module(module), "SPEC", None)
    if not isinstance(spec, UseCase) or module.split(".")[-3:-1] != [spec.service, spec.name]:
        raise SpecError(f"{module}: SPEC must be the UseCase of its folder, not {spec!r}")
    return spec


def _tables(module: str, folder: Path) -> dict[str, Table]:
    if not (folder / "rows.py").exists():
        return {}
    return {table.name: table for table in importlib.import_module(module).TABLES}


def _problems(service: Service, services: tuple[Service, ...]) -> Iterator[str]:
    """Names in specs without a table, index, stream, work queue, consumer or direct use case."""
    work_queues = {spec.trigger.name for spec in service.use_cases if isinstance(spec.trigger, Jobs)}
    consumers = {spec.name for spec in service.use_cases if isinstance(spec.trigger, Events | Jobs)}
    direct = {
        f"{spec.service}/{spec.name}"
        for other in services
        for spec in other.use_cases
        if isinstance(spec.trigger, Direct)
    }
    for spec in service.use_cases:
        yield from _missing(spec, "table or index", set(spec.access) - set(_table_paths(service)))
        yield from _missing(spec, "work queue", set(spec.sends_to) - work_queues)
        yield from _missing(spec, "consumer to watch", set(spec.watches) - consumers)
        yield from _missing(spec, "direct use case", set(spec.invokes) - direct)
        if isinstance(spec.trigger, Stream):
            streams = {name for name, table in service.tables.items() if table.stream}
            yield from _missing(spec, "table with a stream", {spec.trigger.table} - streams)


def _table_paths(service: Service) -> Iterator[str]:
    """The names allowed in `access`: tables, and their indexes as `table/index`."""
    for name, table in service.tables.items():
        yield name
        yield from (f"{name}/{index.name}" for index in table.indexes)


def _missing(spec: UseCase, what: str, names: set[str]) -> Iterator[str]:
    return (f"{spec.service}/{spec.name}: there is no {what} {name!r}" for name in sorted(names))
