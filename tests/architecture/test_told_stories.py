"""Reading the report of a run of the dashboards' stories."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.system import stories
from tests.system.stories import of, reported, summary, wrong
from tests.system.stories_table import table


def spec(title: str, status: str, *checks: str) -> dict[str, Any]:
    notes = [{"type": "axe", "description": check} for check in checks]
    errors = [{"message": "it is not there"}] if status == "failed" else []
    result = {"status": status, "errors": errors, "duration": 2400, "annotations": notes}
    test = {"projectName": "role-phone-ru", "results": [result], "annotations": []}
    return {"file": "worker.spec.ts", "title": title, "tests": [test]}


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(stories, "REPORTS", tmp_path)
    inner = {"specs": [spec("a worker waits", "failed"), spec("a worker sleeps", "skipped")]}
    outer = {"specs": [spec("a worker works", "passed", "light /tasks", "dark /tasks")], "suites": [inner]}
    path = tmp_path / "roles.json"
    path.write_text(json.dumps({"errors": [], "suites": [outer]}))
    return path


def test_a_failed_or_skipped_story_is_wrong(report: Path) -> None:
    found = of(reported("roles"), "worker.spec.ts")
    assert len(found) == 3
    lines = wrong(found).splitlines()
    assert [line.rpartition(": ")[2] for line in lines] == ["it is not there", "skipped"]
    assert not wrong(story for story in found if story.title == "a worker works")


def test_a_run_without_stories_is_an_error(report: Path) -> None:
    report.write_text(json.dumps({"errors": [{"message": "no browser"}], "suites": []}))
    with pytest.raises(AssertionError, match="no browser"):
        reported("roles")


def test_the_checks_are_counted(report: Path) -> None:
    found = [story for story in reported("roles") if not story.wrong]
    assert summary(found) == "1 stories; axe: 2 checks without a violation (1 dark, 1 light, addresses: 1)"
    assert "| a worker works (`worker.spec.ts`) | 2 | 2 |\n" in table(found, "2 cores")
