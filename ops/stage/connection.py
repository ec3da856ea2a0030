"""Which AWS a command talks to: a stage that was named, or this installation's local AWS."""

import os
import socket
from urllib.parse import urlsplit

from ops.console.errors import NotUp
from ops.stage import local_json, target
from ops.stage.aws import Aws
from ops.stage.installation_files import InstallationFiles
from ops.stage.local_json import LocalAws


def installation_files() -> InstallationFiles:
    return InstallationFiles.of(os.environ)


def local_aws() -> LocalAws:
    """Raises NotUp, at once, if it is not set up or was stopped."""
    found = local_json.load(installation_files().local_json)
    if not answers(found.endpoint):
        raise NotUp(f"the local AWS at {found.endpoint} is stopped; run `make up`")
    return found


def aws(stage: str | None) -> Aws:
    """The stage on AWS that was named, else the local AWS; raises NotUp."""
    if stage is not None:
        return Aws(target.deployed(stage))
    found = local_aws()
    return Aws(target.local(found.endpoint, found.region))


def answers(endpoint: str) -> bool:
    """Whether anything listens there; AWS's own clients would try for ten seconds."""
    address = urlsplit(endpoint)
    try:
        with socket.create_connection((address.hostname, address.port or 80), timeout=2):
            return True
    except OSError:
        return False
