"""The documents as last released, as files, so that the check needs no git."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

Document = dict[str, Any]
Breaks = Callable[[Document, Document], Sequence[str]]
"""How the second document breaks the first; empty if it is compatible."""


def as_text(document: Any) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def broken(current: Mapping[str, Document], folder: Path, breaks: Breaks) -> Iterator[str]:
    """How current documents break released ones. `current` is by file name, without its ending."""
    for path in sorted(folder.glob("*.json")):
        if path.stem not in current:
            yield f"{path.stem}: was released and is gone"
            continue
        for reason in breaks(json.loads(path.read_text(encoding="utf-8")), current[path.stem]):
            yield f"{path.stem}: {reason}"


def texts(current: Mapping[str, Document], folder: Path) -> dict[Path, str]:
    """The files that a release writes."""
    return {folder / f"{name}.json": as_text(document) for name, document in current.items()}
