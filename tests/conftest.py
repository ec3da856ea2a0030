"""What holds for every test: no socket, no real AWS credentials, no leftover environment."""

import os
from functools import cache
from typing import Any

import pytest
from botocore.loaders import JSONFileLoader, Loader
from hypothesis import settings

from tests.support.requirements import MustRun, is_whole_run, named_tests

os.environ.update(
    AWS_ACCESS_KEY_ID="test",
    AWS_SECRET_ACCESS_KEY="test",
    AWS_DEFAULT_REGION="us-east-1",
    AWS_EC2_METADATA_DISABLED="true",
)
for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
    os.environ.pop(name, None)

# How long an example takes tells of the machine; pytest's timeout ends what never does.
settings.register_profile("ates", deadline=None)
settings.load_profile("ates")


@cache
def described(file_path: str) -> Any:
    return JSONFileLoader().load_file(file_path)


class ReadOnce(JSONFileLoader):
    """Many tests have a botocore session of their own, which would read what describes AWS again."""

    def load_file(self, file_path: str) -> Any:
        return described(file_path)


Loader.FILE_LOADER_CLASS = ReadOnce


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A system test talks to the AWS that it started on this machine, and to nothing else.

    Stories come last: people in them join the company, correct entries, and go on working.
    """
    for item in items:
        if item.get_closest_marker("system"):
            item.add_marker(pytest.mark.allow_hosts(["127.0.0.1", "localhost", "::1"]))
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Called where tests are spread over workers."""
    from tests.support.scheduling import Grouped

    return Grouped(config, log)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What the stories in a browser came to, or that none was told."""
    reports = [report for each in terminalreporter.stats.values() for report in each]
    noted = [note for report in reports for note in getattr(report, "user_properties", ())]
    told = {text for name, text in noted if name == "told"}
    for text in sorted(told):
        terminalreporter.write_line(f"The dashboards: {text}")
    skipped = [each for each in terminalreporter.stats.get("skipped", ()) if "browser" in each.keywords]
    for why in sorted({str(report.longrepr[2]) for report in skipped}):
        terminalreporter.write_line(f"The dashboards' stories were not told ({why})", yellow=True)


def pytest_configure(config: pytest.Config) -> None:
    """Whoever runs everything runs what the requirements' table names."""
    if is_whole_run(config):
        config.pluginmanager.register(MustRun(named_tests()), "requirements")
