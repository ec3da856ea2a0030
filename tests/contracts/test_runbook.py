"""docs/runbook.md: `ates` accepts each command in it, and no repair command is missing."""

import ast
import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from infra.package import ROOT
from ops.__main__ import app
from tests.support.complete import check_complete

PAGE = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
IN_A_LINE = re.compile(r"`ates ([^`]+)`")
ON_ITS_OWN = re.compile(r"^    (?:.*\()?(?:\.venv/bin/)?ates ([^)\n]+)", re.MULTILINE)
COMMANDS = sorted({*IN_A_LINE.findall(PAGE), *ON_ITS_OWN.findall(PAGE)})

NO_REPAIR = {
    *(
        "accounts invite",
        "aws",
        "clean",
        "demo",
        "destroy",
        "dev",
        "down",
        "env",
        "import",
        "mail list",
        "mail open",
        "mail show",
    ),
    *("new use-case", "open", "policy", "simulate", "token", "web publish"),
}
"""Commands that repair nothing."""
COMPARERS = sorted((ROOT / "ops" / "audit").glob("*.py"))


def parsed(line: str) -> str:
    """The command of a line, with its groups; raises the error that `ates` would show."""
    arguments, names = shlex.split(line), list[str]()
    command: Any = typer.main.get_command(app)
    while isinstance(command, typer.core.TyperGroup):
        context = command.make_context("ates", arguments)
        name, command, arguments = command.resolve_command(context, [*context._protected_args, *context.args])
        names.append(str(name))
    command.make_context("ates", arguments)
    return " ".join(names)


def commands(group: object, above: str = "") -> Iterator[str]:
    """Each command, with the names of its groups."""
    for name, command in getattr(group, "commands", {}).items():
        inner = list(commands(command, f"{above}{name} "))
        yield from inner or [f"{above}{name}"]


def kinds() -> set[str]:
    """The first argument of every `Disagreement(…)`."""
    found: set[str] = set()
    for file in COMPARERS:
        nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
        values = {ast.unparse(node.targets[0]): node.value for node in nodes if isinstance(node, ast.Assign)}
        for node in nodes:
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Disagreement":
                found |= set(_texts(node.args[0], values))
    return found


def _texts(node: ast.expr, values: dict[str, ast.expr]) -> Iterator[str]:
    """The possible values of an expression, following names; raises KeyError for other expressions."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=one, orelse=other):
            yield from (*_texts(one, values), *_texts(other, values))
        case _:
            yield from _texts(values[ast.unparse(node)], values)


@pytest.mark.parametrize("line", COMMANDS)
def test_ates_accepts_every_command_of_the_runbook(line: str) -> None:
    assert parsed(line)


@pytest.mark.parametrize(
    "line", ["dlq list --nonsense", "dlq mend", "restore tracking", "verify --only half"]
)
def test_an_invalid_command_is_found(line: str) -> None:
    with pytest.raises(typer.TyperException):
        parsed(line)


def test_the_runbook_has_every_command() -> None:
    there = {*commands(typer.main.get_command(app))} - NO_REPAIR
    check_complete({parsed(line) for line in COMMANDS}, there, "the commands in docs/runbook.md")


def test_the_runbook_explains_every_kind_of_finding() -> None:
    table = PAGE.partition("| kind |")[2].partition("\n\n")[0]
    cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    explained = {kind for cell in cells for kind in re.findall(r"`([^`]+)`", cell)}
    check_complete(explained, kinds(), "the kinds of findings in docs/runbook.md")


def test_the_links_of_the_table_of_symptoms_resolve() -> None:
    anchors = re.findall(r"\]\(#([a-z-]+)\)", PAGE)
    headings = [line[3:].lower().replace(" ", "-") for line in PAGE.splitlines() if line.startswith("## ")]
    assert anchors
    assert set(anchors) <= set(headings)
