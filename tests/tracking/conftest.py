"""The environment of the tracking functions."""

from collections.abc import Iterator

import pytest

from functions.tracking.count_shard import use_case as counting
from shared.settings import journal_form, settings
from tests.tracking.requests import ENVIRONMENT


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    for cached in (settings, journal_form):
        cached.cache_clear()
    yield
    for cached in (settings, journal_form):
        cached.cache_clear()


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few tasks fill many pages of several chunks."""
    monkeypatch.setattr(counting, "PAGE_TASKS", 4)
    monkeypatch.setattr(counting, "CHUNK_TASKS", 2)
