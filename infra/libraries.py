"""The dependency layer: the locked libraries for Lambda's platform, trimmed and compiled."""

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

from uv import find_uv_bin

from infra import bytecode
from infra.package import ROOT

LOCK = ROOT / "infra" / "layer" / "requirements.txt"
BUILD = ROOT / "build" / "libraries"
PLATFORM = "aarch64-manylinux_2_28"
AWS_SERVICES = ("cognito-idp", "dynamodb", "events", "lambda", "ses", "sesv2", "sqs")


def build() -> Path:
    """The layer's folder; built once per lock file and build code."""
    recipe = b"".join(path.read_bytes() for path in (LOCK, Path(__file__), Path(bytecode.__file__)))
    recipe += str(bytecode.target_python() is not None).encode()
    done = BUILD / hashlib.sha256(recipe).hexdigest()[:16]
    if not done.exists():
        unfinished = done.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        _install(unfinished / "python")
        _trim(unfinished / "python")
        bytecode.compile_folder(unfinished / "python", "/opt/python")
        unfinished.rename(done)
    return done


def _install(target: Path) -> None:
    machine = ["--python-platform", PLATFORM, "--python-version", bytecode.VERSION, "--only-binary", ":all:"]
    locked = ["--no-deps", "--require-hashes", "--requirements", str(LOCK)]
    subprocess.run(
        [
            find_uv_bin(),
            "pip",
            "install",
            "--quiet",
            "--link-mode",
            "copy",
            "--target",
            str(target),
            *machine,
            *locked,
        ],
        check=True,
    )


def _trim(target: Path) -> None:
    """Drops commands, and botocore's descriptions of services that no function calls."""
    shutil.rmtree(target / "bin", ignore_errors=True)
    data = target / "botocore" / "data"
    for folder in data.iterdir():
        if folder.is_dir() and folder.name not in AWS_SERVICES:
            shutil.rmtree(folder)
    endpoints = data / "endpoints.json"
    endpoints.write_text(json.dumps(_used_endpoints(json.loads(endpoints.read_text()))))


def _used_endpoints(endpoints: dict[str, object]) -> dict[str, object]:
    """botocore's endpoints, which it reads for every client, cut to one partition and the services used."""
    partitions = endpoints["partitions"]
    if not isinstance(partitions, list):
        raise TypeError("botocore's endpoints.json has another shape than expected")
    (aws,) = (partition for partition in partitions if partition["partition"] == "aws")
    prefixes = {*AWS_SERVICES, "email", "streams.dynamodb"}
    services = {name: service for name, service in aws["services"].items() if name in prefixes}
    return {**endpoints, "partitions": [{**aws, "services": services}]}
