"""Bytecode that Lambda can use: for its Python version, without a check of the source's date."""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

VERSION = "3.13"
PYTHONS = Path(__file__).parent.parent / ".ci" / "pythons"


def compile_folder(folder: Path, mounted_at: str) -> None:
    """Compiles in place, if a Python of Lambda's version is installed."""
    if python := target_python():
        _compile(python, folder, mounted_at, "--invalidation-mode", "unchecked-hash")


def replace_sources(python: str, folder: Path, mounted_at: str) -> None:
    """Leaves only the bytecode for this Python: tracebacks then name lines without showing them."""
    _compile(python, folder, mounted_at, "-b")
    for source in folder.rglob("*.py"):
        source.unlink()


def _compile(python: str, folder: Path, mounted_at: str, *mode: str) -> None:
    paths = ["-s", str(folder), "-p", mounted_at]
    subprocess.run([python, "-m", "compileall", "-q", *mode, *paths, str(folder)], check=True)


@cache
def target_python() -> str | None:
    """A Python of Lambda's version: this one, or another one on this machine."""
    if sys.version.startswith(f"{VERSION}."):
        return sys.executable
    environment = {name: value for name, value in os.environ.items() if name != "PYTHON"}
    found = subprocess.run([PYTHONS], env=environment, capture_output=True, text=True, check=True).stdout
    return dict(line.split(" ", 1) for line in found.splitlines()).get(VERSION)
