"""What a command says: a person reads the console, a machine one JSON document on standard output."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console, RenderableType
from rich.status import Status


class Output:
    """Results go to standard output, the course of things and errors to standard error."""

    def __init__(self, as_json: bool = False) -> None:
        self.as_json = as_json
        self.people = Console(highlight=False, soft_wrap=True)
        self.progress = Console(stderr=True, highlight=False, soft_wrap=True, quiet=as_json)

    def result(self, data: Any, *shown: RenderableType) -> None:
        """`data` for machines, or what people are shown instead."""
        if self.as_json:
            sys.stdout.write(json.dumps(data, indent=2, ensure_ascii=False) + "\n")
            return
        for part in shown:
            self.people.print(part)

    def step(self, text: str) -> None:
        """One line of what was done, beside the result."""
        self.progress.print(text, markup=False)

    @contextmanager
    def working(self, text: str) -> Iterator[Status]:
        """A line that turns while something takes long; it leaves nothing behind."""
        with self.progress.status(text) as status:
            yield status


def complain(command: str, message: str) -> None:
    """One line, whatever the message holds."""
    sys.stderr.write(f"{command}: {' '.join(message.split())}\n")
