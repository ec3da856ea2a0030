"""Generates from the specs: OpenAPI and AsyncAPI documents, the diagram in the README, tables of use cases.

`python -m infra.documents` writes them, `--check` names what is out of date, `--release` copies the OpenAPI
documents to the released ones, unless one breaks a released version.
"""

import sys
from collections.abc import Mapping
from pathlib import Path

from functions.get_openapi import DOCUMENT
from infra.discovery import discover
from infra.documents import asyncapi, diagram, openapi, released, use_cases

ROOT = Path(__file__).resolve().parents[2]
API = Path("docs/api")
README = Path("README.md")
DIAGRAM = ("```mermaid\n", "```\n")
USE_CASES = ("<!-- use cases: begin -->\n", "<!-- use cases: end -->\n")


def documents(root: Path = ROOT) -> dict[Path, str]:
    """Every generated file by its path within the project."""
    services = discover()
    files = {
        Path("functions", name, DOCUMENT): released.as_text(document)
        for name, document in openapi.documents(services).items()
    }
    files[API / "asyncapi.json"] = released.as_text(asyncapi.document(services))
    parts = {README: (DIAGRAM, diagram.flowchart(services))}
    parts |= {Path("docs", f"{each.name}.md"): (USE_CASES, use_cases.table(each)) for each in services}
    for page, (fence, text) in parts.items():
        files[page] = with_part((root / page).read_text(encoding="utf-8"), fence, text)
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


def with_part(page: str, fence: tuple[str, str], text: str) -> str:
    """The page with the text between its two fences replaced; raises ValueError if they are missing."""
    before, opening, rest = page.partition(fence[0])
    _, closing, after = rest.partition(fence[1])
    if not closing:
        raise ValueError(f"the page has no {fence[0].strip()!r} and {fence[1].strip()!r} after it")
    return before + opening + text + closing + after


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
