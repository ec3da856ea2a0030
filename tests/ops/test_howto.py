"""docs/development.md, followed by its words: a copy of the project gets a use case that checks accept."""

from pathlib import Path

import pytest

from tests.support.complete import check_complete
from tests.support.followed import (
    EDITED,
    NAME,
    NOT_NEEDED,
    PATH,
    SERVICE,
    TESTED,
    Copy,
    copy_of_the_project,
    named_files,
    with_a_new_version,
    with_the_use_case,
)

CHECKS = (
    "tests/tracking/test_get_task_age.py",
    "tests/contracts/test_documents.py",
    "tests/contracts/test_openapi.py",
    "tests/contracts/test_requirements.py",
    "tests/architecture/test_layout.py",
    "tests/infra/test_use_cases.py",
)


OF_EVENTS = (
    TESTED,
    "tests/contracts/test_documents.py",
    "tests/contracts/test_examples.py",
    "tests/contracts/test_schemas.py",
)


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return copy_of_the_project(tmp_path / "ates")


def test_each_file_that_the_page_names_is_edited_or_not_needed() -> None:
    check_complete({*EDITED, *NOT_NEEDED}, named_files(), "the files of “A new use case”")


@pytest.mark.timeout(600)  # whole test runs, on a busy machine
def test_a_use_case_made_by_the_pages_words_is_accepted(copy: Copy) -> None:
    said = with_the_use_case(copy)
    assert f"functions/{SERVICE}/{NAME}/handler.py" in said
    written = copy.python("-m", "infra.documents").split()
    assert {f"functions/{SERVICE}/openapi.json", f"docs/{SERVICE}.md"} <= set(written)
    assert f"`GET {PATH}`" in (copy.folder / "docs" / f"{SERVICE}.md").read_text(encoding="utf-8")
    copy.run("ruff", "format", "--check", ".")
    copy.run("ruff", "check", ".")
    copy.run("lint-imports")
    copy.test(*CHECKS)


@pytest.mark.timeout(600)
def test_a_new_version_of_an_event_made_by_the_pages_words_is_accepted(copy: Copy) -> None:
    with_a_new_version(copy)
    written = copy.python("-m", "infra.documents").split()
    assert "events/schemas/Task.Completed.v2.json" in written
    assert "events/schemas/Task.Completed.v1.json" in written
    copy.run("ruff", "format", "--check", "events", "functions")
    copy.run("ruff", "check", "events", "functions")
    copy.test(*OF_EVENTS)
