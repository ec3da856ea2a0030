"""The first stack has the operation log: until it is deployed, its deployments are noted in a file."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ops.stage import operation_log
from ops.stage.aws import Aws
from ops.stage.installation_files import InstallationFiles
from ops.stage.operation_log import Operation
from shared.clock import Clock


@contextmanager
def recorded(
    aws: Aws, files: InstallationFiles, parameters: Mapping[str, Any], clock: Clock
) -> Iterator[None]:
    """Noted before anything is done, so that a command that is killed has a record too."""
    operation = operation_log.unsaved(aws, "deploy", parameters, clock())
    path = _path(files, aws.target.stage)
    _note(path, operation)
    failure: BaseException | None = None
    try:
        yield
    except BaseException as error:
        failure = error
        raise
    finally:
        _note(path, operation_log.ended(operation, failure, clock()))


def save(aws: Aws, files: InstallationFiles) -> None:
    """Moves what was noted to the log; of notes about one operation the last one counts."""
    path = _path(files, aws.target.stage)
    if not path.exists():
        return
    notes = [Operation(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]
    for operation in {each.operation_id: each for each in notes}.values():
        operation_log.save(aws, operation)
    path.unlink()


def _note(path: Path, operation: Operation) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(operation)) + "\n")


def _path(files: InstallationFiles, stage: str) -> Path:
    return files.folder / "stages" / f"{stage}.first.jsonl"
