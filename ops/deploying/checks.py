"""The checks of a stage after its deployment: smoke test, `ates status`, `ates verify`."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from ops.console.errors import CommandFailed
from ops.console.output import Output
from ops.deploying import smoke
from ops.deploying.findings import Finding, Weight
from ops.stage import browser_sign_in
from ops.stage.api_client import http_client
from ops.stage.aws import Aws
from ops.stage.installation_files import InstallationFiles
from ops.stage.stage_api import TOKEN

CONFIG = ("stage", "business_timezone", "apis", "sign_in")
TIMEOUT_SECONDS = 1800


class NobodyThere(CommandFailed):
    """Nobody can sign in."""


def all_of(files: InstallationFiles, out: Output, aws: Aws, document: Mapping[str, Any]) -> list[Finding]:
    stage = aws.target.stage
    smoked = list(_smoke(out, aws, document))
    out.step("running `ates status` and `ates verify`")
    return [*smoked, _command(files, stage, "status", Weight.WARNS), _verify(files, stage)]


def _smoke(out: Output, aws: Aws, document: Mapping[str, Any]) -> Iterator[Finding]:
    config = {name: document[name] for name in CONFIG}
    with http_client(through_proxy=True) as http:
        out.step("asking every route without a token")
        yield smoke.strangers(http, document["apis"])
        if document["web"]:
            yield smoke.dashboards(http, document["web"], config)
        yield _signed_in(http, out, aws, document)


def _signed_in(http: httpx.Client, out: Output, aws: Aws, document: Mapping[str, Any]) -> Finding:
    """With the token of the environment, or of somebody who signs in now."""
    try:
        token = os.environ.get(TOKEN) or _token(http, out, aws)
    except (CommandFailed, httpx.TransportError) as failed:
        to_do = f"repeat this command on a terminal, or with an admin's access token in {TOKEN}"
        return Finding("routes, signed in", Weight.WARNS, f"not asked: {failed}", to_do)
    return smoke.signed_in(http, document["apis"], token)


def _token(http: httpx.Client, out: Output, aws: Aws) -> str:
    """Raises CommandFailed where nobody can be asked."""
    if out.as_json or not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise NobodyThere("there is no terminal")
    out.step("to ask the routes as an admin,")
    return browser_sign_in.access_token(http, browser_sign_in.of_stage(aws), out.step).value


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
