"""docs/requirements.md names existing use cases and tests."""

import ast
import re
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest

from infra.discovery import discover
from infra.package import ROOT
from tests.support.complete import check_complete
from tests.support.requirements import PAGE, MustRun, is_whole_run, named_tests, rows

ROWS = rows(PAGE.read_text(encoding="utf-8"))

RULES = {
    "auth": 7,
    "tracking": 10,
    "accounting": 8,
    "notifications": 3,
    "analytics": 3,
    "between": 3,
    "failures": 6,
    "http": 8,
    "importing": 4,
    "dashboards": 2,
}
"""The number of rules of each part."""


def test_every_rule_has_its_row() -> None:
    expected = {f"{part} {number}" for part, count in RULES.items() for number in range(1, count + 1)}
    check_complete({row.rule for row in ROWS}, expected, "the rows of docs/requirements.md")


def test_every_line_of_the_tables_is_read() -> None:
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    headings = [line for line in lines if line.startswith("| # ")]
    assert len(ROWS) == len(lines) - len(headings)


def test_every_row_names_its_tests() -> None:
    assert [row for row in ROWS if not row.tests] == []


@cache
def functions_in(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("test", sorted(named_tests()))
def test_a_named_test_exists(test: str) -> None:
    path, _, name = test.partition("::")
    assert name in functions_in(path)


AWS_PAGE = ROOT / "docs" / "aws.md"


def test_each_fact_on_the_page_on_aws_names_tests_that_exist() -> None:
    section = AWS_PAGE.read_text(encoding="utf-8").partition("## What the templates hold")[2]
    facts = [line for line in section.partition("\n## ")[0].splitlines() if line.startswith("| ")][1:]
    for fact in facts:
        tests = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", fact)
        assert tests, fact
        assert fact.count("::") == len(tests), fact
        for path, name in tests:
            assert name in functions_in(path), name
    assert len(facts) > 15


def test_a_row_names_tests_by_their_full_id() -> None:
    """A misspelt id would be skipped silently."""
    assert PAGE.read_text(encoding="utf-8").count("::") == sum(len(row.tests) for row in ROWS)


def test_every_use_case_has_a_rule_and_every_named_one_exists() -> None:
    there = {f"{spec.service}/{spec.name}" for service in discover() for spec in service.use_cases}
    named = {name for row in ROWS for name in row.use_cases}
    check_complete(named, there, "a row of docs/requirements.md")


# A whole run


def report(nodeid: str, outcome: str = "passed", when: str = "call", keyword: str = "system") -> Any:
    passed, skipped = outcome == "passed", outcome == "skipped"
    return SimpleNamespace(nodeid=nodeid, when=when, passed=passed, skipped=skipped, keywords={keyword: 1})


@pytest.mark.parametrize(
    ("reports", "left_out"),
    [
        ([report("t.py::test_a"), report("t.py::test_b")], []),
        ([report("t.py::test_a[1-x]@infra"), report("t.py::test_b@infra")], []),
        ([report("t.py::test_a")], ["t.py::test_b"]),
        ([report("t.py::test_a"), report("t.py::test_b", when="setup")], ["t.py::test_b"]),
        ([report("t.py::test_a"), report("t.py::test_b", "failed")], ["t.py::test_b"]),
        ([report("t.py::test_a"), report("t.py::test_b", "skipped", "setup")], ["t.py::test_b"]),
        (
            [report("t.py::test_a"), report("t.py::test_b[1]"), report("t.py::test_b[2]", "skipped")],
            ["t.py::test_b"],
        ),
        ([report("t.py::test_a"), report("t.py::test_b", "skipped", "setup", "browser")], []),
        ([report("t.py::test_a"), report("t.py::test_b", "failed", "setup", "browser")], ["t.py::test_b"]),
    ],
    ids=[
        "all",
        "by parameters and groups",
        "deselected",
        "not called",
        "failed",
        "skipped",
        "skipped once",
        "no browser is here",
        "the named browser is not here",
    ],
)
def test_a_named_test_that_did_not_run_fails_the_run(reports: list[Any], left_out: list[str]) -> None:
    must_run = MustRun({"t.py::test_a", "t.py::test_b"})
    for each in reports:
        must_run.pytest_runtest_logreport(each)
    session: Any = SimpleNamespace(exitstatus=0)
    must_run.pytest_sessionfinish(session, pytest.ExitCode.OK)
    assert list(must_run.left_out()) == left_out
    assert bool(session.exitstatus) is bool(left_out)


SOURCES = pytest.Config.ArgsSource


@pytest.mark.parametrize(
    ("args", "source", "whole"),
    [
        ((), SOURCES.TESTPATHS, True),
        (("-n", "2", "--dist=loadscope", "--maxfail=1"), SOURCES.TESTPATHS, True),
        (("tests/auth",), SOURCES.ARGS, False),
        (("-k", "draw"), SOURCES.TESTPATHS, False),
        (("-mnot system",), SOURCES.TESTPATHS, False),
        (("--lf",), SOURCES.TESTPATHS, False),
        (("--deselect=tests/auth",), SOURCES.TESTPATHS, False),
    ],
)
def test_a_run_is_whole_unless_it_is_narrowed(
    args: tuple[str, ...], source: pytest.Config.ArgsSource, whole: bool
) -> None:
    config: Any = SimpleNamespace(invocation_params=SimpleNamespace(args=args), args_source=source)
    assert is_whole_run(config) is whole
    config.workerinput = {}
    assert not is_whole_run(config)
