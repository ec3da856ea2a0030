"""Functions' assets: only the handler and the modules of ours that it imports."""

import ast
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import mkdtemp
from weakref import finalize

from infra import bytecode

ROOT = Path(__file__).resolve().parents[1]
OURS = ("events", "functions", "shared")


class Assets:
    """The folders of all assets, deleted with this object: CDK copies them at once.

    They are in a new temporary folder, so that concurrent deployments and tests don't share files.
    """

    def __init__(self, handlers: Iterable[str], layer: Path | None) -> None:
        """With a `layer`, the assets are for Lambda, and compiled."""
        self.layer = layer
        self._files = {handler: asset_files(handler) for handler in handlers}
        self._place = Path(mkdtemp(prefix="ates-assets-"))
        finalize(self, shutil.rmtree, self._place, ignore_errors=True)
        sources = self._fill("sources", {path for paths in self._files.values() for path in paths})
        if layer:
            bytecode.compile_folder(sources, "/var/task")

    def function(self, handler: str, files: Sequence[Path] = ()) -> str:
        """The folder with a handler's import closure and the given files."""
        name = "-".join([handler.replace(".", "-"), *(path.parent.name for path in files)])
        folder = self._fill(name, {*self._files[handler], *(ROOT / path for path in files)})
        for path in self._files[handler]:
            _copy_bytecode(path.relative_to(ROOT), self._place / "sources", folder)
        return str(folder)

    def _fill(self, name: str, paths: set[Path]) -> Path:
        folder = self._place / name
        for path in paths:
            copy = folder / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
        return folder


def _copy_bytecode(module: Path, source: Path, target: Path) -> None:
    """Copy a module's compiled files; it is compiled once for all assets."""
    for compiled in (source / module).parent.glob(f"__pycache__/{module.stem}.*.pyc"):
        copy = target / compiled.relative_to(source)
        copy.parent.mkdir(exist_ok=True)
        shutil.copyfile(compiled, copy)


def asset_files(handler: str) -> set[Path]:
    """The closure's files, and those of the use case's folder that aren't Python (templates)."""
    modules = closure(handler)
    in_folder = modules[handler].parent.rglob("*") if handler.endswith(".handler") else ()
    beside = {path for path in in_folder if path.is_file() and path.suffix not in (".py", ".pyc")}
    return {*modules.values(), *beside}


def closure(module: str) -> dict[str, Path]:
    """Files of our modules that importing this one needs, packages' `__init__` included."""
    found: dict[str, Path] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name in found or (path := module_file(name)) is None:
            continue
        found[name] = path
        waiting += [*_parents(name), *_imports(name, path)]
    return found


def module_file(module: str) -> Path | None:
    """A module's file, if it is one of ours (a namespace package has none)."""
    if module.partition(".")[0] not in OURS:
        return None
    path = ROOT.joinpath(*module.split("."))
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)


def _parents(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts))]


def _imports(module: str, path: Path) -> Iterator[str]:
    """What a module imports when it runs, also inside functions."""
    for node in _running(ast.parse(path.read_text())):
        match node:
            case ast.Import(names=aliases):
                yield from (alias.name for alias in aliases)
            case ast.ImportFrom(names=aliases):
                source = _source(node, module, path)
                yield source
                yield from (f"{source}.{alias.name}" for alias in aliases)


def _running(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes except those for type checkers only."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        yield node
        yield from _running(node)


def _source(node: ast.ImportFrom, module: str, path: Path) -> str:
    """The absolute name of the module in `from … import`, also for relative imports."""
    if not node.level:
        return node.module or ""
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    return ".".join([*package[: len(package) - node.level + 1], *filter(None, [node.module])])
