"""The first hour: what a newcomer does, from the clone to a verified close, and how long each step takes.

It is done in a fresh clone of the present commit in a temporary folder, on free ports, and removed at the
end. `make setup` downloads what the caches of uv and npm lack, so it is a step of its own.
"""

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.result import Line, Result
from benchmarks.stage import POLL_SECONDS, TIMEOUT_SECONDS, StageFailed, free_port
from infra.package import ROOT
from ops.importing.calls import succeeded
from ops.stage import local_json, local_session
from ops.stage.api_client import Api, http_client

BACKLOG = "docs/sample-backlog.csv"
ATES = ".venv/bin/ates"
CHARGED = "first imported task is charged"
SETUP = "make setup"
WHOLE = f"from the clone to the first charge, without {SETUP}"
TENTH = Decimal("0.1")
FEE = "assignment_fee"
CHARGED_SECONDS = 60


class Steps:
    """Seconds of each step, in their order."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self.seconds: dict[str, Decimal] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        begin = self._now()
        yield
        self.seconds[name] = Decimal(self._now() - begin).quantize(TENTH)

    def until(self, name: str) -> Decimal:
        """All steps to this one, without `make setup`."""
        names = list(self.seconds)
        return sum(
            (self.seconds[each] for each in names[: names.index(name) + 1] if each != SETUP), Decimal(0)
        )


def measure() -> Result:
    """Raises StageFailed if a step fails."""
    steps = Steps()
    with TemporaryDirectory(prefix="ates-first-hour-") as place:
        folder = Path(place, "ates")
        with steps.step("git clone"):
            _run(["git", "clone", "--quiet", str(ROOT), str(folder)], Path(place))
        with steps.step(SETUP):
            _run(["make", "--silent", "setup"], folder)
        try:
            _live(steps, folder)
        finally:
            _run([ATES, "clean", "--yes"], folder)
    return result_of(steps, os.getloadavg()[1])


def result_of(steps: Steps, load_average: float) -> Result:
    """`load_average` is that of five minutes: with more processes than cores everything takes longer."""
    whole = steps.until(CHARGED)
    lines = [Line(name, f"{seconds} s") for name, seconds in steps.seconds.items()]
    return Result(
        "first-hour",
        {"first_hour_seconds": dict(steps.seconds), "clone_to_charged_seconds": whole},
        (*lines, Line(WHOLE, f"{whole} s")),
        {"load average": f"{load_average:.1f}"},
    )


def _live(steps: Steps, folder: Path) -> None:
    with steps.step("make up"):
        _run(["make", "up", f"PORT={free_port()}", f"WEB_PORT={free_port()}"], folder)
    with steps.step("ates demo"):
        _run([ATES, "demo"], folder)
    found = local_json.load(folder / ".ates" / "local.json")
    with http_client() as http:
        with steps.step("dashboards open"):
            http.get(found.web).raise_for_status()
        with steps.step("ates import"):
            command = [ATES, "import", BACKLOG, "--brackets", "parentheses", "--yes", "--json"]
            rows = json.loads(_run(command, folder))["rows"]
        tracking, accounting = (
            local_session.api(http, found, base, found.account("accountant"))
            for base in (found.apis.tracking, found.apis.accounting)
        )
        with steps.step(CHARGED):
            _await_charge(tracking, accounting, next(row["task_id"] for row in rows if row["task_id"]))
    with steps.step("ates close-day"):
        _run([ATES, "close-day", "--through", "today", "--yes"], folder)
    with steps.step("ates verify"):
        _run([ATES, "verify"], folder)


def _await_charge(tracking: Api, accounting: Api, task_id: str) -> None:
    """Until the assignee's audit log shows the fee; raises StageFailed."""
    assignee = succeeded(tracking.get(f"/tasks/{task_id}"))["assignee"]["account_id"]
    deadline = time.monotonic() + CHARGED_SECONDS
    while time.monotonic() < deadline:
        entries = succeeded(accounting.get(f"/accounts/{assignee}/entries"))["items"]
        if any(is_fee_of(task_id, entry) for entry in entries):
            return
        time.sleep(POLL_SECONDS)
    raise StageFailed(f"task {task_id} was not charged in {CHARGED_SECONDS} s")


def is_fee_of(task_id: str, entry: Mapping[str, Any]) -> bool:
    """Of an entry as accounting answers it; a payout's has no task."""
    return bool(entry["kind"] == FEE and entry["task"]["task_id"] == task_id)


def _environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """As in a newcomer's shell: nothing of this installation, of `make` or of AWS."""
    prefixes = ("AWS_", "ATES_", "MAKE", "MFLAGS", "VENV", "VIRTUAL_ENV", "PORT", "WEB_PORT", "PYTHONPATH")
    return {name: value for name, value in inherited.items() if not name.startswith(prefixes)}


def _run(command: list[str], folder: Path) -> str:
    """What it prints; raises StageFailed."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=_environment(os.environ),
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_SECONDS,
    )
    if done.returncode:
        raise StageFailed(f"{' '.join(command)}: {done.stdout}{done.stderr}")
    return done.stdout
