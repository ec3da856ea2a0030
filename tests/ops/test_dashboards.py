"""The dashboards' files are built and uploaded in a safe order, with the right cache headers."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ops.console.errors import DeployFailed
from ops.local import dashboards
from ops.stage import stacks
from ops.stage.installation_files import InstallationFiles
from ops.stage.local_json import LocalAws
from tests.ops.conftest import FakeParameters

CONFIG = {"stage": "dev"}


@dataclass
class FakeBucket:
    objects: dict[str, dict[str, Any]] = field(default_factory=dict)

    def put_object(self, **given: Any) -> None:
        self.objects[given["Key"]] = given


@pytest.fixture
def bucket() -> FakeBucket:
    return FakeBucket()


@pytest.fixture
def aws(bucket: FakeBucket, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(stacks, "output", lambda *_: "bucket")
    return SimpleNamespace(objects=bucket, parameters=FakeParameters(), target=SimpleNamespace(stage="dev"))


@pytest.fixture
def source(files: InstallationFiles, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A source file, and a fake `npm` that builds from it."""
    source = files.project / "web/src/main.tsx"
    source.parent.mkdir(parents=True)
    source.write_text("first")
    npm(
        files,
        monkeypatch,
        "mkdir -p build/web/assets build/web/.vite; echo {} > build/web/.vite/manifest.json;"
        "echo page > build/web/index.html; echo look > build/web/favicon.svg;"
        "cp web/src/main.tsx build/web/assets/main-1.js",
    )
    return source


def npm(files: InstallationFiles, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    program = files.project / "bin/npm"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(dashboards, "tool_path", lambda _: f"{program.parent}:/usr/bin:/bin")
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")


@pytest.mark.usefixtures("source")
def test_a_file_is_uploaded_before_the_files_that_refer_to_it(
    files: InstallationFiles, aws: Any, bucket: FakeBucket
) -> None:
    assert dashboards.publish(files, aws, CONFIG)
    assert list(bucket.objects) == ["assets/main-1.js", "favicon.svg", "config.json", "index.html"]
    assert json.loads(bucket.objects["config.json"]["Body"]) == CONFIG


@pytest.mark.usefixtures("source")
def test_browsers_cache_only_files_with_a_hash_in_their_name(
    files: InstallationFiles, aws: Any, bucket: FakeBucket
) -> None:
    dashboards.publish(files, aws, CONFIG)
    kept = {key: one["CacheControl"] for key, one in bucket.objects.items()}
    assert "immutable" in kept.pop("assets/main-1.js")
    assert set(kept.values()) == {"no-cache"}
    kinds = {key: one["ContentType"] for key, one in bucket.objects.items()}
    assert kinds["assets/main-1.js"] == "text/javascript"
    assert kinds["index.html"] == "text/html"
    assert kinds["favicon.svg"] == "image/svg+xml"


def test_publishing_is_repeated_only_for_changed_sources_or_addresses(
    files: InstallationFiles, aws: Any, bucket: FakeBucket, source: Path
) -> None:
    assert dashboards.publish(files, aws, CONFIG)
    assert not dashboards.publish(files, aws, CONFIG)
    source.write_text("second")
    assert dashboards.publish(files, aws, CONFIG)
    assert bucket.objects["assets/main-1.js"]["Body"] == b"second"
    assert dashboards.publish(files, aws, {"stage": "prod"})


@pytest.mark.usefixtures("source")
def test_a_second_installation_uses_the_existing_build(
    files: InstallationFiles, aws: Any, bucket: FakeBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    dashboards.publish(files, aws, CONFIG)
    npm(files, monkeypatch, "exit 1")
    assert dashboards.publish(files, aws, {"stage": "another"})
    assert json.loads(bucket.objects["config.json"]["Body"]) == {"stage": "another"}


@pytest.mark.usefixtures("source")
def test_a_user_who_may_not_write_here_publishes_what_was_built(
    files: InstallationFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_of_its_owner = Path.open

    def refuse(path: Path, mode: str = "r", **others: Any) -> Any:
        if path.name == "web.lock":
            raise PermissionError(13, "Permission denied", str(path))
        return open_of_its_owner(path, mode, **others)

    with monkeypatch.context() as by_another:
        by_another.setattr(Path, "open", refuse)
        with pytest.raises(DeployFailed, match="build is not yours to write; use a checkout of your own"):
            dashboards._build(files)
    dashboards._build(files)
    monkeypatch.setattr(Path, "open", refuse)
    dashboards._build(files)


@pytest.mark.usefixtures("source")
def test_a_build_that_fails_uploads_nothing_and_names_its_log(
    files: InstallationFiles, aws: Any, bucket: FakeBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    npm(files, monkeypatch, "echo 'no such export' >&2; exit 1")
    with pytest.raises(DeployFailed, match=r"web\.log"):
        dashboards.publish(files, aws, CONFIG)
    assert not bucket.objects
    assert "no such export" in files.web_log.read_text()


def test_the_dashboards_configuration_has_all_addresses(described: LocalAws) -> None:
    config = dashboards.local_config(described, "Europe/Oslo")
    assert config["apis"] == described.apis.model_dump()
    assert config["business_timezone"] == "Europe/Oslo"
    assert config["sign_in"]["client_id"] == described.client_id
    assert config["sign_in"]["issuer"].endswith(described.user_pool_id)
