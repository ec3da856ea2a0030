"""What a command shows: text for people, or one JSON document on standard output."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.status import Status

ShowProgress = Callable[[str], None]


class Bar:
    """A progress bar that is being shown."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress, self._task = progress, task

    def advance(self, count: int = 1) -> None:
        self._progress.advance(self._task, count)

    def describe(self, text: str) -> None:
        self._progress.update(self._task, description=text)

    def restart(self, total: int) -> None:
        self._progress.reset(self._task, total=total)


class Output:
    """Results go to standard output; progress and errors go to standard error."""

    def __init__(self, as_json: bool = False) -> None:
        self.as_json = as_json
        self.people = Console(highlight=False, soft_wrap=True)
        self.progress = Console(stderr=True, highlight=False, soft_wrap=True, quiet=as_json)

    def result(self, data: Any, *shown: RenderableType) -> None:
        """`data` for machines, `shown` for people."""
        if self.as_json:
            sys.stdout.write(json.dumps(data, indent=2, ensure_ascii=False) + "\n")
            return
        for part in shown:
            self.people.print(part)

    def step(self, text: str) -> None:
        """One line about a step that is done."""
        self.progress.print(text, markup=False)

    @contextmanager
    def working(self, text: str) -> Iterator[Status]:
        """A spinner, removed at the end."""
        with self.progress.status(text) as status:
            yield status

    @contextmanager
    def bar(self, text: str, total: int | None = None) -> Iterator[Bar]:
        """A progress bar, removed at the end."""
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=self.progress, transient=True) as progress:
            yield Bar(progress, progress.add_task(text, total=total))


def complain(command: str, message: str) -> None:
    """Always one line, even if the message has several."""
    sys.stderr.write(f"{command}: {' '.join(message.split())}\n")
