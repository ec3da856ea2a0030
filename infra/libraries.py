"""The dependency layer: the locked libraries for Lambda's platform, slimmed and compiled."""

import hashlib
import shutil
import subprocess
from pathlib import Path

from uv import find_uv_bin

from infra import bytecode, slimming
from infra.package import ROOT

LOCK = ROOT / "infra" / "layer" / "requirements.txt"
BUILD = ROOT / "build" / "libraries"
PLATFORM = "aarch64-manylinux_2_28"


def build(platform: str = PLATFORM) -> Path:
    """The layer's folder; built once per platform, lock file and build code."""
    done = BUILD / _fingerprint(platform)
    if not done.exists():
        unfinished = done.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        _install(unfinished / "python", platform)
        slimming.slim(unfinished / "python")
        if python := bytecode.target_python():
            bytecode.replace_sources(python, unfinished / "python", "/opt/python")
        unfinished.rename(done)
    return done


def _fingerprint(platform: str) -> str:
    code = [Path(module.__file__ or "") for module in (bytecode, slimming)]
    stand_ins = sorted(slimming.STAND_INS.rglob("*.py"))
    recipe = b"".join(path.read_bytes() for path in (LOCK, Path(__file__), *code, *stand_ins))
    recipe += f"{platform} {bytecode.target_python() is not None}".encode()
    return hashlib.sha256(recipe).hexdigest()[:16]


def _install(target: Path, platform: str) -> None:
    machine = ["--python-platform", platform, "--python-version", bytecode.VERSION, "--only-binary", ":all:"]
    locked = ["--no-deps", "--require-hashes", "--requirements", str(LOCK)]
    into = ["--link-mode", "copy", "--target", str(target)]
    subprocess.run([find_uv_bin(), "pip", "install", "--quiet", *into, *machine, *locked], check=True)
