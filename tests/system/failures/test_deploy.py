"""A deployment under load: every function gets new code and settings."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ops.local.fingerprint import FILES, FOLDERS
from tests.system.failures.conftest import Begin
from tests.system.failures.installation import Installation

pytestmark = pytest.mark.night

PROJECT = Path(__file__).resolve().parents[3]
TASKS = 8
UNDER_WAY = 4
DEPLOYED_SECONDS = 400


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    """A copy of the project that changes every function: a line of shared code, and a variable."""
    for folder in {*FOLDERS, "ops", "web"}:
        shutil.copytree(PROJECT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in (*FILES, "package.json"):
        shutil.copy(PROJECT / file, tmp_path / file)
    (tmp_path / "node_modules").symlink_to(PROJECT / "node_modules")
    change(tmp_path / "shared" / "clock.py", '"""', '"""Newer. ')
    change(tmp_path / "infra" / "environment.py", "return {\n", 'return {\n        "RELEASE": "newer",\n')
    return tmp_path


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text, file
    file.write_text(text.replace(old, new, 1))


@pytest.fixture
def restored(failing: Installation) -> Iterator[None]:
    """Afterwards repeat these tests' settings of functions and queues, which a deployment resets."""
    yield
    failing.put_behind_the_proxy()
    failing.shorten_retries()


@contextmanager
def deploying(failing: Installation, project: Path, log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Run `ates up` of a project; it ends with the block."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "ops", "up"],
            cwd=project,
            env={**variables, "ATES_HOME": str(failing.product.home.folder)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(DEPLOYED_SECONDS)


Version = tuple[str, str | None]


def versions(failing: Installation) -> dict[str, Version]:
    """Every function's code hash and RELEASE variable."""
    ours = failing.functions()
    pages = failing.aws.functions.get_paginator("list_functions").paginate()
    return {
        each["FunctionName"]: (
            each["CodeSha256"],
            each.get("Environment", {}).get("Variables", {}).get("RELEASE"),
        )
        for page in pages
        for each in page["Functions"]
        if each["FunctionName"] in ours
    }


def replaced(before: dict[str, Version], after: dict[str, Version]) -> bool:
    """Whether every function has new code and the new release."""
    return set(after) == set(before) and all(
        code != before[name][0] and release == "newer" for name, (code, release) in after.items()
    )


def test_a_deployment_under_load(
    failing: Installation, scenario: Begin, newer: Path, restored: None, tmp_path: Path
) -> None:
    holds = "commands are answered, some after a retry; none is lost, none takes effect twice"
    injects = "`ates up` deploys new code and settings to every function under load"
    before, log = versions(failing), tmp_path / "up.log"
    with scenario("deploy-under-load", injects=injects, holds=holds) as run:
        load = run.load(TASKS, shuffles=1)
        load.await_answers(UNDER_WAY)
        with deploying(failing, newer, log) as process:
            while process.poll() is None and not replaced(before, versions(failing)):
                run.load(TASKS).finish()
            assert process.wait(DEPLOYED_SECONDS) == 0, log.read_text()
        assert replaced(before, versions(failing))
        run.inject(len(before))
