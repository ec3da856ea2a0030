"""A stage deployed to a MiniStack by `ates deploy` itself; only its refusal of emulators is off.

Its addresses are of AWS, as the stacks' outputs are; a client takes them to the emulator.
"""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.package import ROOT
from ops.__main__ import main
from ops.console.wait import Timer
from ops.deploying import checks, refusals
from ops.local import demo_accounts, deploy, ministack, postdeploy, up
from ops.stage import connection, local_json, stage_settings, target
from ops.stage.api_client import http_client
from ops.stage.aws import Aws
from ops.stage.installation_files import InstallationFiles
from ops.stage.target import DEFAULT_REGION, DEFAULT_WEB_PORT, LOCAL_STAGE
from tests.system.conftest import free_port
from tests.system.deploying import Sources, marked
from tests.system.product import Product

SENDER = "reports@tasks.popug.com"


class ToTheEmulator(httpx.HTTPTransport):
    """Asks the emulator for what API Gateway's addresses name."""

    def __init__(self, endpoint: str) -> None:
        super().__init__()
        self._endpoint = endpoint

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        api, _, rest = request.url.host.partition(".execute-api.")
        assert rest, f"not an API's address: {request.url}"
        request.url = httpx.URL(
            f"{self._endpoint}/_aws/execute-api/{api}/$default{request.url.raw_path.decode()}"
        )
        request.headers["host"] = request.url.netloc.decode()
        return super().handle_request(request)


@dataclass
class EmulatedStage:
    """The stage `dev` of `sources`, on a MiniStack of its own."""

    sources: Sources
    files: InstallationFiles
    aws: Aws

    def set(self, **settings: Any) -> None:
        """In cdk.json, beside what is there; `without` is a setting of the app and not of the stage."""
        path = self.sources.folder / "cdk.json"
        document = json.loads(path.read_bytes())
        document["context"]["without"] = settings.pop("without", "")
        document["context"]["stages"][LOCAL_STAGE] |= settings
        path.write_text(json.dumps(document, indent=2))
        self.commit()

    def commit(self) -> None:
        """`ates deploy` takes committed sources only."""
        who = "-c", "user.name=Ada", "-c", "user.email=ada@popug.com", "-c", "commit.gpgsign=false"
        for arguments in (["init", "-q"], ["add", "-A"], [*who, "commit", "-q", "-m", "change"]):
            self._git(*arguments)

    @contextmanager
    def changed(self) -> Iterator[Path]:
        """The folder of the sources, which afterwards are what they were."""
        commit = self._git("rev-parse", "HEAD")
        try:
            yield self.sources.folder
        finally:
            self._git("reset", "-q", "--hard", commit)

    def _git(self, *arguments: str) -> str:
        command = ["git", *arguments]
        done = subprocess.run(command, cwd=self.sources.folder, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def deploy(self, *arguments: str) -> int:
        """The exit code of `ates deploy`."""
        return main(["deploy", "--stage", LOCAL_STAGE, *arguments])

    def bootstrap(self) -> None:
        """As `npx cdk bootstrap` does."""
        environment = self.aws.target.environment(os.environ) | deploy.QUIET
        environment["PATH"] = deploy.tool_path(os.environ)
        command = [str(deploy.cdk(self.files)), "bootstrap", f"aws://{deploy.ACCOUNT}/{DEFAULT_REGION}"]
        with self.files.deploy_log.open("w", encoding="utf-8") as log:
            deploy.run([*command, *deploy.PLAIN], self.files.folder, environment, log, lambda _: None)

    @contextmanager
    def product(self) -> Iterator[Product]:
        """With demo accounts, and with what the emulator's CloudFormation leaves out."""
        postdeploy.archive_events(self.aws, self.files.assembly)
        found = up.describe(self.aws, DEFAULT_WEB_PORT, None)
        accounts = demo_accounts.create(self.aws, found.user_pool_id, demo_accounts.new_password())
        found = found.model_copy(update={"accounts": accounts})
        local_json.save(self.files.local_json, found)
        with http_client() as http:
            yield Product(self.files, found, http)


@contextmanager
def emulated_stage(folder: Path) -> Iterator[EmulatedStage]:
    """Nothing is deployed yet."""
    sources = marked(folder / "sources", "deployed")
    (sources.folder / ".gitignore").write_text((ROOT / ".gitignore").read_text() + "node_modules\nbuild\n")
    files = InstallationFiles(sources.folder, folder / "home")
    files.create()
    started = ministack.start(files, free_port(), DEFAULT_REGION, os.environ, Timer())
    try:
        endpoint = ministack.endpoint(started.process.port)
        stage = EmulatedStage(sources, files, Aws(target.local(endpoint)))
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("AWS_ENDPOINT_URL", endpoint)
            patched.setattr(refusals, "refuse_an_endpoint", lambda _endpoint: None)
            patched.setattr(connection, "aws", lambda _stage: stage.aws)
            patched.setattr(connection, "installation_files", lambda: files)
            patched.setattr(stage_settings, "CDK_JSON", sources.folder / "cdk.json")
            patched.setattr(
                checks, "http_client", lambda **_: httpx.Client(transport=ToTheEmulator(endpoint), timeout=35)
            )
            yield stage
    finally:
        ministack.stop(files, Timer())
