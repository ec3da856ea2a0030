"""The environment of the analytics functions."""

from collections.abc import Iterator

import pytest

from shared.settings import journal_form, settings
from tests.analytics.requests import ENVIRONMENT


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    for cached in (settings, journal_form):
        cached.cache_clear()
    yield
    for cached in (settings, journal_form):
        cached.cache_clear()
