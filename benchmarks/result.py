"""What a measurement gives: figures for `results.json`, and lines for people."""

import json
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).with_name("results.json")


@dataclass(frozen=True, slots=True)
class Line:
    """One figure; `beside` is the same of the reference."""

    figure: str
    value: str
    beside: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """`figures` are JSON values; Decimals become numbers."""

    part: str
    figures: Mapping[str, Any]
    lines: tuple[Line, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    """With what it ran, if that can differ: sizes, revisions."""


def load(path: Path = RESULTS) -> dict[str, Any]:
    if not path.exists():
        return {}
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def save(result: Result, path: Path = RESULTS) -> None:
    """Replace the figures of this part; other parts stay."""
    found = load(path)
    parts = found.pop("parts", {})
    for name in parts.get(result.part, {}).get("figures", ()):
        found.pop(name, None)
    found |= result.figures
    parts[result.part] = {
        "figures": list(result.figures),
        "lines": [[line.figure, line.value, line.beside] for line in result.lines],
        "ran_on": machine(),
        **result.settings,
    }
    path.write_text(as_text({**dict(sorted(found.items())), "parts": dict(sorted(parts.items()))}), "utf-8")


def as_text(document: Any) -> str:
    return json.dumps(document, indent=2, default=_number) + "\n"


def machine() -> dict[str, Any]:
    """What a figure may depend on."""
    return {
        "at": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
    }


def _number(value: Any) -> float:
    """JSON has only numbers; a Decimal of few digits comes back as the same text."""
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{value!r} is no JSON value")
