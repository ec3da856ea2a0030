"""Finding the browser for the dashboards' stories, and what happens without one."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.browser import BROWSER, browser

TOOLS = ("env", "bash", "id")


@pytest.fixture
def on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the whole PATH, on a machine without a browser."""
    for tool in TOOLS:
        source = subprocess.run(["which", tool], capture_output=True, text=True, check=True).stdout.strip()
        (tmp_path / tool).symlink_to(source)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("ATES_BROWSER", raising=False)
    return tmp_path


def program(path: Path, text: str = "exit 0") -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_a_browser_on_path_is_found(on_path: Path) -> None:
    there = program(on_path / "chromium-browser")
    assert browser() == str(there)


def test_a_named_browser_comes_first(on_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(on_path / "chromium")
    named = program(tmp_path / "my own browser")
    monkeypatch.setenv("ATES_BROWSER", str(named))
    assert browser() == str(named)


def test_without_a_browser_the_stories_are_skipped_with_a_hint(on_path: Path) -> None:
    with pytest.raises(pytest.skip.Exception, match=r"no browser is here: install chromium .*ATES_BROWSER"):
        browser()


def test_a_named_browser_that_is_missing_fails(on_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(on_path / "chromium")
    monkeypatch.setenv("ATES_BROWSER", "/nowhere/chromium")
    with pytest.raises(pytest.fail.Exception, match="ATES_BROWSER is /nowhere/chromium, which can't be run"):
        browser()


@pytest.mark.parametrize(("user", "installs"), [("0", True), ("1000", False)])
def test_the_integration_installs_a_browser_as_root(on_path: Path, user: str, installs: bool) -> None:
    (on_path / "id").unlink()
    program(on_path / "id", f"echo {user}")
    chromium = on_path / "chromium"
    program(on_path / "apt-get", f'[ "$1" = update ] || {{ echo > "{chromium}"; chmod 755 "{chromium}"; }}')
    (on_path / "chmod").symlink_to("/bin/chmod")
    done = subprocess.run([BROWSER, "--install"], env=os.environ, capture_output=True, text=True, check=False)
    assert (done.returncode == 0, done.stdout.strip() == str(chromium)) == (installs, installs)
