"""docs/runbook.md: `ates` accepts each command in it, and no repair command is missing.

Of the other pages: each command, option and make target that they name exists.
"""

import ast
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

from docs.site import pages
from infra.package import ROOT
from ops.__main__ import app
from tests.support.complete import check_complete

IN_A_LINE = re.compile(r"`(?:\.venv/bin/)?ates ([^`]+)`")
ON_ITS_OWN = re.compile(r"^ {4,}(?:.*\()?(?:\.venv/bin/)?ates ([^)\n]+)", re.MULTILINE)
MADE = re.compile(r"(?:`|^ {4,})make ([a-z][a-z-]*)", re.MULTILINE)
TARGET = re.compile(r"^([a-z][a-z -]*):", re.MULTILINE)


def written(page: str | Path) -> set[str]:
    """The commands that a page names, without `ates`."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return {*IN_A_LINE.findall(text), *ON_ITS_OWN.findall(text)}


RUNBOOK = Path("docs", "runbook.md")
PAGE = (ROOT / RUNBOOK).read_text(encoding="utf-8")
COMMANDS = sorted(written(RUNBOOK))
OTHER_PAGES = [page for page in pages() if page != RUNBOOK]

NO_REPAIR = {
    *(
        "accounts invite",
        "aws",
        "clean",
        "demo",
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


@cache
def ates() -> Any:
    return typer.main.get_command(app)


def resolved(line: str) -> tuple[Any, list[str], list[str]]:
    """The command of a line, its names, and what is left; raises the error that `ates` would show."""
    arguments, names = shlex.split(line), list[str]()
    command = ates()
    while isinstance(command, typer.core.TyperGroup) and arguments:
        context = command.make_context("ates", arguments)
        name, command, arguments = command.resolve_command(context, [*context._protected_args, *context.args])
        names.append(str(name))
    return command, names, arguments


def parsed(line: str) -> str:
    """The command of a line, with its groups; raises the error that `ates` would show."""
    command, names, arguments = resolved(line)
    command.make_context("ates", arguments)
    return " ".join(names)


def unknown_options(line: str) -> set[str]:
    """The options of a line that its command lacks; raises the error of `ates` for an unknown command."""
    if line.startswith("--"):
        return set()
    command, _, left = resolved(line)
    known = {option for parameter in command.params for option in parameter.opts}
    return {each.partition("=")[0] for each in left if each.startswith("--")} - known


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
    there = {*commands(ates())} - NO_REPAIR
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


def test_the_pages_name_only_commands_that_exist() -> None:
    named = {(page, line) for page in OTHER_PAGES for line in written(page)}
    assert len(named) > 50
    assert {where: unknown for where in named if (unknown := unknown_options(where[1]))} == {}


def test_the_pages_name_only_make_targets_that_exist() -> None:
    targets = set(" ".join(TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8"))).split())
    named = {
        (page, name) for page in pages() for name in MADE.findall((ROOT / page).read_text(encoding="utf-8"))
    }
    assert {name for _, name in named} >= {"up", "test", "bench"}
    assert {where for where in named if where[1] not in targets} == set()


def test_an_unknown_command_or_option_of_a_page_is_found(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("`.venv/bin/ates status --nonsense`\n\n    x=$(ates mend)\n")
    assert written(tmp_path / "page.md") == {"status --nonsense", "mend"}
    assert unknown_options("status --nonsense") == {"--nonsense"}
    with pytest.raises(typer.TyperException):
        unknown_options("mend")
