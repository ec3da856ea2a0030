"""Finding the Pythons for a developer's commands."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.bytecode import PYTHONS

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A machine with shims on PATH that don't run."""
    for name in ("python3", f"python{VERSION}"):
        program(tmp_path / "shims" / name, "exit 127")
    return {"PATH": f"{tmp_path / 'shims'}:{os.defpath}", "HOME": str(tmp_path)}


def found(environment: dict[str, str]) -> dict[str, str]:
    done = subprocess.run([PYTHONS], env=environment, capture_output=True, text=True, check=True)
    return dict(line.split(" ", 1) for line in done.stdout.splitlines())


@pytest.mark.parametrize(
    "folder", [f".pyenv/versions/{VERSION}.99", f".local/share/uv/python/cpython-{VERSION}.99-linux"]
)
def test_a_python_behind_a_shim_is_found(environment: dict[str, str], tmp_path: Path, folder: str) -> None:
    assert VERSION not in found(environment)
    program(tmp_path / folder / "bin" / "python", f'exec "{sys.executable}" "$@"')
    assert found(environment)[VERSION] == sys.executable


def test_a_python_on_path_comes_first(environment: dict[str, str], tmp_path: Path) -> None:
    program(tmp_path / f".pyenv/versions/{VERSION}.99/bin/python", "exit 127")
    program(tmp_path / "shims" / f"python{VERSION}", f'exec "{sys.executable}" "$@"')
    assert found(environment)[VERSION] == sys.executable


def test_only_the_requested_python_is_used(environment: dict[str, str]) -> None:
    assert found({**environment, "PYTHON": sys.executable}) == {VERSION: sys.executable}
    assert found({**environment, "PYTHON": "python2"}) == {}
