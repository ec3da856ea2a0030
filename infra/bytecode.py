"""Bytecode that Lambda really uses: for its Python, and trusted without a look at the source's date."""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

VERSION = "3.13"
PYTHONS = Path(__file__).parent.parent / ".ci" / "pythons"


def compile_folder(folder: Path, mounted_at: str) -> None:
    """Compiles in place, if a Python of the target's version is here."""
    python = target_python()
    if python is not None:
        paths = ["-s", str(folder), "-p", mounted_at]
        mode = ["--invalidation-mode", "unchecked-hash"]
        subprocess.run([python, "-m", "compileall", "-q", *mode, *paths, str(folder)], check=True)


@cache
def target_python() -> str | None:
    """A Python that can compile for Lambda: this one, or another one of this machine."""
    if sys.version.startswith(f"{VERSION}."):
        return sys.executable
    environment = {name: value for name, value in os.environ.items() if name != "PYTHON"}
    found = subprocess.run([PYTHONS], env=environment, capture_output=True, text=True, check=True).stdout
    return dict(line.split(" ", 1) for line in found.splitlines()).get(VERSION)
