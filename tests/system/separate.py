"""An installation of its own, for tests that would disturb the shared one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ops.stage import local_json
from ops.stage.api_client import http_client
from ops.stage.installation_files import InstallationFiles
from tests.system.conftest import free_port
from tests.system.product import Product, run_ates


@contextmanager
def installation(folder: Path, **how: Any) -> Iterator[Product]:
    """Runs in `folder` until the block ends; `how` is as `run_ates` takes it for `up`."""
    try:
        run_ates(folder, "up", "--port", str(free_port()), "--web-port", str(free_port()), **how)
        home = InstallationFiles.of({"ATES_HOME": str(folder)})
        with http_client() as http:
            yield Product(home, local_json.load(home.local_json), http)
    finally:
        run_ates(folder, "clean", "--yes", check=False)
