"""Updates the code of deployed functions without a deployment, for `ates dev`.

What was updated so is kept in the emulator: CloudFormation doesn't know of it, so the next deployment brings
these functions to the present sources too.
"""

import ast
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path

from botocore.exceptions import ClientError

from infra import names
from infra.discovery import discover
from infra.package import ROOT, asset_files
from ops.stage.aws import Aws
from shared.clients import error_code

THREADS = 4
# What stacks, tables and events are made from: a change of it needs a deployment.
DEPLOYED_FOLDERS = ("infra", "events")
DEPLOYED_FILES = ("app.py", "cdk.json", "requirements.txt", "package-lock.json", "ops/local/postdeploy.py")
DEPLOYED_NAMES = ("rows.py", "records.py", "tables.py", "spec.py")


class Program:
    """A function and its files, as they were when last looked for: that takes a while for all functions."""

    def __init__(self, name: str, handler: str, others: Iterable[Path] = ()) -> None:
        self.name, self.handler, self.others = name, handler, tuple(ROOT / path for path in others)

    @cached_property
    def files(self) -> set[Path]:
        return {*asset_files(self.handler), *self.others}

    def archive(self) -> bytes:
        """A zip file as Lambda takes it, of the present files."""
        self.__dict__.pop("files", None)
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as made:
            for path in sorted(self.files):
                made.write(path, path.relative_to(ROOT).as_posix())
        return content.getvalue()


def programs(stage: str) -> list[Program]:
    """Of all functions."""
    return [
        Program(names.function(stage, spec), service.handler_module(spec), service.files(spec))
        for service in discover()
        for spec in service.use_cases
    ]


def affected(programs: Iterable[Program], changed: Iterable[Path]) -> list[Program]:
    """The functions that have one of these files."""
    there = set(changed)
    return [program for program in programs if there & program.files]


def needs_deployment(path: Path, before: str | None, now: str | None) -> bool:
    """Whether a change of this file changes more than code: a trigger, a grant, a table, an event."""
    inside = path.relative_to(ROOT)
    if inside.parts[0] in DEPLOYED_FOLDERS or inside.as_posix() in DEPLOYED_FILES:
        return True
    if inside.name in DEPLOYED_NAMES or before is None or now is None:
        return True
    return _spec(before) != _spec(now)


def update(aws: Aws, programs: Iterable[Program]) -> list[str]:
    """Gives functions their present code; returns their names."""
    wanted, client = list(programs), aws.functions
    _remember(aws, {*updated(aws), *(each.name for each in wanted)})
    with ThreadPoolExecutor(THREADS) as pool:
        list(
            pool.map(
                lambda each: client.update_function_code(FunctionName=each.name, ZipFile=each.archive()),
                wanted,
            )
        )
    return [each.name for each in wanted]


def after_deployment(aws: Aws, made: Callable[[str], list[Program]] = programs) -> None:
    """Brings the functions that were updated since to what was deployed, which are the present sources."""
    names_of = updated(aws)
    if names_of:
        update(aws, (each for each in made(aws.target.stage) if each.name in names_of))
        aws.parameters.delete_parameter(Name=_mark(aws))


def updated(aws: Aws) -> set[str]:
    """The functions that were updated since the last deployment."""
    try:
        value = aws.parameters.get_parameter(Name=_mark(aws))["Parameter"]["Value"]
    except ClientError as refused:
        if error_code(refused) != "ParameterNotFound":
            raise
        return set()
    return set(json.loads(value))


def _remember(aws: Aws, functions: set[str]) -> None:
    value = json.dumps(sorted(functions), separators=(",", ":"))
    aws.parameters.put_parameter(Name=_mark(aws), Value=value, Type="String", Overwrite=True)


def _mark(aws: Aws) -> str:
    return f"/ates/{aws.target.stage}/updated-functions"


def _spec(source: str) -> str | None:
    """The value of `SPEC`, without its layout; None for a file without one."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return None
    values: Mapping[str, ast.expr] = {
        ast.unparse(node.targets[0]): node.value for node in tree.body if isinstance(node, ast.Assign)
    }
    return ast.unparse(values["SPEC"]) if "SPEC" in values else None
