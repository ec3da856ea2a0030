"""Runs the CDK for a stage: synthesises once, and deploys what was synthesised."""

import os
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from ops.console.output import Working
from ops.deploying.assembly import Assembly
from ops.local import deploy
from ops.stage.aws import Aws
from ops.stage.installation_files import InstallationFiles

CHANGE_SET = "ates-deploy"
HOURS_SECONDS = 3 * 3600
"""The longest deployment of one stack: CloudFront, or a canary of many functions."""
CHECKED = frozenset({"CDK_VALIDATION"})
"""What a deployment to an emulator leaves out, and one to AWS must not."""


@dataclass
class Cdk:
    """The CDK's command; its output goes to the log of deployments."""

    files: InstallationFiles
    aws: Aws
    working: Callable[[str], AbstractContextManager[Working]]
    """Shows a step that takes long, and how far it is."""
    inherited: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def synthesise(self) -> Assembly:
        """All stacks, in a folder that later calls deploy. Begins the log anew."""
        self.files.create()
        self.files.deploy_log.write_text("", encoding="utf-8")
        folder = self.files.folder / f"cdk.out-{self.aws.target.stage}"
        app = f"{shlex.quote(sys.executable)} app.py"
        stage = f"--context=stage={self.aws.target.stage}"
        target = ["--context=target=local"] if self.aws.target.endpoint else []
        self._run(
            "synthesising",
            ["synth", "--all", "--quiet", f"--app={app}", stage, *target, f"--output={folder}"],
        )
        return Assembly(folder)

    def prepare(self, assembly: Assembly, stacks: Sequence[str]) -> None:
        """Makes a change set of each of these stacks, and changes nothing."""
        how = ("--method=prepare-change-set", f"--change-set-name={CHANGE_SET}")
        self._run("making change sets", ["deploy", *stacks, "--exclusively", *how, *self._of(assembly)])

    def deploy(self, assembly: Assembly, stack: str, rolls_back: bool = True) -> None:
        """One stack, and no other. What can't be kept after all is rolled back without a question."""
        kept = () if rolls_back else ("--no-rollback", "--yes")
        how = ("--exclusively", "--progress=events", *kept)
        self._run(f"deploying {stack}", ["deploy", stack, *how, *self._of(assembly)])

    def destroy(self, assembly: Assembly) -> None:
        """All stacks, those that need others first."""
        self._run("deleting the stacks", ["destroy", "--all", "--force", f"--app={assembly.folder}"])

    def _of(self, assembly: Assembly) -> tuple[str, ...]:
        return (f"--app={assembly.folder}", "--require-approval=never")

    def _run(self, about: str, arguments: list[str]) -> None:
        command = [str(deploy.cdk(self.files)), *arguments, *deploy.PLAIN]
        with self.files.deploy_log.open("a", encoding="utf-8") as log, self.working(about) as working:
            deploy.run(command, self._folder, self._environment(), log, working.update, HOURS_SECONDS)

    @property
    def _folder(self) -> Path:
        return self.files.project

    def _environment(self) -> dict[str, str]:
        """The shell's credentials; for an emulator, nothing of the shell's AWS."""
        path = {"PATH": deploy.tool_path(self.inherited)}
        if self.aws.target.endpoint:
            account = {
                "CDK_DEFAULT_ACCOUNT": deploy.ACCOUNT,
                "CDK_DEFAULT_REGION": f"{self.aws.target.region}",
            }
            return self.aws.target.environment(self.inherited) | deploy.QUIET | account | path
        quiet = {name: value for name, value in deploy.QUIET.items() if name not in CHECKED}
        exempt = {"NO_PROXY", "no_proxy"} & set(self.inherited)
        own = {name: self.inherited[name] for name in exempt}
        return {**self.inherited, **quiet, **own, "AWS_REGION": self.region, **path}

    @property
    def region(self) -> str:
        return str(self.aws.cloudformation.meta.region_name)
