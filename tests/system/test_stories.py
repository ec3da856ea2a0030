"""The dashboards in a browser, signed in on the real page, on the deployed product.

Each story fails with any violation of WCAG that axe finds in light or dark, any violation of the content
security policy, any error in the page, and anything wider than the screen.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.support.browser import browser
from tests.system.stories import DEVICES, Story, of, run_stories, summary, wrong
from tests.system.zone import in_kiritimati

pytestmark = pytest.mark.browser

Record = Callable[[str, object], None]
LEAST_CHECKS = 30


@pytest.fixture(scope="module")
def of_roles(installed: Path) -> list[Story]:
    """Each role's story on one device; desktop and phone, English and Russian are spread over the roles."""
    return run_stories("roles", installed, browser(), "role-*")


def _passed(stories: Sequence[Story]) -> None:
    assert stories
    assert not wrong(stories), wrong(stories)


@pytest.mark.parametrize("role", ["worker", "manager", "accountant", "admin"])
def test_a_roles_story_passes(of_roles: list[Story], role: str) -> None:
    _passed(of(of_roles, f"{role}.spec.ts"))


def test_the_views_of_every_role_are_accessible(of_roles: list[Story], record_property: Record) -> None:
    """Checked by axe in both colour schemes; a violation fails its story."""
    _passed(of_roles)
    assert sum(len(story.checks) for story in of_roles) >= LEAST_CHECKS
    record_property("told", f"roles: {summary(of_roles)}")


@pytest.mark.night
@pytest.mark.parametrize("device", DEVICES)
def test_every_story_passes_on_every_device(installed: Path, record_property: Record, device: str) -> None:
    """Stories of errors, of every view and its dialogs, and of the roles."""
    stories = run_stories(device, installed, browser(), f"all-{device}")
    _passed(stories)
    record_property("told", f"{device}: {summary(stories)}")


@pytest.mark.night
def test_a_reader_across_the_date_line_sees_the_companys_days(tmp_path: Path) -> None:
    """The company is in Kiritimati, the reader in Honolulu, where it is never the same day."""
    path = browser()
    with in_kiritimati(tmp_path) as home:
        _passed(run_stories("kiritimati", home, path, "kiritimati"))
