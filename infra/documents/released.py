"""The OpenAPI documents as last released: the gate compares with these files, without git."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from infra.documents.api_breaks import breaks

RELEASED = Path("docs/api/released")

Documents = Mapping[str, dict[str, Any]]
"""By the name of the service."""


def as_text(document: Any) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def broken_releases(current: Documents, folder: Path) -> Iterator[str]:
    """What in the current documents breaks a released one."""
    for path in sorted(folder.glob("*.json")):
        if path.stem not in current:
            yield f"{path.stem}: released, and there is no such API any more"
            continue
        for reason in breaks(json.loads(path.read_text(encoding="utf-8")), current[path.stem]):
            yield f"{path.stem}: {reason}"


def release(current: Documents, folder: Path) -> list[str]:
    """Take the documents as released; returns what forbids it, if anything does."""
    if reasons := list(broken_releases(current, folder)):
        return reasons
    folder.mkdir(parents=True, exist_ok=True)
    for name, document in current.items():
        (folder / f"{name}.json").write_text(as_text(document), encoding="utf-8")
    return []
