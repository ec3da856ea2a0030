"""A local AWS with the product on it, for one measurement: on free ports, in a temporary folder."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from benchmarks.memory import Memory, of_group
from infra.package import ROOT
from ops.local import ministack
from ops.stage import local_session, target
from ops.stage.api_client import Tokens, http_client
from ops.stage.aws import Aws
from ops.stage.installation_files import InstallationFiles
from ops.stage.local_json import DemoAccount, LocalAws

POLL_SECONDS = 0.2
TIMEOUT_SECONDS = 1800


class StageFailed(Exception):
    """The local AWS answered an error, did not finish in time, or its ledger is wrong."""


@dataclass
class LocalStage:
    """`project` is the folder of the revision that runs on it."""

    project: Path
    files: InstallationFiles
    local: LocalAws
    http: httpx.Client

    def __post_init__(self) -> None:
        self._tokens: dict[str, Tokens] = {}

    @cached_property
    def aws(self) -> Aws:
        return Aws(target.local(self.local.endpoint, self.local.region))

    def sign_in(self) -> None:
        """All at once, so that nobody has to during a measurement."""
        for account in self.local.accounts:
            self._tokens[account.account_id] = local_session.tokens(self.http, self.local, account)
            self._tokens[account.account_id].current()

    @property
    def manager(self) -> DemoAccount:
        return self.local.account("manager")

    def post(self, account_id: str, path: str, body: Any = None) -> Any:
        """The document that tracking answers."""
        answer = self.http.post(
            self.local.apis.tracking + path,
            headers={"Authorization": f"Bearer {self._tokens[account_id].current().value}"},
            json=body,
        )
        if answer.status_code >= 400:
            raise StageFailed(f"POST {path}: {answer.status_code} {answer.text}")
        return answer.json()

    def get(self, account_id: str, path: str) -> Any:
        token = self._tokens[account_id].current().value
        answer = self.http.get(self.local.apis.tracking + path, headers={"Authorization": f"Bearer {token}"})
        answer.raise_for_status()
        return answer.json()

    def count(self, service: str, table: str) -> int:
        """How many rows a table has."""
        name = self.aws.target.name(service, table)
        pages = self.aws.dynamodb.get_paginator("scan").paginate(TableName=name, Select="COUNT")
        return sum(page["Count"] for page in pages)

    def entries(self) -> int:
        """The number of entries of all accounts, read from few rows: a count of the entries themselves would
        take longer than what is measured."""
        table = self.aws.target.name("accounting", "balances")
        pages = self.aws.dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
        return sum(_last_entry_number(item) for page in pages for item in page["Items"])

    def entries_of(self, account_id: str) -> int:
        """The number of an account's last entry."""
        item = self.aws.dynamodb.get_item(
            TableName=self.aws.target.name("accounting", "balances"),
            Key={"account_id": {"S": account_id}},
            ConsistentRead=True,
        ).get("Item", {})
        return _last_entry_number(item)

    def wait(self, what: str, condition: Callable[[], bool], poll_seconds: float = POLL_SECONDS) -> None:
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while not condition():
            if time.monotonic() > deadline:
                raise StageFailed(f"after {TIMEOUT_SECONDS} s: {what}")
            time.sleep(poll_seconds)

    def verify(self, *options: str) -> None:
        """Raises StageFailed if the product's own verification finds anything."""
        done = _ates(self.project, self.files.folder, "verify", "--json", *options)
        if done.returncode:
            raise StageFailed(done.stdout + done.stderr)

    def memory(self) -> Memory:
        process = ministack.running(self.files)
        if process is None:
            raise StageFailed("the local AWS is gone")
        return of_group(process.pid)


def _last_entry_number(balance: Mapping[str, Any]) -> int:
    """An account's entries are numbered without gaps."""
    return int(balance.get("last_entry_number", {"N": "0"})["N"])


@contextmanager
def running(project: Path = ROOT) -> Iterator[LocalStage]:
    with TemporaryDirectory(prefix="ates-bench-") as place, http_client() as http:
        folder = Path(place, "home")
        try:
            done = _ates(project, folder, "up", *_ports(project, folder))
            if done.returncode:
                raise StageFailed(done.stdout + done.stderr)
            files = InstallationFiles(project, folder)
            stage = LocalStage(project, files, _described(files), http)
            stage.sign_in()
            yield stage
        finally:
            _ates(project, folder, "down")


def _described(files: InstallationFiles) -> LocalAws:
    """An older revision has no dashboards, and names no address of theirs."""
    return LocalAws.model_validate({"web": "", **json.loads(files.local_json.read_text(encoding="utf-8"))})


def _ports(project: Path, folder: Path) -> list[str]:
    """Free ones; an older revision has no option for that of the dashboards."""
    ports = ["--port", str(free_port())]
    if "--web-port" in _ates(project, folder, "up", "--help").stdout:
        ports += ["--web-port", str(free_port())]
    return ports


def is_known(revision: str) -> bool:
    ask = [
        "git",
        "-C",
        str(ROOT),
        "rev-parse",
        "--quiet",
        "--verify",
        "--end-of-options",
        f"{revision}^{{commit}}",
    ]
    return subprocess.run(ask, check=False, capture_output=True).returncode == 0


@contextmanager
def of_revision(revision: str) -> Iterator[Path]:
    """A folder with the sources of a revision; the installed packages are this one's."""
    with TemporaryDirectory(prefix="ates-revision-") as place:
        folder = Path(place, "sources")
        git = ["git", "-C", str(ROOT), "worktree"]
        subprocess.run([*git, "add", "--quiet", "--detach", str(folder), revision], check=True)
        try:
            for installed in ("node_modules", ".venv"):
                if not (folder / installed).exists():
                    (folder / installed).symlink_to(ROOT / installed)
            yield folder
        finally:
            subprocess.run([*git, "remove", "--force", str(folder)], check=True)


def _ates(project: Path, folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return subprocess.run(
        [sys.executable, "-m", "ops", *arguments],
        env={**kept, "ATES_HOME": str(folder), "PYTHONPATH": str(project)},
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_SECONDS,
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
