"""Bytecode that Lambda really uses: for its Python, and trusted without a look at the source's date."""

import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

VERSION = "3.13"


def compile_folder(folder: Path, mounted_at: str) -> None:
    """Compiles in place, if a Python of the target's version is here."""
    python = target_python()
    if python is not None:
        paths = ["-s", str(folder), "-p", mounted_at]
        mode = ["--invalidation-mode", "unchecked-hash"]
        subprocess.run([python, "-m", "compileall", "-q", *mode, *paths, str(folder)], check=True)


@cache
def target_python() -> str | None:
    """A Python that can compile for Lambda: this one, the one on PATH, or one of pyenv's."""
    pyenv = sorted(Path.home().glob(f".pyenv/versions/{VERSION}.*/bin/python"))
    candidates = [sys.executable, shutil.which(f"python{VERSION}"), *map(str, pyenv)]
    return next((python for python in candidates if python and _is_target(python)), None)


def _is_target(python: str) -> bool:
    """A shim on PATH may be there and yet not run."""
    answer = subprocess.run([python, "--version"], capture_output=True, text=True, check=False)
    return answer.stdout.startswith(f"Python {VERSION}.")
