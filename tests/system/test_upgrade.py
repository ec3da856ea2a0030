"""The last release is upgraded to these sources, rolled back, and upgraded again, while people work.

The release is the commit that `[tool.ates.release]` in pyproject.toml names. As the changelog says, these
sources first write its form of rows, so that it can be rolled back to. The last upgrade is one command, which
deploys twice: the newest form begins once no function of the release is left.
"""

import os
import subprocess
import sys
import tomllib
import uuid
from collections.abc import Iterator
from datetime import timedelta
from functools import cached_property
from pathlib import Path

import pytest

from infra.package import ROOT
from ops.console.wait import Timer
from ops.stage import in_flight, local_json
from ops.stage.api_client import http_client
from ops.stage.installation_files import InstallationFiles
from shared.clock import rfc3339, system_clock
from shared.settings import FORMS
from tests.system.conftest import free_port
from tests.system.deploying import (
    Sources,
    change,
    deploying,
    end_of,
    functions,
    hurried,
    marked,
    retry_soon,
    share_dashboards,
    sweep,
)
from tests.system.failures import effects
from tests.system.failures.days import first_open_day, survived
from tests.system.failures.load import Load
from tests.system.failures.repeat import repeated
from tests.system.product import Product, run_ates, wait_for

pytestmark = pytest.mark.night

TASKS = 8
UNDER_WAY = 4
MADE_SECONDS = 600
CLOSED_SECONDS = 60
SETTLED_SECONDS = 300
REPORTED_SECONDS = 120


CONSUMERS = "accounting.on_task_event", "analytics.on_ledger_event"


def release() -> dict[str, str]:
    """Its `day` and its `commit`."""
    whole = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return dict(whole["tool"]["ates"]["release"])


def released(folder: Path) -> Sources:
    """The release's sources, with what is installed here if that is all it locks, else with its own."""
    commit = release()["commit"]
    packed = subprocess.run(
        ["git", "archive", commit], cwd=ROOT, capture_output=True, check=False, timeout=MADE_SECONDS
    )
    assert packed.returncode == 0, f"git has no commit {commit}: {packed.stderr.decode()}"
    folder.mkdir()
    subprocess.run(["tar", "-x"], input=packed.stdout, cwd=folder, check=True, timeout=MADE_SECONDS)
    share_dashboards(folder)
    hurried(folder)
    if not same(folder, "package-lock.json"):
        make(folder, "setup")
    else:
        (folder / "node_modules").symlink_to(ROOT / "node_modules")
        if locked(folder) <= locked(ROOT):
            return Sources(folder)
        make(folder, ".venv/.stamp")
    return Sources(folder, str(folder / ".venv" / "bin" / "python"))


def these(folder: Path, name: str) -> Sources:
    sources = marked(folder, name)
    hurried(folder)
    return sources


def same(folder: Path, name: str) -> bool:
    return (folder / name).read_bytes() == (ROOT / name).read_bytes()


def locked(project: Path) -> set[str]:
    """Packages with their versions."""
    lines = (project / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return {line for line in lines if "==" in line}


def make(folder: Path, target: str) -> None:
    """Installs what the release needs in its own folder."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(
        ["make", target, "VENV=.venv", f"PYTHON={sys.executable}"],
        cwd=folder,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=MADE_SECONDS,
    )
    assert done.returncode == 0, done.stdout + done.stderr


class Upgraded:
    """An installation of the release, and the sources that take turns on it."""

    def __init__(
        self, product: Product, release: Sources, present: Sources, newest: Sources, logs: Path
    ) -> None:
        self.product, self.release, self.present, self.newest = product, release, present, newest
        self.logs = logs
        self.loads: list[Load] = []
        self.began = system_clock() - timedelta(hours=1)

    @cached_property
    def expected(self) -> dict[Path, str | None]:
        """How the functions of each show whose they are."""
        return {self.release.folder: None, self.present.folder: "present", self.newest.folder: "newest"}

    def work(self, shuffles: int = 0) -> Load:
        self.loads.append(Load(self.product, TASKS, shuffles).start())
        return self.loads[-1]

    def close(self) -> None:
        """Requests a close as an accountant does, and closes the first open day as the schedule does."""
        key = uuid.uuid4().hex
        asked, _ = repeated(self.product, "accountant", "POST", "accounting", "/closes", None, key)
        assert asked.status_code == 202, asked.text
        day = first_open_day(self.product)
        wait_for(
            lambda: survived(self.product, "accounting/close_days", through=day),
            CLOSED_SECONDS,
            "no close ran to its end",
        )

    def deploy(self, sources: Sources, name: str) -> None:
        """Deploys while tasks are created, completed and shuffled, and a day is closed."""
        log = self.logs / f"{name}.log"
        retry_soon(self.product)
        self.work(shuffles=1).await_answers(UNDER_WAY)
        with deploying(self.product, sources, log) as process:
            self.close()
            while process.poll() is None and not self.runs(sources):
                self.work().finish()
            assert end_of(self.product, process) == 0, log.read_text()
        assert self.runs(sources), "some functions are still the others'"

    def settle(self) -> None:
        aws = self.product.aws
        left = in_flight.wait_until_none(aws, Timer(), SETTLED_SECONDS, lambda _: sweep(self.product))
        assert not left.total, left

    def runs(self, sources: Sources) -> bool:
        """Whether all functions are those of these sources."""
        wanted = self.expected[sources.folder]
        return all(each.release == wanted for each in functions(self.product).values())

    def verify(self, sources: Sources) -> None:
        """By the tools of what is deployed; nothing is lost, doubled, dead or left to do.

        All events come once more, so what the other sources have consumed must be known to these.
        """
        for load in self.loads:
            load.finish()
        self.settle()
        for consumer in CONSUMERS:
            self.ates(sources, "replay", "--consumer", consumer, "--from", rfc3339(self.began))
        self.settle()
        wait_for(self.all_reported, REPORTED_SECONDS, "reports of closed days are not sent")
        self.ates(sources, "verify")
        found = effects.count(self.product, self.loads)
        assert (found.lost, found.doubled) == (0, 0), found
        assert found.delivered >= len(self.loads) * TASKS
        assert set(effects.mails(self.product).values()) == {1}

    def ates(self, sources: Sources, *arguments: str) -> None:
        run_ates(self.product.home.folder, *arguments, project=sources.folder, python=sources.python)

    def all_reported(self) -> bool:
        self.product.tick("notifications", "queue_due_reports")
        reports = self.product.rows("notifications", "reports")
        return bool(reports) and all(each["state"] == "sent" for each in reports)


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upgraded]:
    """The release runs on a MiniStack of its own."""
    folder = tmp_path_factory.mktemp("upgraded")
    before = released(tmp_path_factory.mktemp("release") / "ates")
    present = these(tmp_path_factory.mktemp("present"), "present")
    if (day := release()["day"]) in FORMS:
        change(present.folder / "cdk.json", '"dev": {', f'"dev": {{ "journal_form": "{day}",')
    newest = these(tmp_path_factory.mktemp("newest"), "newest")
    try:
        ports = "--port", str(free_port()), "--web-port", str(free_port())
        run_ates(folder, "up", *ports, project=before.folder, python=before.python)
        home = InstallationFiles.of({"ATES_HOME": str(folder)})
        with http_client() as http:
            product = Product(home, local_json.load(home.local_json), http)
            yield Upgraded(product, before, present, newest, tmp_path_factory.mktemp("logs"))
    finally:
        run_ates(folder, "clean", "--yes", check=False)


@pytest.mark.timeout(2400)
def test_an_upgrade_a_rollback_and_an_upgrade_lose_nothing(upgraded: Upgraded) -> None:
    """The rollback begins while events of the newer sources are still in flight."""
    assert upgraded.runs(upgraded.release)
    upgraded.deploy(upgraded.present, "upgrade")
    upgraded.deploy(upgraded.release, "rollback")
    upgraded.verify(upgraded.release)
    upgraded.deploy(upgraded.newest, "upgrade-at-once")
    upgraded.verify(upgraded.newest)
