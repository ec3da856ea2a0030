"""What a command shows: text for people, or one JSON document on standard output."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from rich.console import Console, RenderableType
from rich.markup import escape
from rich.measure import Measurement
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.status import Status
from rich.table import Table
from rich.text import Text

ShowProgress = Callable[[str], None]
# Wide enough for any table: what is read by a program, or later from a file, is not cut.
PIPED_COLUMNS = 1000
# How often a step that takes long says so where there is no terminal.
LINE_SECONDS = 5


class Working(Protocol):
    """A step that is being done."""

    def update(self, text: str) -> None: ...

    def stop(self) -> None: ...


class Lines:
    """Progress where there is no terminal: a line now and then."""

    def __init__(self, say: ShowProgress, now: Callable[[], float]) -> None:
        self._say, self._now = say, now
        self._last = now()

    def update(self, text: str) -> None:
        if self._now() - self._last >= LINE_SECONDS:
            self._last = self._now()
            self._say(text)

    def stop(self) -> None:
        """Nothing is shown that would have to be removed."""


class Spinner:
    """Progress on a terminal."""

    def __init__(self, status: Status) -> None:
        self._status = status

    def update(self, text: str) -> None:
        self._status.update(escape(text))

    def stop(self) -> None:
        self._status.stop()


class Bar:
    """A progress bar that is being shown; where there is no terminal, a line now and then."""

    def __init__(self, progress: Progress, task: TaskID, lines: Lines | None) -> None:
        self._progress, self._task, self._lines = progress, task, lines

    def advance(self, count: int = 1) -> None:
        self._progress.advance(self._task, count)
        if self._lines:
            task = self._progress.tasks[self._task]
            of = "" if task.total is None else f" of {task.total:.0f}"
            self._lines.update(f"{task.description}: {task.completed:.0f}{of}")

    def describe(self, text: str) -> None:
        self._progress.update(self._task, description=text)

    def restart(self, total: int) -> None:
        self._progress.reset(self._task, total=total)


class Output:
    """Results go to standard output; progress and errors go to standard error."""

    def __init__(self, as_json: bool = False, now: Callable[[], float] = time.monotonic) -> None:
        self.as_json = as_json
        self.people = Console(highlight=False, soft_wrap=True, emoji=False)
        self.progress = Console(stderr=True, highlight=False, soft_wrap=True, quiet=as_json)
        self._now = now
        if not self.people.is_terminal and "COLUMNS" not in os.environ:
            self.people.width = PIPED_COLUMNS

    def result(self, data: Any, *shown: RenderableType) -> None:
        """`data` for machines, `shown` for people."""
        if self.as_json:
            sys.stdout.write(json.dumps(data, indent=2, ensure_ascii=not _writes_everything()) + "\n")
            return
        for part in shown:
            self._show(part)

    def show(self, *shown: RenderableType) -> None:
        """A part of the result, for people, before the end."""
        if not self.as_json:
            for part in shown:
                self._show(part)

    def step(self, text: str) -> None:
        """One line about a step that is done."""
        self.progress.print(text, markup=False)

    @contextmanager
    def working(self, text: str) -> Iterator[Working]:
        """A spinner, removed at the end; where there is no terminal, a line now and then."""
        if not self.progress.is_terminal:
            yield self._lines()
            return
        with self.progress.status(escape(text)) as status:
            yield Spinner(status)

    @contextmanager
    def bar(self, text: str, total: int | None = None) -> Iterator[Bar]:
        """A progress bar, removed at the end."""
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=self.progress, transient=True) as progress:
            lines = None if self.progress.is_terminal else self._lines()
            yield Bar(progress, progress.add_task(text, total=total), lines)

    def _lines(self) -> Lines:
        return Lines(self.step, self._now)

    def _show(self, part: RenderableType) -> None:
        """A table that is too wide for the terminal becomes lines, so that nothing in it is cut."""
        if isinstance(part, Table) and _width(self.people, part) > self.people.width:
            for line in _as_lines(part):
                self.people.print(Text(line))
            return
        if isinstance(part, Table) and not self.people.is_terminal:
            self._without_padding(part)
            return
        self.people.print(part)

    def _without_padding(self, table: Table) -> None:
        """No blanks at the ends of lines, where a program reads them."""
        with self.people.capture() as shown:
            self.people.print(table)
        for line in shown.get().splitlines():
            self.people.print(Text(line.rstrip()))


def _width(console: Console, table: Table) -> int:
    unlimited = console.options.update(max_width=PIPED_COLUMNS)
    return Measurement.get(console, unlimited, table).maximum


def _as_lines(table: Table) -> Iterator[str]:
    """Each row's cells under each other, with the names of their columns."""
    cells = [(str(column.header), [str(cell) for cell in column.cells]) for column in table.columns]
    for number in range(table.row_count):
        name, values = cells[0]
        yield f"{name}: {values[number]}"
        yield from (f"  {name}: {values[number]}" for name, values in cells[1:] if values[number])


def _writes_everything() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")


def complain(command: str, message: str) -> None:
    """Always one line, even if the message has several."""
    sys.stderr.write(f"{command}: {' '.join(message.split())}\n")
