"""`ates new use-case` creates files that the checks accept, and refuses an invalid use case."""

import importlib
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from functions.tracking import api
from infra.package import ROOT
from ops import __main__ as command_line
from ops.stage import connection
from shared.spec import Events


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project folder; services and events are still the real ones."""
    files = connection.installation_files()
    monkeypatch.setattr(connection, "installation_files", lambda: replace(files, project=tmp_path))
    return tmp_path


def new_use_case(*arguments: str) -> int:
    return command_line.main(["new", "use-case", *arguments])


def files_in(project: Path) -> set[str]:
    return {str(path.relative_to(project)) for path in project.rglob("*") if path.is_file()}


def accepted_by_ruff(project: Path) -> str:
    own = 'lint.isort.known-first-party = ["events", "functions", "shared"]'
    config = ["--config", ROOT / "pyproject.toml", "--config", own]
    ruff = [Path(sys.executable).with_name("ruff"), "check", *config, project]
    ended = subprocess.run(list(map(str, ruff)), capture_output=True, text=True, check=False)
    return "" if ended.returncode == 0 else ended.stdout


def test_a_new_route_is_a_handler_and_a_test(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert new_use_case("tracking", "list_comments", "--route", "GET /tasks/{task_id}/comments") == 0
    folder = "functions/tracking/list_comments"
    assert files_in(project) == {
        f"{folder}/__init__.py",
        f"{folder}/handler.py",
        "tests/tracking/test_list_comments.py",
    }
    handler = (project / folder / "handler.py").read_text()
    assert 'Http("GET", "/tasks/{task_id}/comments", roles=("admin",), answer=ListCommentsAnswer)' in handler
    (imported,) = re.findall(r"from functions.tracking.api import (.+)", handler)
    assert [name for name in imported.split(", ") if not hasattr(api, name)] == ["ListCommentsAnswer"]
    said = capsys.readouterr().out
    assert f"{folder}/handler.py" in said
    assert "functions/tracking/api.py: the model ListCommentsAnswer" in said
    assert accepted_by_ruff(project) == ""


def test_a_new_consumer_can_be_imported(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert new_use_case("notifications", "on_task_created_event", "--event", "Task.Created") == 0
    folder = project / "functions/notifications/on_task_created_event"
    assert accepted_by_ruff(project) == ""
    import functions.notifications as package

    monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder.parent)])
    name = "functions.notifications.on_task_created_event"
    try:
        spec = importlib.import_module(f"{name}.handler").SPEC
    finally:
        for module in (f"{name}.handler", f"{name}.use_case", name):
            sys.modules.pop(module, None)
        vars(package).pop("on_task_created_event", None)
    assert isinstance(spec.trigger, Events)
    assert [event.event_name for event in spec.trigger.events] == ["Task.Created"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["billing", "list_bills"], "there is no service 'billing', only accounting, analytics, auth"),
        (["tracking", "Comments"], "'Comments' is not a verb phrase such as count_tasks"),
        (["tracking", "count_tasks"], "tracking has a use case count_tasks already"),
        (["tracking", "sweep_journal"], "tracking has a use case sweep_journal already"),
        (["tracking", "list_comments", "--route", "/comments"], "'/comments' is not a route such as"),
        (["tracking", "list_comments", "--event", "Task.Lost"], "there is no event 'Task.Lost', only"),
        (["tracking", "list_comments", "--event", "Task.Created", "--route", "GET /a"], "give either"),
    ],
)
def test_an_invalid_use_case_is_refused(
    project: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert new_use_case(*arguments) == 2
    assert capsys.readouterr().err.startswith(f"ates new use-case: {said}")
    assert files_in(project) == set()


def test_an_existing_file_is_not_overwritten(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    test = project / "tests/tracking/test_list_comments.py"
    test.parent.mkdir(parents=True)
    test.write_text("mine")
    assert new_use_case("tracking", "list_comments") == 2
    assert "tests/tracking/test_list_comments.py exists already" in capsys.readouterr().err
    assert (files_in(project), test.read_text()) == ({"tests/tracking/test_list_comments.py"}, "mine")
