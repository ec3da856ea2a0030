"""Each command works on every stage, except those listed here, each with the reason."""

import inspect
from collections.abc import Callable
from typing import Any

import pytest
import typer

from ops.__main__ import COMMANDS, app, main
from ops.console.options import Stage

LOCAL_ONLY = {
    "up": "starts the local AWS; `ates deploy` deploys to a stage",
    "down": "stops the local AWS",
    "clean": "deletes the local AWS; `ates destroy` deletes a disposable stage",
    "dev": "updates the functions of the local AWS while its sources are edited",
    "env": "prints the settings that lead another program to the local AWS",
    "aws": "is the AWS CLI on the local AWS; a stage has the AWS CLI itself",
    "simulate": "runs the product in memory",
    "new use-case": "writes source files",
}
"""Commands without `--stage`."""
REFUSING = {
    "demo": "fills the local AWS with made-up people",
    "mail list": "SES keeps no copies of what it sent",
    "mail show": "SES keeps no copies of what it sent",
    "mail open": "SES keeps no copies of what it sent",
}
"""Commands that take `--stage` to say that they are for the local AWS alone."""
NEEDS_A_STAGE = {"deploy", "destroy", "policy", "web publish"}


def commands(group: Any, prefix: str = "") -> dict[str, Any]:
    """The whole tree, as the command line has it."""
    found: dict[str, Any] = {}
    for name, each in group.commands.items():
        is_group = hasattr(each, "commands")
        found |= commands(each, f"{prefix}{name} ") if is_group else {f"{prefix}{name}": each}
    return found


ALL = commands(typer.main.get_command(app))


def options(command: Any) -> set[str]:
    return {word for each in command.params for word in each.opts}


def test_the_tree_is_what_the_table_of_commands_says() -> None:
    assert set(ALL) == set(COMMANDS)


def test_every_command_takes_a_stage_except_the_local_ones() -> None:
    assert {name for name, each in ALL.items() if "--stage" not in options(each)} == set(LOCAL_ONLY)


@pytest.mark.parametrize("name", sorted(REFUSING))
def test_what_is_for_the_local_aws_alone_says_so(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*name.split(), "--stage", "prod"]) == 2
    assert " prod" in capsys.readouterr().err


@pytest.mark.parametrize("name", sorted(set(ALL) - set(LOCAL_ONLY) - NEEDS_A_STAGE - {"demo"}))
def test_without_a_stage_it_is_the_local_aws(name: str) -> None:
    function: Callable[..., None] = COMMANDS[name]
    given = inspect.signature(function).parameters["stage"]
    assert given.annotation is Stage or given.annotation == Stage
    assert given.default is None
