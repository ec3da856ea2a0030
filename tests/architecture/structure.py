"""Measures of the code's structure: `python -m tests.architecture.structure [REVISION]...`.

One column for each revision of git, the last for the files in the folder. A room is a module or package
directly in a package; an arrow is one room importing another of the same package, however often.
"""

import ast
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).resolve().parents[2]
RUNS = ("app.py", "events", "functions", "infra", "ops", "shared")
TESTS = ("tests",)
LARGEST = 5


@dataclass(frozen=True, slots=True)
class Module:
    """A file of Python; its path is within the project."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())

    @property
    def name(self) -> str:
        parts = self.path.with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def modules(root: Path, within: Sequence[str]) -> list[Module]:
    """The files that are not empty."""
    return list(_modules(root, within))


def _modules(root: Path, within: Sequence[str]) -> Iterator[Module]:
    for top in map(root.joinpath, within):
        for path in [top] if top.is_file() else sorted(top.rglob("*.py")):
            if text := path.read_text(encoding="utf-8"):
                yield Module(path.relative_to(root), text, ast.parse(text))


def function_lengths(found: Sequence[Module]) -> list[int]:
    """In lines, from `def` to the last one."""
    nodes = (node for module in found for node in ast.walk(module.tree))
    return [
        (node.end_lineno or node.lineno) - node.lineno + 1
        for node in nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def rooms(found: Sequence[Module], package: str) -> set[str]:
    return {room for module in found if (room := _room(module.name, package))}


def arrows(found: Sequence[Module], package: str) -> set[tuple[str, str]]:
    """From the room that imports to the room that is imported."""
    known = rooms(found, package)
    pairs = {
        (_room(module.name, package), _room(name, package))
        for module in found
        if _room(module.name, package)
        for name in _imported(module.tree)
    }
    return {(one, other) for one, other in pairs if one != other and other in known}


def _room(module: str, package: str) -> str:
    """Empty for a module outside the package."""
    inner = module.removeprefix(f"{package}.")
    return "" if inner == module else inner.split(".")[0]


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{each.name}" for each in node.names)


def measures(root: Path) -> dict[str, str]:
    runs, tests = modules(root, RUNS), modules(root, TESTS)
    lengths = function_lengths(runs)
    largest = sorted(runs, key=lambda module: -module.lines)[:LARGEST]
    return {
        "files that run": f"{len(runs):,}",
        "lines that run": f"{sum(module.lines for module in runs):,}",
        "files of tests": f"{len(tests):,}",
        "lines of tests": f"{sum(module.lines for module in tests):,}",
        "length of a function: median": f"{median(lengths):g}",
        "length of a function: nine of ten have at most": f"{quantiles(lengths, n=10)[-1]:g}",
        "folders of use cases": f"{len({m.path.parent for m in runs if _is_use_case(m)}):,}",
        "files in them": f"{sum(map(_is_use_case, runs)):,}",
        "rooms of `ops`": f"{len(rooms(runs, 'ops')):,}",
        "arrows between them": f"{len(arrows(runs, 'ops')):,}",
        "largest files": ", ".join(f"`{module.path}` {module.lines}" for module in largest),
    }


def _is_use_case(module: Module) -> bool:
    return module.path.parts[0] == "functions" and len(module.path.parts) == 4


def of_revision(revision: str) -> dict[str, str]:
    """Raises CalledProcessError for an unknown revision."""
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder, "files.tar")
        subprocess.run(["git", "archive", "-o", archive, revision, "--", *RUNS, *TESTS], cwd=ROOT, check=True)
        with tarfile.open(archive) as files:
            files.extractall(folder, filter="data")
        return measures(Path(folder))


def main(revisions: Sequence[str]) -> int:
    try:
        columns = {each: of_revision(each) for each in revisions} | {"now": measures(ROOT)}
    except subprocess.CalledProcessError:
        return 2  # git has printed the reason
    print(f"| | {' | '.join(columns)} |")
    print(f"|---|{'---:|' * len(columns)}")
    for name in columns["now"]:
        print(f"| {name} | {' | '.join(column[name] for column in columns.values())} |")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
