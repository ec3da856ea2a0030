"""Writes what is made from the contracts: events/schemas, docs/events.md and, at a release, events/released.

`python -m events.generate` writes, `--check` says what is not current, `--release` takes the schemas
as released, unless a published version was broken.
"""

import argparse
import importlib
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from events.compatibility import breaks
from events.contracts import CONTRACTS
from events.page import events_page
from events.schema import file_name, schema_of

ROOT = Path(__file__).parent.parent
SCHEMAS = Path("events/schemas")
RELEASED = Path("events/released")
PAGE = Path("docs/events.md")

Texts = Mapping[Path, str]
"""Files by their path below the root."""


def as_text(schema: Mapping[str, Any]) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def generated(root: Path = ROOT) -> Texts:
    """Everything that is made from contracts and specs."""
    schemas = {SCHEMAS / file_name(event): as_text(schema_of(event)) for event in CONTRACTS}
    return schemas | {PAGE: events_page(CONTRACTS, specs(root))}


def specs(root: Path = ROOT) -> list[Any]:
    """The specs of all use cases. Found by their place: nothing below the services may import them."""
    modules = sorted(path.relative_to(root) for path in root.glob("functions/*/*/handler.py"))
    return [importlib.import_module(".".join(path.with_suffix("").parts)).SPEC for path in modules]


def outdated(root: Path = ROOT) -> list[str]:
    """The files that are missing, old, or of a contract that is gone."""
    texts = generated(root)
    old = [path for path, text in texts.items() if _text_at(root / path) != text]
    there = {path.relative_to(root) for path in schema_files(root / SCHEMAS)}
    return sorted(str(path) for path in {*old, *(there - texts.keys())})


def schema_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.json") if not path.name.endswith(".example.json"))


def broken_releases(root: Path = ROOT) -> Iterator[str]:
    """What in the contracts breaks a released version; a version that was released stays for ever."""
    current = {file_name(event): schema_of(event) for event in CONTRACTS}
    for path in schema_files(root / RELEASED):
        if path.name not in current:
            yield f"{path.stem}: released, and there is no contract any more"
            continue
        for reason in breaks(json.loads(path.read_text()), current[path.name]):
            yield f"{path.stem}: {reason}"


def _text_at(path: Path) -> str | None:
    return path.read_text() if path.exists() else None


def write(texts: Texts, root: Path = ROOT) -> None:
    for path, text in texts.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def release(root: Path = ROOT) -> list[str]:
    """Take the schemas as released; returns what forbids it, if anything does."""
    if reasons := list(broken_releases(root)):
        return reasons
    write({RELEASED / file_name(event): as_text(schema_of(event)) for event in CONTRACTS}, root)
    return []


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m events.generate", description=__doc__)
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument(
        "--check", action="store_true", help="write nothing; fail if something is not current"
    )
    choice.add_argument("--release", action="store_true", help="take the current schemas as released")
    given = parser.parse_args(arguments)
    if given.check:
        problems = [f"{path} is not current: run python -m events.generate" for path in outdated()]
    else:
        write(generated())
        problems = release() if given.release else []
    for problem in problems:
        print(problem, file=sys.stderr)
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
