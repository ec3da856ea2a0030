"""Asking before something is done that can't be undone."""

import sys

import typer

from ops.console.errors import CommandFailed


class Declined(CommandFailed):
    """The answer was no."""


def confirmed(question: str, yes: bool) -> None:
    """Returns if the answer is yes, or was given by `--yes`; raises Declined, or Abort if there is none."""
    if yes:
        return
    try:
        said = typer.confirm(question, err=True)
    except typer.Abort:
        sys.stderr.write("\n")
        raise
    if not said:
        raise Declined("nothing was done")
