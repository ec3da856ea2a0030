"""docs/development.md, followed by its words: what a copy of the project then deploys answers over HTTP."""

from collections.abc import Iterator

import pytest

from ops.stage import local_json
from ops.stage.api_client import http_client
from ops.stage.installation_files import InstallationFiles
from tests.support.followed import PATH, Copy, copy_of_the_project, with_the_use_case
from tests.system.conftest import free_port
from tests.system.product import Product, run_ates

pytestmark = [pytest.mark.night, pytest.mark.timeout(1800)]

NOBODY = "01900000-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    copy = copy_of_the_project(tmp_path_factory.mktemp("followed") / "ates")
    with_the_use_case(copy)
    copy.python("-m", "infra.documents")
    return copy


@pytest.fixture(scope="module")
def deployed(copy: Copy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """An installation of the copy, on a MiniStack of its own."""
    folder = tmp_path_factory.mktemp("of_the_copy")
    try:
        ports = "--port", str(free_port()), "--web-port", str(free_port())
        run_ates(folder, "up", *ports, project=copy.folder)
        home = InstallationFiles.of({"ATES_HOME": str(folder)})
        with http_client() as http:
            yield Product(home, local_json.load(home.local_json), http)
    finally:
        run_ates(folder, "clean", "--yes", check=False, project=copy.folder)


def test_the_rest_of_the_pages_commands_accept_the_use_case(copy: Copy) -> None:
    copy.run("npm", "run", "--silent", "types", "-w", "web")
    types = copy.folder / "web" / "src" / "app" / "api" / "types" / "tracking.d.ts"
    assert PATH in types.read_text(encoding="utf-8")
    copy.python("-m", "benchmarks", "documents")
    copy.test("tests/benchmarks/test_budgets.py", "tests/benchmarks/test_documents.py")
    copy.run("mypy")
    copy.run("vulture")


def test_the_deployed_use_case_answers_with_a_real_token(deployed: Product) -> None:
    created = deployed.call("manager", "POST", "tracking", "/tasks", json={"title": "Count the feathers"})
    task_id = created.json()["task_id"]
    for role in ("worker", "accountant", "manager", "admin"):
        found = deployed.get(role, "tracking", PATH.format(task_id=task_id))
        assert found["task_id"] == task_id
        assert 0 <= found["age_seconds"] < 3600
    assert deployed.call("worker", "GET", "tracking", PATH.format(task_id=NOBODY)).status_code == 404
    assert deployed.call(None, "GET", "tracking", PATH.format(task_id=task_id)).status_code == 401
