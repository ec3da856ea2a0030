"""The dashboards as people use them: in a browser, signed in on the real page, on the deployed product.

Each story fails with any violation of WCAG that axe finds in light or dark, any violation of the content
security policy, any error in the page, and anything wider than the screen.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.support.browser import browser
from tests.system.stories import DEVICES, Story, of, summary, tell, wrong
from tests.system.zone import in_kiritimati

pytestmark = pytest.mark.browser

Record = Callable[[str, object], None]
LEAST_CHECKS = 30


@pytest.fixture(scope="module")
def of_roles(installed: Path) -> list[Story]:
    """Each role's story on one device: desktop and phone, English and Russian, are spread over them."""
    return tell("roles", installed, browser(), "role-*")


def _went_well(stories: Sequence[Story]) -> None:
    assert stories
    assert not wrong(stories), wrong(stories)


@pytest.mark.parametrize("role", ["worker", "manager", "accountant", "admin"])
def test_a_role_at_work(of_roles: list[Story], role: str) -> None:
    _went_well(of(of_roles, f"{role}.spec.ts"))


def test_whatever_a_role_sees_is_accessible(of_roles: list[Story], record_property: Record) -> None:
    """By axe, in both colour schemes; a violation fails the story that met it."""
    _went_well(of_roles)
    assert sum(len(story.checks) for story in of_roles) >= LEAST_CHECKS
    record_property("told", f"roles: {summary(of_roles)}")


@pytest.mark.night
@pytest.mark.parametrize("device", DEVICES)
def test_every_story(installed: Path, record_property: Record, device: str) -> None:
    """What goes wrong, each view and what opens in it, and the roles again."""
    stories = tell(device, installed, browser(), f"all-{device}")
    _went_well(stories)
    record_property("told", f"{device}: {summary(stories)}")


@pytest.mark.night
def test_a_reader_on_the_other_side_of_the_date_line(tmp_path: Path) -> None:
    """The company's days are Kiritimati's, where it is never the day that it is in the reader's Honolulu."""
    path = browser()
    with in_kiritimati(tmp_path) as home:
        _went_well(tell("kiritimati", home, path, "kiritimati"))
