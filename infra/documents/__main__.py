"""Generates API documents, event schemas, pages and the README's diagram from specs and contracts.

`python -m infra.documents` writes them and prints what changed, `--check` prints what is out of date,
`--release` also copies HTTP APIs and events to the released ones, unless one breaks a released version.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from events.contracts import CONTRACTS
from functions.get_openapi import DOCUMENT
from infra.discovery import Service, discover
from infra.documents import (
    api_breaks,
    asyncapi,
    diagram,
    event_breaks,
    event_schemas,
    events_page,
    openapi,
    released,
    use_cases,
)
from infra.documents.released import Breaks, Document

ROOT = Path(__file__).resolve().parents[2]
API = Path("docs/api")
SCHEMAS = Path("events/schemas")
EVENTS_PAGE = Path("docs/events.md")
README = Path("README.md")
DIAGRAM = ("```mermaid\n", "```\n")
USE_CASES = ("<!-- use cases: begin -->\n", "<!-- use cases: end -->\n")

Texts = Mapping[Path, str]
"""Texts of files by path within the project."""


@dataclass(frozen=True, slots=True)
class ReleasedDocuments:
    """Documents that must stay compatible once released to `folder`; by file name without its ending."""

    documents: Mapping[str, Document]
    folder: Path
    breaks: Breaks


def released_documents() -> tuple[ReleasedDocuments, ...]:
    return (
        ReleasedDocuments(openapi.documents(discover()), API / "released", api_breaks.breaks),
        ReleasedDocuments(event_schemas.schemas(CONTRACTS), Path("events/released"), event_breaks.breaks),
    )


def documents(root: Path = ROOT) -> Texts:
    """Every generated file."""
    services = discover()
    apis, schemas = openapi.documents(services), event_schemas.schemas(CONTRACTS)
    return {
        **{Path("functions", name, DOCUMENT): released.as_text(each) for name, each in apis.items()},
        **{SCHEMAS / f"{name}.json": released.as_text(each) for name, each in schemas.items()},
        API / "asyncapi.json": released.as_text(asyncapi.document(services)),
        EVENTS_PAGE: events_page.page(CONTRACTS, [spec for each in services for spec in each.use_cases]),
        **dict(_parts(services, root)),
    }


def _parts(services: Sequence[Service], root: Path) -> Iterator[tuple[Path, str]]:
    """Pages with a generated part."""
    parts = {README: (DIAGRAM, diagram.flowchart(services))}
    parts |= {Path("docs", f"{each.name}.md"): (USE_CASES, use_cases.table(each)) for each in services}
    for path, (fence, text) in parts.items():
        yield path, with_part((root / path).read_text(encoding="utf-8"), fence, text)


def with_part(page: str, fence: tuple[str, str], text: str) -> str:
    """The page with the text between its two fences replaced; raises ValueError if they are missing."""
    before, opening, rest = page.partition(fence[0])
    _, closing, after = rest.partition(fence[1])
    if not closing:
        raise ValueError(f"the page has no {fence[0].strip()!r} and {fence[1].strip()!r} after it")
    return before + opening + text + closing + after


def differing(files: Texts, root: Path = ROOT) -> list[Path]:
    """The files whose text on disk differs."""
    return [path for path, text in files.items() if _read(root / path) != text]


def left_over(files: Texts, root: Path = ROOT) -> list[Path]:
    """Schema files of events without a contract; examples are written by hand, so they are left out."""
    there = {path.relative_to(root) for path in (root / SCHEMAS).glob("*.json")}
    return sorted(path for path in there - files.keys() if not path.name.endswith(".example.json"))


def breaking_changes(root: Path = ROOT) -> list[str]:
    return [
        reason
        for each in released_documents()
        for reason in released.broken(each.documents, root / each.folder, each.breaks)
    ]


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _write(files: Texts) -> None:
    for path in differing(files):
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(files[path], encoding="utf-8")
        print(path)


def _out_of_date() -> list[str]:
    files = documents()
    return [f"{path} is out of date: run python -m infra.documents" for path in differing(files)] + [
        f"{path} describes no event any more: remove it" for path in left_over(files)
    ]


def _release() -> list[str]:
    if reasons := breaking_changes():
        return reasons
    for each in released_documents():
        _write(released.texts(each.documents, each.folder))
    return []


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.documents", description=__doc__)
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--check", action="store_true", help="write nothing; fail if a file is out of date")
    choice.add_argument("--release", action="store_true", help="copy them to the released ones, too")
    given = parser.parse_args(arguments)
    if given.check:
        problems = _out_of_date()
    else:
        _write(documents())
        problems = _release() if given.release else []
    for problem in problems:
        print(problem, file=sys.stderr)
    return int(bool(problems))


if __name__ == "__main__":
    raise SystemExit(main())
