"""What other programs read of the repository: workflow, hooks, container, updates, the last release."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.package import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROGRAMS = Path(sys.executable).parent
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")


def document(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def supported() -> list[str]:
    found = re.search(r'^SUPPORTED="([\d. ]+)"$', (ROOT / ".ci/pythons").read_text(), re.MULTILINE)
    assert found
    return found[1].split()


def steps() -> list[dict[str, Any]]:
    return [step for job in document(".github/workflows/ci.yml")["jobs"].values() for step in job["steps"]]


def test_the_workflow_runs_the_integration_on_each_supported_python() -> None:
    (job,) = document(".github/workflows/ci.yml")["jobs"].values()
    assert job["strategy"]["matrix"]["python"] == supported()
    (run,) = [step for step in job["steps"] if "run" in step]
    assert run["run"] == ".ci/run"
    assert run["env"] == {"PYTHON": "python${{ matrix.python }}"}
    oldest, newest = supported()[0], supported()[-1]
    assert PROJECT["project"]["requires-python"] == f">={oldest},<3.{int(newest.split('.')[1]) + 1}"


def test_the_workflow_may_only_read_and_its_actions_are_pinned() -> None:
    assert document(".github/workflows/ci.yml")["permissions"] == {"contents": "read"}
    used = [step["uses"] for step in steps() if "uses" in step]
    assert used
    assert [each for each in used if not PINNED.fullmatch(each)] == []


def hooks() -> list[dict[str, Any]]:
    (repository,) = document(".pre-commit-config.yaml")["repos"]
    assert repository["repo"] == "local"
    found: list[dict[str, Any]] = repository["hooks"]
    return found


def test_the_hooks_are_those_of_the_style_and_the_types() -> None:
    assert [hook["id"] for hook in hooks()] == ["ruff", "ruff-format", "mypy", "prettier", "eslint"]


@pytest.mark.parametrize("hook", hooks(), ids=lambda hook: hook["id"])
def test_a_hook_calls_what_is_installed(hook: dict[str, Any]) -> None:
    program = hook["entry"].split()[0]
    if program.startswith(".venv/bin/"):
        assert (PROGRAMS / Path(program).name).exists()
        return
    called = re.search(r"npm exec --workspace web -- (\w+)", hook["entry"])
    assert called
    web = json.loads((ROOT / "web/package.json").read_text(encoding="utf-8"))
    assert called[1] in web["devDependencies"]
    assert (PROGRAMS / "npm").exists()


def test_each_kind_of_dependency_is_updated() -> None:
    updates = document(".github/dependabot.yml")["updates"]
    kinds = [each["package-ecosystem"] for each in updates]
    assert kinds == ["pip", "npm", "github-actions", "devcontainers"]
    folders = {folder for each in updates for folder in each.get("directories", [each.get("directory")])}
    assert all((ROOT / folder.strip("/")).is_dir() for folder in folders)


def test_the_container_has_a_supported_python_and_sets_up() -> None:
    container = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text(encoding="utf-8"))
    version = re.search(r"python:(\d\.\d+)", container["image"])
    assert version
    assert version[1] in supported()
    assert container["postCreateCommand"] == "make setup"


@pytest.mark.parametrize(
    "lock", ["requirements.txt", "requirements-tools.txt", "infra/layer/requirements.txt"]
)
def test_every_locked_package_has_a_hash(lock: str) -> None:
    lines = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", "").splitlines()
    packages = [line for line in lines if line and not line.lstrip().startswith("#")]
    assert packages
    assert [line for line in packages if "==" not in line or "--hash=sha256:" not in line] == []
    assert "://" not in "".join(packages)


def test_the_parts_of_the_dashboards_are_listed() -> None:
    """As `make sbom` lists them; npm needs a version of our own packages for it."""
    command = [str(PROGRAMS / "npm"), "sbom", "--package-lock-only", "--sbom-format", "cyclonedx"]
    path = f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    listed = {part["name"] for part in json.loads(done.stdout)["components"]}
    web = json.loads((ROOT / "web/package.json").read_text(encoding="utf-8"))
    assert set(web["dependencies"]) <= listed


def test_the_last_release_is_that_of_the_changelog() -> None:
    release = PROJECT["tool"]["ates"]["release"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    latest = re.search(r"^## \[(\d{4}-\d{2}-\d{2})\]\n+Commit `([0-9a-f]{40})`", changelog, re.MULTILINE)
    assert latest
    assert (release["day"], release["commit"]) == (latest[1], latest[2])


def test_the_last_release_is_in_the_history() -> None:
    """Where the history is: an archive or a shallow clone has none."""
    commit = PROJECT["tool"]["ates"]["release"]["commit"]
    shallow = git("rev-parse", "--is-shallow-repository")
    if shallow.returncode != 0 or shallow.stdout.strip() == "true":
        return
    assert git("merge-base", "--is-ancestor", commit, "HEAD").returncode == 0


def git(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
