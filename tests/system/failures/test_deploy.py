"""A deployment under load: every function gets new code and settings."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.deploying import DEPLOYED_SECONDS, Deployed, Sources, change, deploying, functions, marked
from tests.system.failures.conftest import Begin
from tests.system.failures.installation import Installation

pytestmark = pytest.mark.night

TASKS = 8
UNDER_WAY = 4


@pytest.fixture
def newer(tmp_path: Path) -> Sources:
    """A copy of the project that changes every function: a line of shared code, and a variable."""
    sources = marked(tmp_path, "newer")
    change(tmp_path / "shared" / "clock.py", '"""', '"""Newer. ')
    return sources


@pytest.fixture
def restored(failing: Installation) -> Iterator[None]:
    """Afterwards repeat these tests' settings of functions and queues, which a deployment resets."""
    yield
    failing.put_behind_the_proxy()
    failing.shorten_retries()


def replaced(before: dict[str, Deployed], after: dict[str, Deployed]) -> bool:
    """Whether every function has new code and the new release."""
    return set(after) == set(before) and all(
        now.code != before[name].code and now.release == "newer" for name, now in after.items()
    )


def test_a_deployment_under_load(
    failing: Installation, scenario: Begin, newer: Sources, restored: None, tmp_path: Path
) -> None:
    holds = "commands are answered, some after a retry; none is lost, none takes effect twice"
    injects = "`ates up` deploys new code and settings to every function under load"
    before, log = functions(failing.product), tmp_path / "up.log"
    with scenario("deploy-under-load", injects=injects, holds=holds) as run:
        load = run.load(TASKS, shuffles=1)
        load.await_answers(UNDER_WAY)
        with deploying(failing.product, newer, log) as process:
            while process.poll() is None and not replaced(before, functions(failing.product)):
                run.load(TASKS).finish()
            assert process.wait(DEPLOYED_SECONDS) == 0, log.read_text()
        assert replaced(before, functions(failing.product))
        run.inject(len(before))
