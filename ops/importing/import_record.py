"""What imports made, in the installation's folder `imports`, so that they can be undone."""

import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from ops.stage.installation_files import InstallationFiles
from shared.clock import rfc3339


class ImportRecord:
    """One import's file: its head, then a line before and after each request; thread-safe."""

    def __init__(self, files: InstallationFiles, head: dict[str, Any], now: datetime) -> None:
        files.create()
        files.imports.mkdir(exist_ok=True)
        self._path = files.imports / f"{now:%Y%m%dT%H%M%S%f}-{os.getpid()}.jsonl"
        self._lock = threading.Lock()
        self._write({**head, "begun_at": rfc3339(now)})

    def sends(self, line: int, jira_id: str | None) -> None:
        self._write({"line": line, "sends": jira_id})

    def ended(self, line: int, task_id: str | None, *, made: bool) -> None:
        """The request was answered; it may name a task that it did not make."""
        self._write({"line": line, "task_id": task_id, "made": made})

    def _write(self, entry: dict[str, Any]) -> None:
        with self._lock, self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")


@dataclass(frozen=True, slots=True)
class Made:
    """A task that an import made, or, without a task_id, a request whose answer never came.

    If that has no jira_id either, only a repeat of the import can find its task.
    """

    account_id: str
    begun_at: str
    jira_id: str | None = None
    task_id: str | None = None


def made_from(files: InstallationFiles, path: Path) -> list[Made] | None:
    """What imports of this file made; None if none is known.

    The file is known by its content, else by its path: then only its last import counts. It may also be the
    report that an import with `--json` printed.
    """
    records = [_entries(each) for each in sorted(files.imports.glob("*.jsonl"))]
    found = [entries for entries in records if entries and entries[0]["digest"] == _digest(path)]
    found = (
        found
        or [entries for entries in records if entries and entries[0]["path"] == str(path.resolve())][-1:]
    )
    if found:
        return [made for entries in found for made in _made(entries, _there(found, entries[0]))]
    return _reported(path)


def _digest(path: Path) -> str | None:
    try:
        return sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


def _entries(path: Path) -> list[dict[str, Any]]:
    """The last line may be incomplete after a crash."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found


def _there(records: list[list[dict[str, Any]]], head: dict[str, Any]) -> dict[int, str]:
    """By line, tasks that were there already when the same account imported the file again."""
    same = [steps for other, *steps in records if other["account_id"] == head["account_id"]]
    ended = [step for steps in same for step in steps if step.get("made") is False]
    return {step["line"]: step["task_id"] for step in ended if step["task_id"] is not None}


def _made(entries: list[dict[str, Any]], there: dict[int, str]) -> Iterator[Made]:
    head, *steps = entries
    of = (head["account_id"], head["begun_at"])
    ended = {step["line"]: step for step in steps if "made" in step}
    yield from (Made(*of, task_id=step["task_id"]) for step in ended.values() if step["made"])
    for step in steps:
        if "sends" in step and step["line"] not in ended:
            task_id = there.get(step["line"]) if step["sends"] is None else None
            yield Made(*of, jira_id=step["sends"], task_id=task_id)


def _reported(path: Path) -> list[Made] | None:
    try:
        report = json.loads(path.read_bytes())
        rows = [row for row in report["rows"] if row["outcome"] == "imported"]
        return [Made("", "", task_id=row["task_id"]) for row in rows]
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None
