"""`python -m infra.documents`: write the documents made from the specs; with `--check`, say which differ."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.discovery import discover
from infra.documents import asyncapi, diagram, openapi
from shared.openapi_specs import DOCUMENT

ROOT = Path(__file__).resolve().parents[2]
API = Path("docs/api")
README = Path("README.md")
FENCE = ("```mermaid\n", "```\n")


def documents(root: Path = ROOT) -> dict[Path, str]:
    """Every generated file by its path within the project."""
    services = discover()
    files = {
        Path("functions", service.name, "get_openapi", DOCUMENT): _json(openapi.document(service))
        for service in services
        if openapi.routes(service)
    }
    files[API / "asyncapi.json"] = _json(asyncapi.document(services))
    files[README] = _with_diagram((root / README).read_text(encoding="utf-8"), diagram.flowchart(services))
    return files


def differing(files: Mapping[Path, str], root: Path = ROOT) -> list[Path]:
    """Those that are not on disk as they should be."""
    return [path for path, text in files.items() if _read(root / path) != text]


def main(arguments: list[str]) -> int:
    files = documents()
    stale = differing(files)
    if "--check" in arguments:
        for path in stale:
            print(f"{path} is not current; python -m infra.documents writes it", file=sys.stderr)
        return 1 if stale else 0
    for path in stale:
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(files[path], encoding="utf-8")
        print(path)
    return 0


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _json(document: Any) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _with_diagram(readme: str, chart: str) -> str:
    """The README with its one Mermaid block renewed."""
    before, opening, rest = readme.partition(FENCE[0])
    _, closing, after = rest.partition(FENCE[1])
    return before + opening + chart + closing + after


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
