"""One deployed product for all system tests, on a free port, started and stopped here."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.stage import local_json
from ops.stage.api_client import http_client
from ops.stage.installation_files import InstallationFiles
from tests.system.product import Product, run_ates

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """System tests may take minutes and use this machine's network."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.system)
            item.add_marker(pytest.mark.allow_hosts(["127.0.0.1", "localhost", "::1"]))
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(600))


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a running installation."""
    folder = tmp_path_factory.mktemp("installation")
    try:
        run_ates(folder, "up", "--port", str(free_port()), "--web-port", str(free_port()))
        yield folder
    finally:
        run_ates(folder, "clean", "--yes", check=False)


@pytest.fixture(scope="session")
def product(installed: Path) -> Iterator[Product]:
    home = InstallationFiles.of({"ATES_HOME": str(installed)})
    with http_client() as http:
        yield Product(home, local_json.load(home.local_json), http)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
