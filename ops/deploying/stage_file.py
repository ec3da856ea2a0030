"""`.ates/stages/STAGE.json`: what a deployed stage is and where; it holds no secret."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ops.stage.installation_files import InstallationFiles


def path(files: InstallationFiles, stage: str) -> Path:
    return files.folder / "stages" / f"{stage}.json"


def write(files: InstallationFiles, stage: str, document: Mapping[str, Any]) -> Path:
    """Atomic."""
    target = path(files, stage)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(".draft")
    draft.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    os.replace(draft, target)
    return target


def remove(files: InstallationFiles, stage: str) -> None:
    path(files, stage).unlink(missing_ok=True)
