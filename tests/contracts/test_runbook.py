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
FAILURES = "tests/system/failures"
CAUSED = {
    "Dead letters": (
        f"{FAILURES}/test_databases.py::test_a_dead_letter_has_its_cause_and_can_be_redriven",
        "tests/ops/test_dlq.py::test_a_discarded_message_is_kept_in_the_operation",
    ),
    "A consumer fails or stops": (
        f"{FAILURES}/test_databases.py::test_the_database_of_a_consumer",
        "tests/ops/test_pause_service.py::test_a_service_left_paused_is_resumed_by_the_next_pause",
    ),
    "A consumer was stopped": (
        "tests/system/test_operator.py::test_a_consumer_that_was_switched_off_is_named_and_resumed",
        "tests/system/test_operator.py::test_a_function_and_a_source_that_are_gone_are_named_and_made_again",
    ),
    "Events are not published": (f"{FAILURES}/test_bus.py::test_the_bus_refuses_everything",),
    "The bus is gone for good": (f"{FAILURES}/test_bus_gone.py::test_bus_and_archive_are_gone_for_good",),
    "The archive is gone": (f"{FAILURES}/test_bus_gone.py::test_bus_and_archive_are_gone_for_good",),
    "A table is lost or damaged": (
        "tests/system/test_operator.py::test_a_table_that_is_gone_is_named_and_restored_without_a_backup",
        f"{FAILURES}/test_restore.py::test_accounting_loses_its_tables",
        f"{FAILURES}/test_restore.py::test_one_table_is_emptied",
    ),
    "Auth is down": (
        f"{FAILURES}/test_mail.py::test_auth_is_down_when_reports_are_sent",
        f"{FAILURES}/test_auth_away.py::test_cognito_fails_after_the_account_is_there",
    ),
    "The user pool differs from the accounts": (
        "tests/system/test_tampering.py::test_reconcile_corrects_a_changed_address",
        "tests/ops/test_reconcile.py::test_a_stopped_comparison_is_exit_code_1_and_names_override",
    ),
    "Reports": (
        f"{FAILURES}/test_mail.py::test_ses_rejects_an_address_for_good",
        "tests/ops/test_reports.py::test_retry_all_covers_only_failed_reports",
    ),
    "A day is not closed": (
        f"{FAILURES}/test_schedule.py::test_the_scheduler_misses_three_nights",
        "tests/ops/test_rebuild_payouts.py::test_a_stranded_account_is_found_and_its_payout_booked",
    ),
    "Verify finds a difference": ("tests/ops/test_rules.py::test_each_difference_is_found",),
    "A wrong entry": (
        "tests/ops/test_accounts.py::test_an_entry_is_corrected_after_a_question",
        f"{FAILURES}/test_crashes.py::test_corrections_and_closes",
    ),
    "Analytics is wrong": (
        f"{FAILURES}/test_restore.py::test_analytics_loses_its_tables",
        "tests/ops/test_rebuild_analytics.py::test_wrong_figures_are_corrected_and_listed",
    ),
    "A new stage on AWS": ("tests/ops/test_guard.py::test_a_new_service_is_guarded_once",),
    "A service's tables move elsewhere": (
        "tests/system/test_moved_tables.py::test_the_ledger_moves_to_another_database_under_load",
    ),
    "A deployment went wrong": (
        f"{FAILURES}/test_deploy.py::test_a_deployment_under_load",
        "tests/ops/test_deploy.py::test_a_failure_names_its_reason_and_its_log",
    ),
    "A rollback across event versions": (
        "tests/system/test_howto.py::test_a_rollback_across_event_versions_loses_nothing",
    ),
}
"""By part of the page, tests that cause it and run its commands; what runs on AWS alone never ran."""
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


def test_what_each_part_is_about_is_caused_by_a_test() -> None:
    headings = [line[3:] for line in PAGE.splitlines() if line.startswith("## ")]
    check_complete(set(CAUSED), set(headings), "the parts of docs/runbook.md")


@pytest.mark.parametrize("test", sorted({test for tests in CAUSED.values() for test in tests}))
def test_a_test_that_causes_it_exists(test: str) -> None:
    path, _, name = test.partition("::")
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
