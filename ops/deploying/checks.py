"""The checks of a stage after its deployment: smoke test, `ates status`, `ates verify`."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from ops.deploying import smoke
from ops.deploying.findings import Finding, Weight
from ops.stage.api_client import http_client
from ops.stage.installation_files import InstallationFiles
from ops.stage.stage_api import TOKEN

CONFIG = ("stage", "business_timezone", "apis", "sign_in")
TIMEOUT_SECONDS = 1800


def all_of(files: InstallationFiles, stage: str, document: Mapping[str, Any]) -> list[Finding]:
    return [*_smoke(document), _command(files, stage, "status", Weight.WARNS), _verify(files, stage)]


def _smoke(document: Mapping[str, Any]) -> Iterator[Finding]:
    token = os.environ.get(TOKEN)
    config = {name: document[name] for name in CONFIG}
    with http_client(through_proxy=True) as http:
        yield smoke.strangers(http, document["apis"])
        if token:
            yield smoke.signed_in(http, document["apis"], token)
        else:
            to_do = f"repeat this command with an admin's access token in {TOKEN}"
            yield Finding("routes, signed in", Weight.WARNS, "not asked", to_do)
        if document["web"]:
            yield smoke.dashboards(http, document["web"], config)


def _verify(files: InstallationFiles, stage: str) -> Finding:
    return _command(files, stage, "verify", Weight.STOPS)


def _command(files: InstallationFiles, stage: str, name: str, weight: Weight) -> Finding:
    """In a process of its own: these are an operator's commands, with an operator's rights."""
    done = subprocess.run(
        [sys.executable, "-m", "ops", name, "--stage", stage],
        cwd=files.project,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_SECONDS,
    )
    about = f"ates {name}"
    if done.returncode == 0:
        return Finding(about, Weight.FINE, "found nothing wrong")
    lines = (done.stderr or done.stdout).strip().splitlines() or ["it said nothing"]
    to_do = f"run `ates {name} --stage {stage}`, which needs an operator's rights"
    return Finding(about, weight, lines[-1].strip(), to_do)
