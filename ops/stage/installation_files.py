"""The files of this installation: the folder `.ates`, which git ignores."""

import getpass
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.package import ROOT
from ops.console.errors import NotUp


def of_another_user(folder: Path) -> NotUp:
    return NotUp(
        f"{folder} can't be used by {getpass.getuser()}; set ATES_HOME to a folder of your own,"
        " and give `up` a --port and a --web-port that are free"
    )


@dataclass(frozen=True, slots=True)
class InstallationFiles:
    """The project's folder and `.ates`; ATES_HOME moves the latter, for a second installation."""

    project: Path
    folder: Path

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "InstallationFiles":
        return cls(ROOT, Path(environment.get("ATES_HOME") or ROOT / ".ates").resolve())

    def create(self) -> None:
        """Readable by its owner only: it holds passwords and all data of the local AWS."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.chmod(self.folder, 0o700)
        except PermissionError:
            raise of_another_user(self.folder) from None

    @property
    def local_json(self) -> Path:
        return self.folder / "local.json"

    @property
    def lock(self) -> Path:
        return self.folder / "lock"

    @property
    def process(self) -> Path:
        return self.folder / "ministack.json"

    @property
    def ministack_log(self) -> Path:
        return self.folder / "ministack.log"

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def deploy_log(self) -> Path:
        return self.folder / "deploy.log"

    @property
    def web_process(self) -> Path:
        return self.folder / "web.json"

    @property
    def web_log(self) -> Path:
        return self.folder / "web.log"

    @property
    def assembly(self) -> Path:
        return self.folder / "cdk.out"

    @property
    def imports(self) -> Path:
        """What each import made."""
        return self.folder / "imports"

    @property
    def crash_log(self) -> Path:
        return self.folder / "crash.log"
