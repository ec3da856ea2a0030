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
    python = target_python()
    if python is not None:
        paths = ["-s", str(folder), "-p", mounted_at]
        mode = ["--invalidation-mode", "unchecked-hash"]
        subprocess.run([python, "-m", "compileall", "-q", *mode, *paths, str(folder)], check=True)


@cache
def target_python() -> str | None:
    """A Python of Lambda's version: this one, or another one on this machine."""
    if sys.version.startswith(f"{VERSION}."):
        return sys.executable
    environment = {name: value for name, value in os.environ.items() if name != "PYTHON"}
    found = subprocess.run([PYTHONS], env=environment, capture_output=True, text=True, check=True).stdout
    return dict(line.split(" ", 1) for line in found.splitlines()).get(VERSION)
