"""One installation for all failure scenarios, with its functions behind a proxy.

A test takes `failing` (the installation and its switches) and `scenario`:

    with scenario("bus-refuses", injects="PutEvents answers with an error", holds="events wait") as run:
        load = run.load(tasks=12)
        with failing.proxy.faults(fault(service="events", **REFUSED)):
            load.await_answers(8)

When the block ends, faults stop, all events arrive, `ates verify` runs, lost and doubled effects are
counted (both must be 0), and the figures are written to build/failures/<name>.json.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.system.conftest import free_port
from tests.system.failures.installation import Installation
from tests.system.failures.proxy import Proxy
from tests.system.failures.scenario import Scenario, running
from tests.system.product import Product
from tests.system.separate import installation

Begin = Callable[..., AbstractContextManager[Scenario]]


@pytest.fixture(scope="session")
def failing_product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A separate installation for these tests."""
    with installation(tmp_path_factory.mktemp("failing")) as product:
        yield product


@pytest.fixture(scope="session")
def failing(failing_product: Product, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    log = tmp_path_factory.mktemp("proxy") / "microburst.log"
    proxy = Proxy(failing_product.local.endpoint, free_port(), log)
    try:
        proxy.await_health()
        installation = Installation(failing_product, proxy)
        installation.put_behind_the_proxy()
        installation.shorten_retries()
        yield installation
    finally:
        proxy.stop()


@pytest.fixture
def scenario(failing: Installation, request: pytest.FixtureRequest) -> Begin:
    """Begin a scenario: `scenario(name, injects=…, holds=…)`."""
    path = Path(str(request.node.path)).relative_to(request.config.rootpath)
    marked = " -m night" if request.node.get_closest_marker("night") else ""
    command = f".venv/bin/pytest{marked} {path} -k {request.node.originalname}"

    def begin(name: str, *, injects: str, holds: str) -> AbstractContextManager[Scenario]:
        return running(Scenario(name, injects, holds, command, failing))

    return begin
