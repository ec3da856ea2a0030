"""The dashboards' files: built here, and uploaded to where CloudFront serves them."""

import fcntl
import hashlib
import json
import mimetypes
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from ops.console.errors import DeployFailed
from ops.local.deploy import tool_path
from ops.stage import stacks
from ops.stage.aws import Aws
from ops.stage.installation_files import InstallationFiles
from ops.stage.local_json import LocalAws
from shared.clients import error_code

FOLDERS = ("web/src", "web/public")
FILES = (
    "web/index.html",
    "web/vite.config.ts",
    "web/lingui.config.ts",
    "web/package.json",
    "package-lock.json",
)
BUILT = "build/web"
CONFIG = "config.json"
HASHED = "assets/"
FOR_GOOD = "public, max-age=31536000, immutable"
NEVER = "no-cache"


def publish(files: InstallationFiles, aws: Aws, config: Mapping[str, Any]) -> bool:
    """Builds and uploads, unless these sources are published already; returns whether it did.

    Old files stay, for open tabs. `config.json` and `index.html` go last, because they refer to the others.
    """
    if is_published(files, aws, config):
        return False
    _build(files)
    bucket = stacks.output(aws, stacks.WEB, "WebBucket")
    built = files.project / BUILT
    for path in sorted(_files(built), key=lambda path: (path.name == "index.html", path)):
        if path.name == "index.html":
            _upload(aws, bucket, CONFIG, json.dumps(config).encode())
        _upload(aws, bucket, path.relative_to(built).as_posix(), path.read_bytes())
    current = fingerprint(files.project, config)
    aws.parameters.put_parameter(Name=_mark(aws), Value=current, Type="String", Overwrite=True)
    return True


def is_published(files: InstallationFiles, aws: Aws, config: Mapping[str, Any]) -> bool:
    """Whether exactly these sources and this configuration are published."""
    return _published(aws) == fingerprint(files.project, config)


def local_config(found: LocalAws, business_timezone: str) -> dict[str, Any]:
    """The dashboards' configuration on a local AWS."""
    return {
        "stage": "dev",
        "business_timezone": business_timezone,
        "apis": found.apis.model_dump(),
        "sign_in": {
            "issuer": f"https://cognito-idp.{found.region}.amazonaws.com/{found.user_pool_id}",
            "client_id": found.client_id,
            "authorize_url": found.oauth.authorize_url,
            "token_url": found.oauth.token_url,
            "logout_url": f"{found.endpoint}/logout",
        },
    }


def _build(files: InstallationFiles) -> None:
    """Builds once for all installations of these sources, which may start at the same time.

    Where another user has built them, this one needs no right to write there.
    """
    folder = files.project / "build"
    mark, sources = files.project / BUILT / ".sources", fingerprint(files.project, {})
    if _holds(mark, sources):
        return
    try:
        folder.mkdir(exist_ok=True)
        lock = (folder / "web.lock").open("w")
    except PermissionError as refused:
        said = f"the dashboards can't be built: {folder} is not yours to write; use a checkout of your own"
        raise DeployFailed(said) from refused
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _holds(mark, sources):
            _run_build(files)
            mark.write_text(sources)


def _holds(mark: Path, sources: str) -> bool:
    return mark.exists() and mark.read_text() == sources


def _run_build(files: InstallationFiles) -> None:
    """Uses this environment's Node."""
    environment = os.environ | {"PATH": tool_path(os.environ)}
    done = subprocess.run(
        ["npm", "run", "build", "--silent", "--workspace", "web"],
        cwd=files.project,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    files.web_log.write_text(done.stdout + done.stderr, encoding="utf-8")
    if done.returncode != 0:
        raise DeployFailed(f"the dashboards could not be built; see {files.web_log}")


def _upload(aws: Aws, bucket: str, key: str, content: bytes) -> None:
    kind = "text/javascript" if key.endswith(".js") else mimetypes.guess_type(key)[0]
    aws.objects.put_object(
        Bucket=bucket,
        Key=key,
        Body=content,
        ContentType=kind or "application/octet-stream",
        CacheControl=FOR_GOOD if key.startswith(HASHED) else NEVER,
    )


def _published(aws: Aws) -> str | None:
    try:
        return str(aws.parameters.get_parameter(Name=_mark(aws))["Parameter"]["Value"])
    except ClientError as refused:
        if error_code(refused) == "ParameterNotFound":
            return None
        raise


def _mark(aws: Aws) -> str:
    return f"/ates/{aws.target.stage}/published-web"


def fingerprint(project: Path, config: Mapping[str, Any]) -> str:
    """Of the sources of the dashboards, and of their configuration."""
    digest = hashlib.sha256(json.dumps(config, sort_keys=True).encode())
    for path in _sources(project):
        content = path.read_bytes()
        digest.update(f"\0{path.relative_to(project).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _sources(project: Path) -> Iterator[Path]:
    yield from (project / name for name in FILES if (project / name).is_file())
    for folder in FOLDERS:
        yield from sorted(_files(project / folder))


def _files(folder: Path) -> Iterator[Path]:
    """Without hidden files, such as Vite's manifest."""
    for path in folder.rglob("*"):
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts):
            yield path
