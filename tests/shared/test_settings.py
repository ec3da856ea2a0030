"""Settings come from the environment, once, and never at import."""

from collections.abc import Iterator

import pytest

from shared.journal import USUAL_FORM, JournalForm
from shared.settings import (
    MissingSetting,
    Settings,
    function_name,
    journal_form,
    queue_url,
    required,
    settings,
    watched_queue_url,
)

ENVIRONMENT = {
    "ATES_STAGE": "dev",
    "ATES_SERVICE": "tracking",
    "ATES_USE_CASE": "create_task",
    "TABLE_PREFIX": "ates-dev-tracking-",
    "BUS_NAME": "ates-dev",
    "BUSINESS_TIMEZONE": "Europe/Berlin",
}


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    for cached in (settings, journal_form):
        cached.cache_clear()
    yield
    for cached in (settings, journal_form):
        cached.cache_clear()


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("environment")
def test_settings_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = Settings("dev", "tracking", "create_task", "ates-dev-tracking-", "ates-dev", "Europe/Berlin")
    assert settings() == expected
    monkeypatch.setenv("ATES_STAGE", "prod")
    assert settings() is settings()
    assert settings().stage == "dev"


@pytest.mark.parametrize("name", ENVIRONMENT)
@pytest.mark.usefixtures("environment")
def test_a_missing_or_empty_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "")
    with pytest.raises(MissingSetting, match=name):
        settings()
    monkeypatch.delenv(name)
    with pytest.raises(MissingSetting, match=name):
        required(name)


@pytest.mark.parametrize(
    ("variables", "form"),
    [
        ({}, JournalForm(as_released=True)),
        ({"JOURNAL_SHARDS": "32"}, JournalForm(shards=32, as_released=True)),
        ({"JOURNAL_FORM": "per_event"}, JournalForm(per_event=True, as_released=True)),
        ({"JOURNAL_FORM": "usual", "JOURNAL_SHARDS": "", "ROW_FORM": "newest"}, USUAL_FORM),
    ],
)
def test_the_form_of_the_journal_is_the_usual_one_unless_the_stack_says_otherwise(
    variables: dict[str, str], form: JournalForm, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("JOURNAL_FORM", "JOURNAL_SHARDS", "ROW_FORM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert journal_form() == form


def test_queue_urls_and_function_names_are_found_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUEUE_URL_SHUFFLE_CHUNKS", "a")
    monkeypatch.setenv("WATCHED_QUEUE_URL_ON_TASK_EVENT", "b")
    monkeypatch.setenv("FUNCTION_NAME_AUTH_GET_EMAIL", "c")
    assert (queue_url("shuffle_chunks"), watched_queue_url("on_task_event")) == ("a", "b")
    assert function_name("auth/get_email") == "c"
