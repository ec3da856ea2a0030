"""Whether what is deployed on an emulator was made from the present sources.

The mark is kept in the emulator, so wiping the emulator removes it.
"""

import hashlib
import platform
from collections.abc import Iterator
from pathlib import Path

from botocore.exceptions import ClientError

from ops.stage import stacks
from ops.stage.aws import Aws
from shared.clients import error_code

FOLDERS = ("infra", "functions", "shared", "events")
FILES = ("app.py", "cdk.json", "package-lock.json", "requirements.txt", "ops/local/postdeploy.py")


def fingerprint(project: Path) -> str:
    """Covers every file that a deployment is made from, and the Python that packages it."""
    digest = hashlib.sha256(platform.python_version().encode())
    for path in sources(project):
        content = path.read_bytes()
        digest.update(f"\0{path.relative_to(project).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def deployed(aws: Aws) -> str | None:
    """The fingerprint of what is deployed; None unless all stacks are healthy."""
    if len([one for one in stacks.found(aws) if one.usable]) < len(stacks.expected(aws.target)):
        return None
    try:
        return str(aws.parameters.get_parameter(Name=_mark(aws))["Parameter"]["Value"])
    except ClientError as refused:
        if error_code(refused) == "ParameterNotFound":
            return None
        raise


def remember(aws: Aws, value: str) -> None:
    aws.parameters.put_parameter(Name=_mark(aws), Value=value, Type="String", Overwrite=True)


def forget(aws: Aws) -> None:
    """Call before a deployment: a half-finished one must not count as done."""
    remember(aws, "deploying")


def _mark(aws: Aws) -> str:
    return f"/ates/{aws.target.stage}/deployed-sources"


def sources(project: Path) -> Iterator[Path]:
    """Every file that a deployment is made from."""
    yield from (project / name for name in FILES if (project / name).is_file())
    for folder in FOLDERS:
        yield from sorted(path for path in (project / folder).rglob("*") if _is_source(path))


def _is_source(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"
