"""One service's tables move to another MiniStack by backup and restore; the others stay (docs/runbook.md)."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.console.wait import Timer
from ops.local import ministack
from ops.stage import in_flight, stage_settings, tables
from ops.stage.aws import Aws
from ops.stage.installation_files import InstallationFiles
from ops.stage.target import DEFAULT_REGION, local
from tests.system.conftest import free_port
from tests.system.deploying import DEPLOYED_SECONDS, Sources, change, deploying, marked
from tests.system.failures import effects
from tests.system.failures.load import Load
from tests.system.product import Product, run_ates
from tests.system.separate import installation

pytestmark = pytest.mark.night

SERVICE = "accounting"
TASKS = 8
SETTLED_SECONDS = 400
"""Where no stream is followed, the sweep publishes what is two minutes old."""


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """An installation of its own: its accounting is elsewhere afterwards."""
    with installation(tmp_path_factory.mktemp("moving")) as product:
        yield product


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The endpoint of a second MiniStack, with nothing on it."""
    files = InstallationFiles.of({"ATES_HOME": str(tmp_path_factory.mktemp("elsewhere"))})
    files.create()
    started = ministack.start(files, free_port(), DEFAULT_REGION, os.environ, Timer())
    try:
        yield ministack.endpoint(started.process.port)
    finally:
        ministack.stop(files, Timer())


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory, elsewhere: str) -> Sources:
    """These sources, with the new place of the service's tables in cdk.json."""
    sources = marked(tmp_path_factory.mktemp("moved"), "moved")
    setting = f'"tables_at": {{"{SERVICE}": "{elsewhere}"}},'
    change(sources.folder / "cdk.json", '"durable": false,', f'"durable": false, {setting}')
    return sources


def rows(endpoint: str, service: str) -> int:
    aws = Aws(local(endpoint))
    return sum(1 for table in tables.names(service) for _ in tables.items(aws, service, table))


@pytest.mark.timeout(1500)
def test_the_ledger_moves_to_another_database_under_load(
    product: Product, moved: Sources, elsewhere: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads = [Load(product, TASKS, shuffles=1).start().finish()]
    product.settle()
    others = {name: rows(product.local.endpoint, name) for name in ("auth", "notifications")}
    restore = "restore", SERVICE, "--to", "now", "--from", "backup", "--yes"
    product.ates("backup", SERVICE)
    run_ates(product.home.folder, *restore, project=moved.folder, check=False)
    before = rows(product.local.endpoint, SERVICE)
    assert rows(elsewhere, SERVICE) >= before
    loads.append(Load(product, TASKS).start())
    log = tmp_path / "up.log"
    with deploying(product, moved, log) as process:
        assert process.wait(DEPLOYED_SECONDS) == 0, log.read_text()
    loads[-1].finish()
    run_ates(product.home.folder, *restore, project=moved.folder, check=False)
    loads.append(Load(product, TASKS, shuffles=1).start().finish())
    monkeypatch.setattr(stage_settings, "tables_at", lambda _: {SERVICE: elsewhere})
    there = Product(product.home, product.local, product.http)
    left = in_flight.wait_until_none(there.aws, Timer(), SETTLED_SECONDS, lambda _: None)
    assert not left.total, left
    run_ates(product.home.folder, "verify", project=moved.folder)
    found = effects.count(there, loads)
    assert (found.lost, found.doubled) == (0, 0), found
    assert found.delivered >= 3 * TASKS
    monkeypatch.undo()
    assert rows(elsewhere, SERVICE) > rows(product.local.endpoint, SERVICE)
    assert rows(product.local.endpoint, "auth") >= others["auth"]
