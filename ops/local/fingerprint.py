"""Whether what stands in an emulator was made from the sources as they are now.

The mark lies in the emulator itself, so that wiping it takes the mark away, too.
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
    """Of every file that a deployment is made from, and of the Python that packages it."""
    digest = hashlib.sha256(platform.python_version().encode())
    for path in _files(project):
        content = path.read_bytes()
        digest.update(f"\0{path.relative_to(project).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def deployed(aws: Aws) -> str | None:
    """The fingerprint of what stands, or None unless all of it stands well."""
    if len([one for one in stacks.found(aws) if one.usable]) < len(stacks.expected(aws.target.stage)):
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
    """Before a deployment begins: what is half-deployed must not pass for done."""
    remember(aws, "deploying")


def _mark(aws: Aws) -> str:
    return f"/ates/{aws.target.stage}/deployed-sources"


def _files(project: Path) -> Iterator[Path]:
    yield from (project / name for name in FILES if (project / name).is_file())
    for folder in FOLDERS:
        yield from sorted(path for path in (project / folder).rglob("*") if _counts(path))


def _counts(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"
