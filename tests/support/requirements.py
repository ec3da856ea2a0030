"""docs/requirements.md as data, and the check that its tests have run."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from infra.package import ROOT

PAGE = ROOT / "docs" / "requirements.md"
_ROW = re.compile(r"\| (?P<rule>[a-z]+ \d+) \|[^|]*\|(?P<use_cases>[^|]*)\|(?P<tests>[^|]*)\|")
_TEST = re.compile(r"`(tests/[\w/]+\.py::test_\w+)`")
NARROWING = ("-k", "-m", "--deselect", "--ignore", "--lf", "--last-failed", "--sw", "--stepwise", "--co")


@dataclass(frozen=True)
class Row:
    """A line of the page."""

    rule: str
    use_cases: tuple[str, ...]
    tests: tuple[str, ...]


def rows(text: str) -> list[Row]:
    return [
        Row(
            match["rule"],
            tuple(match["use_cases"].split()),
            tuple(_TEST.findall(match["tests"])),
        )
        for match in _ROW.finditer(text)
    ]


def named_tests() -> set[str]:
    return {test for row in rows(PAGE.read_text(encoding="utf-8")) for test in row.tests}


def is_whole_run(config: pytest.Config) -> bool:
    """Whether all tests were requested. What pyproject.toml deselects doesn't count as narrowing."""
    asked = config.invocation_params.args
    narrowed = any(str(word).startswith(NARROWING) for word in asked)
    on_its_own = not hasattr(config, "workerinput")
    return on_its_own and not narrowed and config.args_source is pytest.Config.ArgsSource.TESTPATHS


@dataclass
class MustRun:
    """A plugin for a whole run: it fails if a named test was left out, skipped or deselected.

    Without a browser, tests that need one may be skipped.
    """

    named: set[str]
    passed: set[str] = field(default_factory=set)
    skipped: set[str] = field(default_factory=set)
    without_browser: set[str] = field(default_factory=set)

    def pytest_runtest_logreport(self, report: Any) -> None:
        test = re.split(r"[\[@]", report.nodeid)[0]  # without parameters and xdist's group
        if report.skipped and "browser" in report.keywords:
            self.without_browser.add(test)
        elif report.skipped:
            self.skipped.add(test)
        elif report.when == "call" and report.passed:
            self.passed.add(test)

    def left_out(self) -> Iterator[str]:
        return iter(sorted(self.named - self.without_browser - (self.passed - self.skipped)))

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if exitstatus == pytest.ExitCode.OK and any(self.left_out()):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        for test in self.left_out():
            terminalreporter.write_line(f"docs/requirements.md names {test}, which did not run and pass")
