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
from tests.system.deploying import Sources, change, deploying, end_of, hurried, marked, retry_soon, sweep
from tests.system.failures import effects
from tests.system.failures.load import Load
from tests.system.product import Product, run_ates
from tests.system.separate import installation

pytestmark = pytest.mark.night

SERVICE = "accounting"
TASKS = 8
SETTLED_SECONDS = 300
OTHERS = ("account_days", "inbox", "reconciliations")
"""A restore writes a row for each day and a mark for each event, also where another row stands for them."""


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
    hurried(sources.folder)
    change(sources.folder / "cdk.json", '"durable": false,', f'"durable": false, {setting}')
    return sources


def rows(endpoint: str, service: str) -> dict[str, int]:
    """How many each table has, except where a restore or a schedule writes others."""
    aws = Aws(local(endpoint))
    whole = [table.name for table in tables.of(service) if table.spread is None and table.name not in OTHERS]
    return {table: sum(1 for _ in tables.items(aws, service, table)) for table in whole}


def restore(product: Product, moved: Sources) -> None:
    """To the new place. It ends with findings where people have worked since the backup."""
    command = "restore", SERVICE, "--to", "now", "--from", "backup", "--yes"
    run_ates(product.home.folder, *command, project=moved.folder, check=False)


def nothing_lost(there: Product, moved: Sources, loads: list[Load]) -> None:
    """Once the new place has everything."""
    left = in_flight.wait_until_none(there.aws, Timer(), SETTLED_SECONDS, lambda _: sweep(there))
    assert not left.total, left
    run_ates(there.home.folder, "verify", project=moved.folder)
    found = effects.count(there, loads)
    assert (found.lost, found.doubled) == (0, 0), found
    assert found.delivered >= len(loads) * TASKS


@pytest.mark.timeout(1500)
def test_the_ledger_moves_to_another_database_under_load(
    product: Product, moved: Sources, elsewhere: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = product.local.endpoint
    loads = [Load(product, TASKS, shuffles=1).start().finish()]
    product.settle()
    accounts = rows(here, "auth")
    product.ates("backup", SERVICE)
    restore(product, moved)
    assert rows(elsewhere, SERVICE) == rows(here, SERVICE)
    loads.append(Load(product, TASKS).start())
    retry_soon(product)
    log = tmp_path / "up.log"
    with deploying(product, moved, log) as process:
        assert end_of(product, process) == 0, log.read_text()
    loads[-1].finish()
    restore(product, moved)
    loads.append(Load(product, TASKS, shuffles=1).start().finish())
    with monkeypatch.context() as patched:
        patched.setattr(stage_settings, "tables_at", lambda _: {SERVICE: elsewhere})
        nothing_lost(Product(product.home, product.local, product.http), moved, loads)
    assert sum(rows(elsewhere, SERVICE).values()) > sum(rows(here, SERVICE).values())
    assert rows(here, "auth") == accounts
