"""Sources and their deployment with `ates up`, while the tests go on."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from infra.package import ROOT
from ops.local import dashboards
from ops.local.fingerprint import FILES, FOLDERS
from ops.stage import in_flight
from tests.system.product import Product

DEPLOYED_SECONDS = 400
SWEEP_SECONDS = 2
PRODUCERS = "auth", "tracking", "accounting", "notifications"
RELEASE = "RELEASE"
CUT_OFF = b"Worker process died"
"""Said of an invocation whose function the emulator replaces meanwhile; Lambda would let it finish."""
LOOKS_EARLY = "LOOK_AFTER = timedelta(seconds=5)"


@dataclass(frozen=True)
class Sources:
    """A project's folder, and the Python that runs its commands."""

    folder: Path
    python: str = sys.executable


def marked(folder: Path, release: str) -> Sources:
    """A copy of this project whose functions have a variable that names the release, so that all change."""
    for name in {*FOLDERS, "ops", "web"}:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in (*FILES, "package.json"):
        shutil.copy(ROOT / name, folder / name)
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    share_dashboards(folder)
    change(
        folder / "infra" / "environment.py", "return {\n", f'return {{\n        "{RELEASE}": "{release}",\n'
    )
    return Sources(folder)


def hurried(folder: Path) -> None:
    """What a stream has missed is published seconds after it was written, instead of minutes."""
    change(folder / "shared" / "outbox.py", "LOOK_AFTER = timedelta(minutes=2)", LOOKS_EARLY)


def retry_soon(product: Product) -> None:
    """What a function had in hand when it was replaced comes again after seconds, instead of minutes."""
    for url in in_flight.consumer_queues(product.aws):
        product.aws.queues.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "10"})


def share_dashboards(folder: Path) -> None:
    """Those of the same sources are built once."""
    if dashboards.fingerprint(folder, {}) == dashboards.fingerprint(ROOT, {}):
        (ROOT / "build").mkdir(exist_ok=True)
        (folder / "build").symlink_to(ROOT / "build")


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text, file
    file.write_text(text.replace(old, new, 1))


@contextmanager
def deploying(product: Product, sources: Sources, log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Run `ates up` of these sources; it ends with the block."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sources.python, "-m", "ops", "up"],
            cwd=sources.folder,
            env={**variables, "ATES_HOME": str(product.home.folder)},
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


def end_of(product: Product, process: "subprocess.Popen[bytes]") -> int:
    """The exit code. A deployment ends when nothing is in flight, but streams may have missed something."""
    deadline = time.monotonic() + DEPLOYED_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        for service in PRODUCERS:
            failed = product.failure_of_tick(service, "sweep_journal")
            assert failed is None or CUT_OFF in failed, failed
        with suppress(subprocess.TimeoutExpired):
            process.wait(SWEEP_SECONDS)
    return process.wait(0)


def sweep(product: Product) -> None:
    """As the schedule does every minute."""
    for service in PRODUCERS:
        product.tick(service, "sweep_journal")


@dataclass(frozen=True)
class Deployed:
    """A function's code, by its hash, and the release that its environment names."""

    code: str
    release: str | None


def functions(product: Product) -> dict[str, Deployed]:
    """What each function of the product runs."""
    prefix = product.aws.target.prefix
    pages = product.aws.functions.get_paginator("list_functions").paginate()
    return {
        each["FunctionName"]: Deployed(
            each["CodeSha256"], each.get("Environment", {}).get("Variables", {}).get(RELEASE)
        )
        for page in pages
        for each in page["Functions"]
        if each["FunctionName"].startswith(prefix)
    }
