"""Which AWS a command talks to: a stage that was named, or this installation's local AWS."""

import os

from ops.stage import local_json, target
from ops.stage.aws import Aws
from ops.stage.installation_files import InstallationFiles
from ops.stage.local_json import LocalAws


def installation_files() -> InstallationFiles:
    return InstallationFiles.of(os.environ)


def local_aws() -> LocalAws:
    """Raises NotUp."""
    return local_json.load(installation_files().local_json)


def aws(stage: str | None) -> Aws:
    """The stage on AWS that was named, else the local AWS; raises NotUp."""
    if stage is not None:
        return Aws(target.deployed(stage))
    found = local_aws()
    return Aws(target.local(found.endpoint, found.region))
