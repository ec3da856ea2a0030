"""Writes what is made from the specs: OpenAPI and AsyncAPI documents, the diagram in the README.

`python -m infra.documents` writes, `--check` says what is not current, `--release` takes the OpenAPI
documents as released, unless one breaks what was released before.
"""

import sys
from collections.abc import Mapping
from pathlib import Path

from functions.get_openapi import DOCUMENT
from infra.discovery import discover
from infra.documents import asyncapi, diagram, openapi, released

ROOT = Path(__file__).resolve().parents[2]
API = Path("docs/api")
README = Path("README.md")
FENCE = ("```mermaid\n", "```\n")


def documents(root: Path = ROOT) -> dict[Path, str]:
    """Every generated file by its path within the project."""
    services = discover()
    files = {
        Path("functions", name, DOCUMENT): released.as_text(document)
        for name, document in openapi.documents(services).items()
    }
    files[API / "asyncapi.json"] = released.as_text(asyncapi.document(services))
    files[README] = _with_diagram((root / README).read_text(encoding="utf-8"), diagram.flowchart(services))
    return files


def differing(files: Mapping[Path, str], root: Path = ROOT) -> list[Path]:
    """Those that are not on disk as they should be."""
    return [path for path, text in files.items() if _read(root / path) != text]


def main(arguments: list[str]) -> int:
    files = documents()
    if "--check" in arguments:
        problems = [f"{path} is not current: run python -m infra.documents" for path in differing(files)]
    else:
        _write(files)
        problems = _release() if "--release" in arguments else []
    for problem in problems:
        print(problem, file=sys.stderr)
    return int(bool(problems))


def _write(files: Mapping[Path, str]) -> None:
    for path in differing(files):
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(files[path], encoding="utf-8")
        print(path)


def _release() -> list[str]:
    return released.release(openapi.documents(discover()), ROOT / released.RELEASED)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _with_diagram(readme: str, chart: str) -> str:
    """The README with its one Mermaid block renewed."""
    before, opening, rest = readme.partition(FENCE[0])
    _, closing, after = rest.partition(FENCE[1])
    return before + opening + chart + closing + after


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
