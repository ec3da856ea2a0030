"""What a function's asset holds: its handler and the modules of ours that it imports, and nothing else."""

import ast
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from infra import bytecode

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build" / "functions"
OURS = ("events", "functions", "shared", "tests")


def stage(handlers: Iterable[str], compiled: bool) -> None:
    """Makes the assets' folders anew; the same code gives the same folders."""
    shutil.rmtree(BUILD, ignore_errors=True)
    for handler in handlers:
        for path in asset_files(handler):
            copy = asset(handler) / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
        if compiled:
            bytecode.compile_folder(asset(handler), "/var/task")


def asset(handler: str) -> Path:
    """The folder of a handler's asset."""
    return BUILD / handler.replace(".", "-")


def asset_files(handler: str) -> set[Path]:
    """The closure's files, and what lies beside the handler that isn't Python (templates)."""
    modules = closure(handler)
    folder = modules[handler].parent
    beside = {path for path in folder.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")}
    return {*modules.values(), *beside}


def closure(module: str) -> dict[str, Path]:
    """Files of the modules of ours that importing this one needs, packages' `__init__` among them."""
    found: dict[str, Path] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name in found or (path := _file(name)) is None:
            continue
        found[name] = path
        waiting += [*_parents(name), *_imports(name, path)]
    return found


def _file(module: str) -> Path | None:
    """A module's file, if it is one of ours (a namespace package has none)."""
    if module.partition(".")[0] not in OURS:
        return None
    path = ROOT.joinpath(*module.split("."))
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)


def _parents(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts))]


def _imports(module: str, path: Path) -> Iterator[str]:
    """What a module imports when it runs, wherever the statement stands."""
    for node in _running(ast.parse(path.read_text())):
        match node:
            case ast.Import(names=aliases):
                yield from (alias.name for alias in aliases)
            case ast.ImportFrom(names=aliases):
                source = _source(node, module, path)
                yield source
                yield from (f"{source}.{alias.name}" for alias in aliases)


def _running(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those that only a type checker sees."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        yield node
        yield from _running(node)


def _source(node: ast.ImportFrom, module: str, path: Path) -> str:
    """The absolute name of what `from … import` names, dots and all."""
    if not node.level:
        return node.module or ""
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    return ".".join([*package[: len(package) - node.level + 1], *filter(None, [node.module])])
